// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and making of quantize and dequantize maps.

#include "core/quantize/islands/QuantParams.h"

#include "core/fold/Evaluate.h"

#include "mlir/IR/IRMapping.h"

#include <cmath>
#include <glowplug/arithmetic.h>

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

//===----------------------------------------------------------------------===//
// QuantParams
//===----------------------------------------------------------------------===//

int64_t QuantParams::axis() const {
  const int64_t dim = *scale.axis();
  return dim >= 0 ? dim : *zp.axis();
}

bool QuantParams::operator==(const QuantParams &other) const {
  return type == other.type && scale.shape == other.scale.shape &&
         scale.values == other.scale.values && zp.shape == other.zp.shape &&
         zp.values == other.zp.values;
}

QuantParams QuantParams::withRank(int64_t rank) const {
  assert(isUniform());
  return {type, Numbers::one(scale.values[0], rank),
          Numbers::one(zp.values[0], rank)};
}

QuantParams QuantParams::withAxis(int64_t dim, int64_t rank) const {
  auto moved = [&](const Numbers &numbers) {
    Numbers result{prim::Shape(rank, 1), numbers.values};
    if (!numbers.isOne())
      result.shape[dim] = static_cast<int64_t>(numbers.values.size());
    return result;
  };
  return {type, moved(scale), moved(zp)};
}

prim::ScalarQuantParams islands::scalarsOf(prim::ScalarBuilder &scalars,
                                           const QuantParams &params) {
  assert(params.isUniform());
  return {
      scalars.number(params.scale.values[0], scalars.builder.getF32Type()),
      scalars.number(static_cast<int64_t>(params.zp.values[0]), params.type)};
}

std::pair<int32_t, int32_t> islands::rangeOf(Type type) {
  auto integer = cast<IntegerType>(type);
  const arithmetic::Range range = arithmetic::rangeOf(
      static_cast<int>(integer.getWidth()), !integer.isUnsigned());
  return {range.low, range.high};
}

double islands::quantizeNumber(double real, double scale, double zp,
                               Type type) {
  const auto [low, high] = rangeOf(type);
  const float quotient = static_cast<float>(real) / static_cast<float>(scale);
  if (std::isnan(quotient))
    return zp;
  const double moved = std::nearbyint(static_cast<double>(quotient)) + zp;
  return std::min<double>(std::max<double>(moved, low), high);
}

//===----------------------------------------------------------------------===//
// Bodies of maps
//===----------------------------------------------------------------------===//

prim::ScalarOp islands::soleScalar(prim::MapOp map) {
  if (map.getNumResults() != 1)
    return nullptr;
  Block &body = map.getBody().front();
  auto op = body.getTerminator()->getOperand(0).getDefiningOp<prim::ScalarOp>();
  for (Operation &other : body.without_terminator())
    if (&other != op && !isa<prim::ScalarConstantOp>(other))
      return nullptr;
  return op;
}

/// The contents of a whole tensor, with \p rank dims.
static std::optional<Numbers> knownTensor(Value value) {
  std::optional<Tensor> tensor = evaluateValue(value);
  return tensor ? Numbers::of(*tensor) : std::nullopt;
}

/// A map of what \p scalar needs of \p map, and nothing else; null if it needs
/// no operand.
static prim::MapOp extract(prim::MapOp map, Value scalar) {
  llvm::SetVector<Operation *> needed;
  llvm::SetVector<BlockArgument> arguments;
  SmallVector<Value> work{scalar};
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(value))
      arguments.insert(argument);
    else if (needed.insert(value.getDefiningOp()))
      llvm::append_range(work, value.getDefiningOp()->getOperands());
  }
  if (arguments.empty())
    return nullptr;
  OpBuilder builder(map);
  prim::PrimBuilder prims(builder, map.getLoc());
  SmallVector<Value> operands;
  for (BlockArgument argument : arguments)
    operands.push_back(map.getOperand(argument.getArgNumber()));
  Value result = prims.map(operands, [&](prim::ScalarBuilder &s, ValueRange v) {
    IRMapping mapping;
    mapping.map(SmallVector<Value>(arguments.begin(), arguments.end()), v);
    for (Operation &op : map.getBody().front().without_terminator())
      if (needed.contains(&op))
        s.builder.clone(op, mapping);
    return mapping.lookup(scalar);
  });
  return result.getDefiningOp<prim::MapOp>();
}

