// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the instr dialect, and its verifiers.

#include "core/instr/Instr.h"

#include "core/prim/Epilogue.h"
#include "core/prim/Prim.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace glowplug;
using namespace glowplug::instr;
using namespace mlir;

#include "core/instr/InstrDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "core/instr/InstrTypes.cpp.inc"

#define GET_OP_CLASSES
#include "core/instr/InstrOps.cpp.inc"

void InstrDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "core/instr/InstrTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "core/instr/InstrOps.cpp.inc"
      >();
}

int64_t instr::elementBytes(Type type) {
  return (type.getIntOrFloatBitWidth() + 7) / 8; // a boolean has a byte
}

// ---- Declarations ----------------------------------------------------------

LogicalResult BufferOp::verify() {
  const auto offset = static_cast<int64_t>(getOffset());
  const auto bytes = static_cast<int64_t>(getBytes());
  if (offset < 0 || bytes < 0) // C1
    return emitOpError("needs offset and bytes of at least 0, but got ")
           << offset << " and " << bytes;
  return success();
}

static LogicalResult verifyBinding(Operation *op, Value buffer, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type); // C1
  if (!tensor || !tensor.hasStaticShape() ||
      !tensor.getElementType().isIntOrFloat())
    return op->emitOpError("needs a tensor of static shape, but got ") << type;
  const int64_t bytes =
      tensor.getNumElements() * elementBytes(tensor.getElementType());
  auto declared = buffer.getDefiningOp<BufferOp>();
  if (declared && static_cast<int64_t>(declared.getBytes()) != bytes)
    return op->emitOpError("needs a buffer of ")
           << bytes << " bytes, but got " << declared.getBytes();
  return success();
}

/// The name of a buffer is its name in text.
void BufferOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), getName());
}

LogicalResult InputOp::verify() {
  return verifyBinding(*this, getBuffer(), getType());
}
LogicalResult OutputOp::verify() {
  return verifyBinding(*this, getBuffer(), getType());
}

LogicalResult ConstantOp::verify() {
  const auto segment = static_cast<int64_t>(getSegment());
  const auto offset = static_cast<int64_t>(getOffset());
  if (segment < 0 || segment > UINT32_MAX || offset < 0) // C1
    return emitOpError("needs segment and offset of at least 0, but got ")
           << segment << " and " << offset;
  return success();
}

LogicalResult ViewOp::verify() {
  RankedTensorType tensor = getView().getType().getTensor();
  if (!tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat() ||
      llvm::is_contained(tensor.getShape(), 0)) // C1
    return emitOpError("needs a static shape with sizes of at least 1, but "
                       "got ")
           << tensor;
  const size_t rank = tensor.getRank();
  if (getStrides().size() != rank) // C2
    return emitOpError("needs strides of ")
           << rank << " entries, but got " << getStrides().size();
  if (!getBlocks() && !getInner()) // C3
    return success();
  const ArrayRef<int64_t> blocks = getBlocks().value_or(ArrayRef<int64_t>());
  const ArrayRef<int64_t> inner = getInner().value_or(ArrayRef<int64_t>());
  if (blocks.size() != rank || inner.size() != rank)
    return emitOpError("needs blocks and inner of ")
           << rank << " entries, but got " << blocks.size() << " and "
           << inner.size();
  for (auto [block, step] : llvm::zip_equal(blocks, inner))
    if (block < 1 || (block == 1 && step != 0))
      return emitOpError("needs blocks of at least 1, with an inner of 0 for "
                         "1, but got ")
             << block << " with " << step;
  return success();
}

void instr::setWaits(Operation *op, ValueRange tokens) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<DmaStartOp, DmaWaitOp, FillOp, ComputeOp>(
          [&](auto it) { it.getWaitsMutable().assign(tokens); });
}

// ---- Instructions ----------------------------------------------------------

LogicalResult FillOp::verify() {
  const int64_t bytes =
      elementBytes(getTarget().getType().getTensor().getElementType());
  if (static_cast<int64_t>(getValue().size()) != bytes) // C1
    return emitOpError("needs a value of ")
           << bytes << " bytes, but got " << getValue().size();
  return success();
}

static bool isPlainSum(Operation *op) {
  if (!prim::takesEpilogue(op) || prim::epilogueOf(op))
    return false;
  if (auto reduce = dyn_cast<prim::ReduceOp>(op))
    return reduce.getKind() == prim::ReduceKind::sum;
  if (auto window = dyn_cast<prim::WindowOp>(op))
    return window.getKind() == prim::ReduceKind::sum;
  return true;
}

/// Whether \p views show the tensors \p types.
static bool showTensors(ValueRange views, TypeRange types) {
  return views.size() == types.size() &&
         llvm::all_of(llvm::zip(views, types), [](auto pair) {
           auto [view, type] = pair;
           return cast<ViewType>(view.getType()).getTensor() == type;
         });
}

LogicalResult ComputeOp::verify() {
  Block &block = getBody().front();
  Operation *op = block.empty() ? nullptr : &block.front();
  auto yield = op ? dyn_cast_or_null<YieldOp>(op->getNextNode()) : YieldOp();
  if (!yield || yield->getNextNode() ||
      !isa<prim::PrimDialect>(op->getDialect()) ||
      isa<prim::ConstantOp, prim::CompositeOp>(op) ||
      yield.getOperands() != op->getResults()) // C1
    return emitOpError("needs a body of one primitive op whose results it "
                       "yields");
  if (!showTensors(getInputs(), block.getArgumentTypes()) ||
      op->getOperands() != ValueRange(block.getArguments())) // C2
    return emitOpError("needs a body whose arguments are the tensors of the "
                       "operands, and are those of its op");
  if (!showTensors(getOutputs(), op->getResultTypes())) // C3
    return emitOpError("needs results of the types ") << op->getResultTypes();
  if (getAccumulate() && !isPlainSum(op)) // C4
    return emitOpError("needs a sum without an epilogue to accumulate, but "
                       "got ")
           << op->getName();
  return success();
}
