// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves dequantize below ops that only move or pick elements, so that those
// work on integers.

#include "core/prim/Constant.h"
#include "core/quantize/islands/QuantParams.h"
#include "core/quantize/islands/Rewrites.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

namespace {

/// Makes the integer form of one op at its place. Each function returns what
/// the integers of the result stand for, or nothing if it cannot be done.
class Sinker {
public:
  explicit Sinker(Operation *op)
      : builder(op), prims(builder, op->getLoc()), op(op) {}

  std::optional<Quantized> sink();

private:
  std::optional<Quantized> reshape(prim::ReshapeOp reshape);
  std::optional<Quantized> transpose(prim::TransposeOp transpose);
  std::optional<Quantized> broadcast(prim::BroadcastOp broadcast);
  std::optional<Quantized> slice(prim::SliceOp slice);
  std::optional<Quantized> gather(prim::GatherOp gather);
  std::optional<Quantized> pad(prim::PadOp pad);
  std::optional<Quantized> concat(prim::ConcatOp concat);
  std::optional<Quantized> pick();

  /// The op on other operands.
  Value rebuild(ValueRange operands) {
    Operation *copy = builder.clone(*op);
    copy->setOperands(operands);
    auto type = cast<RankedTensorType>(copy->getResult(0).getType());
    copy->getResult(0).setType(type.clone(prim::elementOf(operands.front())));
    return copy->getResult(0);
  }

  OpBuilder builder;
  prim::PrimBuilder prims;
  Operation *op;
};

} // namespace

static int64_t productOf(ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    product *= size;
  return product;
}

/// The dim of \p to that is dim \p axis of \p from under another shape; -1 if
/// no dim is.
static int64_t dimAfterReshape(ArrayRef<int64_t> from, int64_t axis,
                               ArrayRef<int64_t> to) {
  const int64_t before = productOf(from.take_front(axis));
  for (size_t i = 0; i < to.size(); ++i)
    if (to[i] == from[axis] && productOf(to.take_front(i)) == before)
      return static_cast<int64_t>(i);
  return -1;
}

std::optional<Quantized> Sinker::reshape(prim::ReshapeOp reshape) {
  auto from = readDequantize(reshape.getInput());
  if (!from)
    return std::nullopt;
  ArrayRef<int64_t> shape = prim::shapeOf(reshape.getResult());
  const auto rank = static_cast<int64_t>(shape.size());
  QuantParams params = from->params;
  if (params.isUniform()) {
    params = params.withRank(rank);
  } else {
    const int64_t dim =
        dimAfterReshape(prim::shapeOf(from->integers), params.axis(), shape);
    if (dim < 0)
      return std::nullopt;
    params = params.withAxis(dim, rank);
  }
  return Quantized{rebuild(from->integers), params};
}

std::optional<Quantized> Sinker::transpose(prim::TransposeOp transpose) {
  auto from = readDequantize(transpose.getInput());
  if (!from)
    return std::nullopt;
  QuantParams params = from->params;
  if (!params.isUniform()) {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    const auto dim =
        llvm::find(permutation, params.axis()) - permutation.begin();
    params = params.withAxis(dim, static_cast<int64_t>(permutation.size()));
  }
  return Quantized{rebuild(from->integers), params};
}

std::optional<Quantized> Sinker::broadcast(prim::BroadcastOp broadcast) {
  auto from = readDequantize(broadcast.getInput());
  if (!from)
    return std::nullopt;
  return Quantized{rebuild(from->integers), from->params};
}

std::optional<Quantized> Sinker::slice(prim::SliceOp slice) {
  auto from = readDequantize(slice.getInput());
  if (!from)
    return std::nullopt;
  if (const int64_t axis = from->params.axis(); axis >= 0)
    if (slice.getStarts()[axis] != 0 || slice.getStrides()[axis] != 1 ||
        prim::shapeOf(slice.getResult())[axis] !=
            prim::shapeOf(slice.getInput())[axis])
      return std::nullopt;
  return Quantized{rebuild(from->integers), from->params};
}

