// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows the result of an anchor through maps to its quantize.

#include "core/quantize/islands/Follow.h"

#include "core/fold/Evaluate.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

using K = prim::ScalarKind;

namespace {

/// The tail as far as it was followed.
class Follower {
public:
  explicit Follower(Value result);
  Tail follow();

private:
  bool absorb(prim::MapOp map);
  bool absorbOp(prim::MapOp map, prim::ScalarOp op, unsigned index);
  bool addBias(prim::MapOp map, Value scalar, bool negate);
  bool scaleBy(prim::MapOp map, Value scalar, bool divide);

  Tail tail;
};

} // namespace

Follower::Follower(Value result) {
  const int64_t rank = prim::rankOf(result);
  tail.factor = tail.divisor = Numbers::one(1, rank);
  tail.end = result;
}

/// The constant as it was before it was dequantized.
static void readIntegers(Value operand, Bias &bias) {
  std::optional<Quantized> from = readDequantize(operand);
  if (!from)
    return;
  std::optional<Tensor> tensor = evaluateValue(from->integers);
  std::optional<Numbers> integers =
      tensor ? Numbers::of(*tensor) : std::nullopt;
  if (!integers)
    return;
  bias.integers = combine(*integers, from->params.zp,
                          [](double q, double zp) { return q - zp; });
  bias.scale = from->params.scale;
}

bool Follower::addBias(prim::MapOp map, Value scalar, bool negate) {
  std::optional<Numbers> value = knownScalar(map, scalar);
  if (!value || tail.bias || !tail.limits.empty())
    return false;
  Bias bias{*value, std::nullopt, {}};
  if (auto argument = dyn_cast<BlockArgument>(scalar))
    readIntegers(map.getOperand(argument.getArgNumber()), bias);
  if (negate) {
    auto minus = [](double x) { return -x; };
    bias.value = bias.value.mapped(minus);
    if (bias.integers)
      bias.integers = bias.integers->mapped(minus);
  }
  tail.bias = std::move(bias);
  return true;
}

bool Follower::scaleBy(prim::MapOp map, Value scalar, bool divide) {
  std::optional<Numbers> value = knownScalar(map, scalar);
  if (!value || tail.bias || !tail.limits.empty() ||
      !llvm::all_of(value->values, [](double x) { return x > 0 && x < 1e30; }))
    return false;
  Numbers &side = divide ? tail.divisor : tail.factor;
  if (!side.isOne() || side.values[0] != 1)
    return false; // two roundings are not one
  side = value->collapsed();
  return true;
}

/// One scalar op, whose operand \p index is the value that is followed.
bool Follower::absorbOp(prim::MapOp map, prim::ScalarOp op, unsigned index) {
  auto other = [&] { return op.getOperand(1 - index); };
  switch (op.getKind()) {
  case K::add:
    return addBias(map, other(), false);
  case K::sub:
    return index == 0 && addBias(map, other(), true);
  case K::mul:
    return scaleBy(map, other(), false);
  case K::div:
    return index == 0 && scaleBy(map, other(), true);
  case K::max:
  case K::min: {
    std::optional<Numbers> value = knownScalar(map, other());
    if (!value || llvm::any_of(value->values, [](double x) { return x != x; }))
      return false;
    tail.limits.push_back({op.getKind() == K::max, value->collapsed()});
    return true;
  }
  default:
    return false;
  }
}

/// Either all of \p map, or nothing of it.
bool Follower::absorb(prim::MapOp map) {
  if (map.getNumResults() != 1 ||
      prim::shapeOf(map.getResult(0)) != prim::shapeOf(tail.end))
    return false;
  if (std::optional<QuantizeMap> quantize = readQuantize(map)) {
    if (quantize->input != tail.end ||
        quantize->params.type.getIntOrFloatBitWidth() > 16)
      return false;
    tail.output = std::move(quantize->params);
    return true;
  }
  Value value;
  for (auto [operand, parameter] :
       llvm::zip_equal(map.getOperands(), map.getBody().front().getArguments()))
    if (operand == tail.end) {
      if (value)
        return false;
      value = parameter;
    }
  while (true) {
    if (!value.hasOneUse())
      return false;
    OpOperand &use = *value.getUses().begin();
    if (isa<prim::YieldOp>(use.getOwner()))
      return true;
    auto op = dyn_cast<prim::ScalarOp>(use.getOwner());
    if (!op || !absorbOp(map, op, use.getOperandNumber()))
      return false;
    value = op.getResult();
  }
}

Tail Follower::follow() {
  const Value start = tail.end;
  std::optional<Tail> biased;
  while (tail.end.hasOneUse() && !tail.output) {
    auto map = dyn_cast<prim::MapOp>(*tail.end.getUsers().begin());
    if (!map || map->getBlock() != start.getDefiningOp()->getBlock())
      break;
    Tail before = tail;
    if (!absorb(map)) {
      tail = std::move(before);
      break;
    }
    tail.end = map.getResult(0);
    const bool isPlain = tail.factor.isOne() && tail.factor.values[0] == 1 &&
                         tail.divisor.isOne() && tail.divisor.values[0] == 1;
    if (tail.bias && isPlain && tail.limits.empty() && !tail.output)
      biased = tail;
  }
  if (tail.output)
    return std::move(tail);
  if (biased)
    return std::move(*biased);
  return Follower(start).tail;
}

Tail islands::followTail(Value result) { return Follower(result).follow(); }