std::optional<Numbers> islands::knownScalar(prim::MapOp map, Value scalar) {
  const int64_t rank = prim::rankOf(map.getResult(0));
  if (auto argument = dyn_cast<BlockArgument>(scalar))
    return knownTensor(map.getOperand(argument.getArgNumber()));
  if (auto constant = scalar.getDefiningOp<prim::ScalarConstantOp>()) {
    if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
      return Numbers::one(number.getValueAsDouble(), rank);
    auto number = cast<IntegerAttr>(constant.getValue());
    auto type = cast<IntegerType>(number.getType());
    if (type.getWidth() > 32)
      return std::nullopt;
    const llvm::APInt bits = number.getValue();
    return Numbers::one(type.isUnsigned()
                            ? static_cast<double>(bits.getZExtValue())
                            : static_cast<double>(bits.getSExtValue()),
                        rank);
  }
  prim::MapOp part = extract(map, scalar);
  if (!part)
    return std::nullopt;
  std::optional<Numbers> result = knownTensor(part.getResult(0));
  part.erase();
  return result;
}

//===----------------------------------------------------------------------===//
// Quantize and dequantize
//===----------------------------------------------------------------------===//

/// The parameters of operands 1 and 2 of \p op, the only op of \p map.
static std::optional<QuantParams> readParams(prim::MapOp map, prim::ScalarOp op,
                                             Type integers, std::string *why) {
  auto refuse = [&](const char *reason) {
    if (why)
      *why = reason;
    return std::nullopt;
  };
  if (!op.getOperand(1).getType().isF32())
    return refuse("its scale is not f32");
  std::optional<Numbers> scale = knownScalar(map, op.getOperand(1));
  if (!scale)
    return refuse("its scale is not constant");
  std::optional<Numbers> zp = knownScalar(map, op.getOperand(2));
  if (!zp)
    return refuse("its zero point is not constant");
  if (scale->values.empty() || zp->values.empty())
    return refuse("it is empty");
  QuantParams params{integers, scale->collapsed(), zp->collapsed()};
  const auto scaleAxis = params.scale.axis(), zpAxis = params.zp.axis();
  if (!scaleAxis || !zpAxis ||
      (*scaleAxis >= 0 && *zpAxis >= 0 && *scaleAxis != *zpAxis))
    return refuse("its scale varies along more than one dim");
  for (double value : params.scale.values)
    if (!(value > 0) || value > 1e30)
      return refuse("its scale is 0 or too large");
  return params;
}

/// Whether \p scalar is operand \p index of the map, unchanged.
static Value wholeOperand(prim::MapOp map, Value scalar) {
  auto argument = dyn_cast<BlockArgument>(scalar);
  if (!argument)
    return nullptr;
  Value operand = map.getOperand(argument.getArgNumber());
  return prim::shapeOf(operand) == prim::shapeOf(map.getResult(0)) ? operand
                                                                   : Value();
}

static prim::ScalarOp soleOfKind(prim::MapOp map, prim::ScalarKind kind) {
  prim::ScalarOp op = map ? soleScalar(map) : nullptr;
  return op && op.getKind() == kind ? op : nullptr;
}

std::optional<Quantized> islands::readDequantize(Value value,
                                                 std::string *why) {
  auto map = value.getDefiningOp<prim::MapOp>();
  prim::ScalarOp op = soleOfKind(map, prim::ScalarKind::dequantize);
  Value integers = op ? wholeOperand(map, op.getOperand(0)) : Value();
  if (!integers) {
    if (why)
      *why = "it is not quantised";
    return std::nullopt;
  }
  std::optional<QuantParams> params =
      readParams(map, op, prim::elementOf(integers), why);
  if (!params)
    return std::nullopt;
  return Quantized{integers, std::move(*params)};
}

std::optional<QuantizeMap> islands::readQuantize(Operation *op) {
  auto map = dyn_cast<prim::MapOp>(op);
  prim::ScalarOp scalar = soleOfKind(map, prim::ScalarKind::quantize);
  Value input = scalar ? wholeOperand(map, scalar.getOperand(0)) : Value();
  if (!input || !prim::elementOf(input).isF32())
    return std::nullopt;
  std::optional<QuantParams> params =
      readParams(map, scalar, scalar.getResult().getType(), nullptr);
  if (!params)
    return std::nullopt;
  return QuantizeMap{map, input, std::move(*params)};
}

Value islands::buildDequantize(prim::PrimBuilder &builder, Value integers,
                               const QuantParams &params) {
  Value scale = params.scale.build(builder, builder.builder.getF32Type());
  Value zp = params.zp.build(builder, params.type);
  return builder.map({integers, scale, zp},
                     [](prim::ScalarBuilder &s, ValueRange v) {
                       return s.dequantize(v[0], v[1], v[2]);
                     });
}

Value islands::buildQuantize(prim::PrimBuilder &builder, Value reals,
                             const QuantParams &params) {
  Value scale = params.scale.build(builder, builder.builder.getF32Type());
  Value zp = params.zp.build(builder, params.type);
  return builder.map({reals, scale, zp},
                     [](prim::ScalarBuilder &s, ValueRange v) {
                       return s.quantize(v[0], v[1], v[2]);
                     });
}