std::optional<Quantized> Sinker::gather(prim::GatherOp gather) {
  auto from = readDequantize(gather.getData());
  if (!from || !from->params.isUniform())
    return std::nullopt;
  return Quantized{rebuild({from->integers, gather.getIndices()}),
                   from->params.withRank(prim::rankOf(gather.getResult()))};
}

/// The value has to be one that an integer stands for.
std::optional<Quantized> Sinker::pad(prim::PadOp pad) {
  auto from = readDequantize(pad.getInput());
  if (!from || !from->params.isUniform())
    return std::nullopt;
  const std::optional<double> value = prim::splatNumber(pad.getValue());
  const double scale = from->params.scale.values[0],
               zp = from->params.zp.values[0];
  if (!value || from->params.type.getIntOrFloatBitWidth() > 16)
    return std::nullopt;
  const double integer = quantizeNumber(*value, scale, zp, from->params.type);
  if (static_cast<float>((integer - zp) * scale) != *value)
    return std::nullopt;
  Value filler = Numbers::one(integer, 0).build(prims, from->params.type);
  return Quantized{rebuild({from->integers, filler}), from->params};
}

std::optional<Quantized> Sinker::concat(prim::ConcatOp concat) {
  SmallVector<Value> integers;
  std::optional<QuantParams> params;
  for (Value input : concat.getInputs()) {
    auto from = readDequantize(input);
    if (!from || !from->params.isUniform() ||
        (params && *params != from->params))
      return std::nullopt;
    params = from->params;
    integers.push_back(from->integers);
  }
  return Quantized{rebuild(integers), *params};
}

/// Maximum and minimum: dequantize keeps the order.
std::optional<Quantized> Sinker::pick() {
  auto reduction = cast<prim::ReductionInterface>(op);
  // No integer stands for an empty maximum.
  if (!reduction.isExtreme() || reduction.mayCombineNothing() ||
      op->getNumOperands() != 1 || !reduction.getEpilogue().empty())
    return std::nullopt;
  auto from = readDequantize(op->getOperand(0));
  if (!from || !from->params.isUniform())
    return std::nullopt;
  return Quantized{rebuild(from->integers), from->params};
}

std::optional<Quantized> Sinker::sink() {
  return llvm::TypeSwitch<Operation *, std::optional<Quantized>>(op)
      .Case([&](prim::ReshapeOp it) { return reshape(it); })
      .Case([&](prim::TransposeOp it) { return transpose(it); })
      .Case([&](prim::BroadcastOp it) { return broadcast(it); })
      .Case([&](prim::SliceOp it) { return slice(it); })
      .Case([&](prim::GatherOp it) { return gather(it); })
      .Case([&](prim::PadOp it) { return pad(it); })
      .Case([&](prim::ConcatOp it) { return concat(it); })
      .Case<prim::WindowOp, prim::ReduceOp>([&](auto) { return pick(); })
      .Default([](Operation *) { return std::nullopt; });
}

/// The position of an extreme is that of the extreme integer.
static bool sinkThroughPosition(prim::ArgReduceOp op) {
  auto from = readDequantize(op.getInput());
  if (!from || !from->params.isUniform())
    return false;
  op.getInputMutable().set(from->integers);
  return true;
}

bool islands::sinkDequantize(Operation *op) {
  if (auto position = dyn_cast<prim::ArgReduceOp>(op))
    return sinkThroughPosition(position);
  Sinker sinker(op);
  std::optional<Quantized> sunk = sinker.sink();
  if (!sunk)
    return false;
  OpBuilder builder(op);
  prim::PrimBuilder prims(builder, op->getLoc());
  op->getResult(0).replaceAllUsesWith(
      buildDequantize(prims, sunk->integers, sunk->params));
  op->erase();
  return true;
}
