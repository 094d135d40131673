// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each op tells passes about itself.

#include "core/prim/Build.h"
#include "core/prim/Permutation.h"
#include "core/prim/Primitives.h"
#include "core/semantics/Cost.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

#include "core/prim/PrimInterfaces.cpp.inc"

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

Dims prim::compose(ArrayRef<int64_t> second, ArrayRef<int64_t> first) {
  Dims result;
  for (int64_t dim : second)
    result.push_back(first[dim]);
  return result;
}

Dims prim::inverse(ArrayRef<int64_t> permutation) {
  Dims result(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation))
    result[dim] = static_cast<int64_t>(i);
  return result;
}

Dims prim::untransposed(ArrayRef<int64_t> list, ArrayRef<int64_t> permutation) {
  return compose(inverse(permutation), list);
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

template <typename Op>
static int64_t termCount(Op op) {
  SmallVector<glowplug::TensorType, 2> operands;
  for (Value operand : op->getOperands().take_front(2))
    operands.push_back(tensorTypeOf(operand.getType()));
  return semantics::termsPerElement(attributesOf(op), operands);
}

int64_t ConvOp::getTermCount() { return termCount(*this); }
int64_t ConvTransposeOp::getTermCount() { return termCount(*this); }
int64_t MatMulOp::getTermCount() { return termCount(*this); }

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

bool ReduceOp::mayCombineNothing() {
  return llvm::is_contained(shapeOf(getInput()), 0);
}

bool ReduceOp::combinesOneElement() {
  return llvm::all_of(
      getDims(), [&](int64_t dim) { return shapeOf(getInput())[dim] == 1; });
}

/// A window may lie in the padding alone.
bool WindowOp::mayCombineNothing() {
  for (auto [low, high, size, dilation] :
       llvm::zip_equal(getPadsLow(), getPadsHigh(), getSizes(), getDilations()))
    if (((low != 0 || high != 0) && dilation != 1) || low >= size ||
        high >= size)
      return true;
  return llvm::is_contained(shapeOf(getInput()), 0);
}

bool WindowOp::combinesOneElement() {
  auto areAll = [](ArrayRef<int64_t> list, int64_t value) {
    return llvm::all_of(list, [&](int64_t entry) { return entry == value; });
  };
  return areAll(getSizes(), 1) && areAll(getStrides(), 1) &&
         areAll(getPadsLow(), 0) && areAll(getPadsHigh(), 0);
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

OperandRange BroadcastOp::getMoved() { return getOperation()->getOperands(); }
OperandRange ConcatOp::getMoved() { return getOperation()->getOperands(); }
OperandRange GatherOp::getMoved() {
  return getOperation()->getOperands().take_front(1);
}
OperandRange PadOp::getMoved() { return getOperation()->getOperands(); }
OperandRange ReshapeOp::getMoved() { return getOperation()->getOperands(); }
OperandRange SliceOp::getMoved() { return getOperation()->getOperands(); }
OperandRange TransposeOp::getMoved() { return getOperation()->getOperands(); }

bool prim::movesNothing(Operation *op) {
  auto movement = dyn_cast<DataMovementInterface>(op);
  return movement && movement.keepsOrder() &&
         op->getOperand(0).getType() == op->getResult(0).getType();
}

// Where operand and result have one type, sizes say it all for these.
bool BroadcastOp::keepsOrder() { return true; }
bool PadOp::keepsOrder() { return true; }
bool ReshapeOp::keepsOrder() { return true; }

bool ConcatOp::keepsOrder() { return getNumOperands() == 1; }
bool GatherOp::keepsOrder() { return false; } // depends on the indices
bool SliceOp::keepsOrder() {
  // Of a dim of size 1, the stride does not matter.
  for (auto [size, start, stride] :
       llvm::zip_equal(shapeOf(getInput()), getStarts(), getStrides()))
    if (start != 0 || (stride != 1 && size != 1))
      return false;
  return true;
}
bool TransposeOp::keepsOrder() { return llvm::is_sorted(getPermutation()); }

//===----------------------------------------------------------------------===//
// Dim by dim
//===----------------------------------------------------------------------===//

unsigned ConcatOp::getDimwiseCount() { return getNumOperands(); }
unsigned MapOp::getDimwiseCount() { return getNumOperands(); }
unsigned PadOp::getDimwiseCount() { return 1; }
unsigned ReduceOp::getDimwiseCount() { return getNumOperands(); }
unsigned SliceOp::getDimwiseCount() { return 1; }
unsigned WindowOp::getDimwiseCount() { return getNumOperands(); }

void MapOp::untranspose(ArrayRef<int64_t>) {}

void ConcatOp::untranspose(ArrayRef<int64_t> permutation) {
  setDim(permutation[static_cast<size_t>(getDim())]);
}

void PadOp::untranspose(ArrayRef<int64_t> permutation) {
  setLow(untransposed(getLow(), permutation));
  setHigh(untransposed(getHigh(), permutation));
  setInterior(untransposed(getInterior(), permutation));
}

void ReduceOp::untranspose(ArrayRef<int64_t> permutation) {
  Dims dims;
  for (int64_t dim : getDims())
    dims.push_back(permutation[dim]);
  llvm::sort(dims);
  setDims(dims);
}

void SliceOp::untranspose(ArrayRef<int64_t> permutation) {
  setStarts(untransposed(getStarts(), permutation));
  setStrides(untransposed(getStrides(), permutation));
}

void WindowOp::untranspose(ArrayRef<int64_t> permutation) {
  setSizes(untransposed(getSizes(), permutation));
  setStrides(untransposed(getStrides(), permutation));
  setPadsLow(untransposed(getPadsLow(), permutation));
  setPadsHigh(untransposed(getPadsHigh(), permutation));
  setDilations(untransposed(getDilations(), permutation));
}
