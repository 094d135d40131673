// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of reduce, arg_reduce, scan, sort and window.

#include "core/semantics/Checks.h"

using namespace glowplug;
using namespace glowplug::semantics;

static bool accumulates(ReduceKind kind) {
  return kind == ReduceKind::sum || kind == ReduceKind::prod;
}

DType semantics::plainResult(ReduceKind kind, DType type) {
  return accumulates(kind) ? plainResult(type) : type;
}

/// The epilogue of an op that combines the elements of its one operand.
static llvm::Error needEpilogueOf(ReduceKind kind, const RegionTypes &epilogue,
                                  const OpTypes &types) {
  const DType input = types.operands[0].dtype;
  return needEpilogue(epilogue,
                      accumulates(kind) ? accumulatorType(input) : input,
                      plainResult(kind, input), types, 1);
}

static DType elementOf(const RegionTypes &epilogue, DType plain) {
  return epilogue.results.empty() ? plain : epilogue.results[0];
}

//===----------------------------------------------------------------------===//
// reduce, window
//===----------------------------------------------------------------------===//

ResultTypes semantics::resultsOf(const Reduce &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return {resultType(
      elementOf(op.epilogue, plainResult(op.kind, operands[0].dtype)),
      shapes::reduce(operands[0].shape, op.dims))};
}

llvm::Error semantics::checkRules(const Reduce &op, const OpTypes &types) {
  const TensorType &input = types.operands[0];
  if (op.dims.empty() || op.dims.size() > input.shape.size()) // C1
    return broken("needs 1 to {0} dims, but got {1}", input.shape.size(),
                  op.dims.size());
  for (size_t i = 0; i < op.dims.size(); ++i) {
    GP_CHECK(needDim(op.dims[i], input.shape.size()));
    if (i > 0 && op.dims[i] <= op.dims[i - 1])
      return broken("needs ascending dims, but got {0} after {1}", op.dims[i],
                    op.dims[i - 1]);
  }
  GP_CHECK(needShape(types.results[0], // C2
                     shapes::reduce(input.shape, op.dims)));
  if (accumulates(op.kind) && input.dtype == DType::boolean) // C3
    return broken("needs numbers for {0}, but got boolean", nameOf(op.kind));
  return needEpilogueOf(op.kind, op.epilogue, types); // C4
}

static shapes::MaybeShape shapeOf(const Window &op,
                                  llvm::ArrayRef<int64_t> input) {
  return shapes::window(input, op.sizes,
                        {op.strides, op.padsLow, op.padsHigh, op.dilations});
}

ResultTypes semantics::resultsOf(const Window &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return {resultType(
      elementOf(op.epilogue, plainResult(op.kind, operands[0].dtype)),
      shapeOf(op, operands[0].shape))};
}

llvm::Error semantics::checkRules(const Window &op, const OpTypes &types) {
  GP_CHECK(
      needShape(types.results[0], shapeOf(op, types.operands[0].shape))); // C1
  return needEpilogueOf(op.kind, op.epilogue, types);                     // C2
}

//===----------------------------------------------------------------------===//
// arg_reduce, scan, sort
//===----------------------------------------------------------------------===//

ResultTypes semantics::resultsOf(const ArgReduce &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return {resultType(DType::i64, shapes::reduce(operands[0].shape, op.dim))};
}

llvm::Error semantics::checkRules(const ArgReduce &op, const OpTypes &types) {
  const TensorType &input = types.operands[0];
  if (input.shape[op.dim] == 0) // C1
    return broken("needs a dim that is not empty, but dim {0} has size 0",
                  op.dim);
  return needShape(types.results[0], // C2
                   shapes::reduce(input.shape, op.dim));
}

ResultTypes semantics::resultsOf(const Scan &,
                                 llvm::ArrayRef<TensorType> operands) {
  return {operands[0]};
}

llvm::Error semantics::checkRules(const Scan &, const OpTypes &types) {
  GP_CHECK(needType("a result", types.results[0].dtype, // C1
                    types.operands[0].dtype));
  return needShape(types.results[0], types.operands[0].shape);
}

ResultTypes semantics::resultsOf(const Sort &,
                                 llvm::ArrayRef<TensorType> operands) {
  return {operands[0], TensorType(DType::i64, operands[0].shape)};
}

llvm::Error semantics::checkRules(const Sort &, const OpTypes &types) {
  const TensorType &input = types.operands[0];
  GP_CHECK(needType("values", types.results[0].dtype, input.dtype)); // C1
  GP_CHECK(needShape(types.results[0], input.shape));
  return needShape(types.results[1], input.shape);
}
