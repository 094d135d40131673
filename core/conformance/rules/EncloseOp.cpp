// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an op to the rule that says what it may give.

#include "core/conformance/rules/EncloseOp.h"

#include "core/conformance/rules/EncloseRegion.h"
#include "core/reference/Call.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {

using image::Attributes;

const image::Region *epilogueOf(const image::Op &op) {
  switch (op.attributes_type()) {
  case Attributes::MatMul:
    return op.attributes_as_MatMul()->epilogue();
  case Attributes::Conv:
    return op.attributes_as_Conv()->epilogue();
  case Attributes::ConvTranspose:
    return op.attributes_as_ConvTranspose()->epilogue();
  case Attributes::Reduce:
    return op.attributes_as_Reduce()->epilogue();
  case Attributes::Window:
    return op.attributes_as_Window()->epilogue();
  default:
    return nullptr;
  }
}

/// The attributes of \p op without an epilogue, packed anew.
static void packPlain(const image::Op &op,
                      flatbuffers::FlatBufferBuilder &builder) {
  image::OpT plain;
  op.UnPackTo(&plain);
  if (auto *matmul = plain.attributes.AsMatMul())
    matmul->epilogue.reset();
  else if (auto *conv = plain.attributes.AsConv())
    conv->epilogue.reset();
  else if (auto *transpose = plain.attributes.AsConvTranspose())
    transpose->epilogue.reset();
  else if (auto *reduce = plain.attributes.AsReduce())
    reduce->epilogue.reset();
  else if (auto *window = plain.attributes.AsWindow())
    window->epilogue.reset();
  builder.Finish(image::Op::Pack(builder, &plain));
}

llvm::Expected<std::vector<Tensor>>
evaluatePlain(const image::Op &op, llvm::ArrayRef<Tensor> operands,
              llvm::ArrayRef<TensorType> types) {
  flatbuffers::FlatBufferBuilder builder;
  const image::Op *plain = &op;
  if (epilogueOf(op)) {
    packPlain(op, builder);
    plain = flatbuffers::GetRoot<image::Op>(builder.GetBufferPointer());
  }
  const reference::Call call = {operands, types};
  reference::Evaluated results = reference::evaluatePrimitive(
      plain->attributes_type(), plain->attributes(), call);
  if (!results)
    return results.takeError();
  return std::vector<Tensor>(results->begin(), results->end());
}

static bool areExact(llvm::ArrayRef<Enclosure> values) {
  return llvm::all_of(values,
                      [](const Enclosure &value) { return value.isExact(); });
}

/// How many operands come before the extras of an epilogue.
static size_t plainOperands(const image::Op &op) {
  const Attributes kind = op.attributes_type();
  return kind == Attributes::Reduce || kind == Attributes::Window ? 1 : 2;
}

/// The accumulator of an op with an epilogue, or the result of one without.
static TensorType plainResult(const OpCall &call) {
  TensorType type = call.results[0];
  if (!epilogueOf(call.op))
    return type;
  type.dtype = fromImage(
      static_cast<image::DType>(epilogueOf(call.op)->parameters()->Get(0)));
  return type;
}

/// Whether the op, without an epilogue, gives the same bits everywhere for
/// operands that are the same everywhere.
static bool isDefinedExactly(const image::Op &op, DType operand) {
  switch (op.attributes_type()) {
  case Attributes::MatMul:
  case Attributes::Conv:
  case Attributes::ConvTranspose:
  case Attributes::Scan:
    return !isFloat(operand);
  case Attributes::Reduce: {
    const image::ReduceKind kind = op.attributes_as_Reduce()->kind();
    return !isFloat(operand) || kind == image::ReduceKind::min ||
           kind == image::ReduceKind::max;
  }
  case Attributes::Window:
    return !isFloat(operand) ||
           op.attributes_as_Window()->kind() != image::ReduceKind::sum;
  default:
    return true;
  }
}

/// Whether the op moves elements and computes none.
static bool onlyMoves(Attributes kind) {
  switch (kind) {
  case Attributes::Transpose:
  case Attributes::Reshape:
  case Attributes::Broadcast:
  case Attributes::Slice:
  case Attributes::Pad:
  case Attributes::Concat:
  case Attributes::Gather:
    return true;
  default:
    return false;
  }
}

static Enclosures encloseExactly(const OpCall &call,
                                 llvm::ArrayRef<TensorType> types) {
  llvm::SmallVector<Tensor, 4> operands;
  for (const Enclosure &operand : call.operands)
    operands.push_back(*operand.exact);
  llvm::Expected<std::vector<Tensor>> results =
      evaluatePlain(call.op, operands, types);
  if (!results)
    return results.takeError();
  std::vector<Enclosure> values;
  for (const Tensor &result : *results) {
    values.push_back(Enclosure::of(result));
    values.back().keepsZeroSigns = onlyMoves(call.op.attributes_type());
  }
  return values;
}

/// The op without its epilogue.
static Enclosures enclosePlain(const OpCall &call) {
  if (areExact(call.operands) &&
      isDefinedExactly(call.op, call.operands[0].dtype))
    return encloseExactly(call, call.results);
  switch (call.op.attributes_type()) {
  case Attributes::MatMul:
  case Attributes::Conv:
  case Attributes::ConvTranspose:
    return encloseSums(call);
  case Attributes::Scan:
    return encloseSums(call);
  case Attributes::Reduce: {
    const image::ReduceKind kind = call.op.attributes_as_Reduce()->kind();
    return kind == image::ReduceKind::sum || kind == image::ReduceKind::prod
               ? encloseSums(call)
               : encloseMovement(call);
  }
  case Attributes::Window:
    return call.op.attributes_as_Window()->kind() == image::ReduceKind::sum
               ? encloseSums(call)
               : encloseMovement(call);
  default:
    return encloseMovement(call);
  }
}

Enclosures encloseOp(const OpCall &call) {
  if (const image::Map *map = call.op.attributes_as_Map())
    return encloseRegion(*map->region(), call.operands, call.results[0].shape,
                         call.promise);
  const image::Region *epilogue = epilogueOf(call.op);
  if (!epilogue)
    return enclosePlain(call);
  const TensorType type = plainResult(call);
  const size_t count = plainOperands(call.op);
  Enclosures accumulated = enclosePlain(
      {call.op, call.operands.take_front(count), type, call.promise});
  if (!accumulated)
    return accumulated;
  llvm::append_range(*accumulated, call.operands.drop_front(count));
  return encloseRegion(*epilogue, *accumulated, type.shape, call.promise);
}

} // namespace glowplug::conformance
