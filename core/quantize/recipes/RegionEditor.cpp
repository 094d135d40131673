// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and changes the region over scalars of one op.

#include "core/quantize/recipes/RegionEditor.h"

#include "core/fold/Evaluate.h"
#include "core/prim/Constant.h"
#include "core/prim/Epilogue.h"
#include "core/quantize/islands/QuantParams.h"

#include <cmath>
#include <glowplug/arithmetic.h>

using namespace glowplug;
using namespace mlir;

using islands::Numbers;

Block *RegionEditor::blockOf(Operation *op) {
  if (auto map = dyn_cast<prim::MapOp>(op))
    return &map.getBody().front();
  Region *epilogue = prim::epilogueOf(op);
  return epilogue ? &epilogue->front() : nullptr;
}

/// Null for the accumulator.
Value RegionEditor::operandOf(BlockArgument argument) const {
  const unsigned index = argument.getArgNumber();
  if (isa<prim::MapOp>(op))
    return op->getOperand(index);
  return index == 0 ? Value()
                    : op->getOperand(prim::inputCount(op) + index - 1);
}

/// The contents of \p operand, a constant or computed from constants (in an
/// unoptimised program). Parameters vary along one dim at most; of others only
/// constants are looked at, since they may have the whole program before them.
static std::optional<Tensor> contentsOf(Value operand) {
  if (auto constant = operand.getDefiningOp<prim::ConstantOp>())
    return prim::constantTensor(constant);
  if (!operand.getDefiningOp() ||
      llvm::count_if(prim::shapeOf(operand),
                     [](int64_t size) { return size != 1; }) > 1)
    return std::nullopt;
  return evaluateValue(operand);
}

std::optional<Numbers> RegionEditor::known(Value scalar) const {
  if (auto argument = dyn_cast<BlockArgument>(scalar)) {
    Value operand = operandOf(argument);
    std::optional<Tensor> tensor = operand ? contentsOf(operand) : std::nullopt;
    return tensor ? Numbers::of(*tensor) : std::nullopt;
  }
  if (auto cast = dyn_cast_or_null<prim::ScalarOp>(
          madeBy(scalar, prim::ScalarKind::cast)))
    return known(cast.getOperand(0));
  auto constant = scalar.getDefiningOp<prim::ScalarConstantOp>();
  if (!constant)
    return std::nullopt;
  const int64_t rank = prim::rankOf(op->getResult(0));
  if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
    return Numbers::one(number.getValueAsDouble(), rank);
  auto number = cast<IntegerAttr>(constant.getValue());
  if (cast<IntegerType>(number.getType()).getWidth() > 32)
    return std::nullopt;
  const bool isUnsigned = cast<IntegerType>(number.getType()).isUnsigned();
  return Numbers::one(
      isUnsigned ? static_cast<double>(number.getValue().getZExtValue())
                 : static_cast<double>(number.getValue().getSExtValue()),
      rank);
}

std::optional<double> RegionEditor::number(Value scalar) const {
  std::optional<Numbers> numbers = known(scalar);
  if (!numbers || numbers->values.empty() || !llvm::all_equal(numbers->values))
    return std::nullopt;
  return numbers->values.front();
}

Value RegionEditor::add(const Numbers &numbers, Type type) {
  Block *block = blockOf(op);
  if (numbers.isOne()) {
    OpBuilder builder = OpBuilder::atBlockBegin(block);
    return prim::ScalarBuilder(builder, op->getLoc())
        .number(static_cast<int64_t>(numbers.values[0]), type);
  }
  OpBuilder builder(op);
  prim::PrimBuilder prims(builder, op->getLoc());
  op->insertOperands(op->getNumOperands(), numbers.build(prims, type));
  return block->addArgument(type, op->getLoc());
}

void RegionEditor::eraseDead() {
  Block *block = blockOf(op);
  for (Operation &scalar : llvm::make_early_inc_range(llvm::reverse(*block)))
    if (!isa<prim::YieldOp>(scalar) && scalar.use_empty())
      scalar.erase();
  const bool isMap = isa<prim::MapOp>(op);
  const unsigned first = isMap ? 0 : 1;
  const unsigned before = isMap ? 0 : prim::inputCount(op) - 1;
  for (unsigned i = block->getNumArguments(); i-- > first;) {
    if (!block->getArgument(i).use_empty() ||
        (isMap && block->getNumArguments() == 1))
      continue;
    op->eraseOperand(before + i);
    block->eraseArgument(i);
  }
}

/// The largest magnitude of an integer of \p type less one of \p zeroPoints.
static double mostOf(Type type, std::optional<ArrayRef<int32_t>> zeroPoints) {
  const auto [low, high] = islands::rangeOf(type);
  double most = std::max<double>(-static_cast<double>(low), high);
  if (!zeroPoints)
    return most;
  most = 0;
  for (double zp : *zeroPoints)
    most = std::max({most, high - zp, zp - low});
  return most;
}

/// The largest magnitude of the accumulator of \p op.
static double accumulatorBound(Operation *op) {
  auto isNarrow = [](Value value) {
    auto type = dyn_cast<IntegerType>(prim::elementOf(value));
    return type && type.getWidth() == 8;
  };
  auto bound = [&](auto contraction, double terms) -> double {
    Value a = op->getOperand(0), b = op->getOperand(1);
    if (!isNarrow(a) || !isNarrow(b))
      return INT32_MAX;
    return terms * mostOf(prim::elementOf(a), contraction.getLhsZp()) *
           mostOf(prim::elementOf(b), contraction.getRhsZp());
  };
  if (auto conv = dyn_cast<prim::ConvOp>(op)) {
    double terms = 1;
    for (int64_t size : prim::shapeOf(conv.getWeights()).drop_front())
      terms *= static_cast<double>(size);
    return bound(conv, terms);
  }
  if (auto matmul = dyn_cast<prim::MatMulOp>(op))
    return bound(matmul,
                 static_cast<double>(prim::shapeOf(matmul.getLhs()).back()));
  return INT32_MAX;
}

int32_t RegionEditor::boundOf(Value sum) const {
  double extra = 0;
  if (auto add =
          dyn_cast_or_null<prim::ScalarOp>(madeBy(sum, prim::ScalarKind::add)))
    if (std::optional<Numbers> bias = known(add.getOperand(1))) {
      for (double value : bias->values)
        extra = std::max(extra, std::abs(value));
      sum = add.getOperand(0);
    }
  double bound = INT32_MAX;
  if (auto argument = dyn_cast<BlockArgument>(sum)) {
    Value operand = operandOf(argument);
    if (!operand)
      bound = accumulatorBound(op);
    else if (Operation *maker = operand.getDefiningOp();
             maker && prim::takesEpilogue(maker) && !prim::epilogueOf(maker))
      bound = accumulatorBound(maker);
  }
  return static_cast<int32_t>(std::min<double>(bound + extra, INT32_MAX));
}

Operation *glowplug::madeBy(Value value, prim::ScalarKind kind) {
  auto op = value.getDefiningOp<prim::ScalarOp>();
  return op && op.getKind() == kind ? op.getOperation() : nullptr;
}

Value glowplug::buildRescale(prim::ScalarBuilder &scalars, Recipe recipe,
                             Value x, Value multiplier, Value shift, Value zp) {
  return recipe == Recipe::tosaSingle
             ? scalars.rescaleTosaSingle(x, multiplier, shift, zp)
             : scalars.rescaleTosaDouble(x, multiplier, shift, zp);
}

Value glowplug::buildRescale(prim::ScalarBuilder &scalars, RegionEditor &editor,
                             Recipe recipe, Value x, const Numbers &scale,
                             Value zp) {
  const Type i32 = scalars.builder.getI32Type();
  Value multiplier = editor.add(scale.mapped([](double value) {
    return static_cast<double>(arithmetic::integerScale(value).multiplier);
  }),
                                i32);
  Value shift = editor.add(scale.mapped([](double value) {
    return static_cast<double>(arithmetic::integerScale(value).shift);
  }),
                           i32);
  return buildRescale(scalars, recipe, x, multiplier, shift, zp);
}

int32_t glowplug::rescaleNumber(Recipe recipe, int32_t x, double scale,
                                int32_t zp, Type type) {
  auto integer = cast<IntegerType>(type);
  const arithmetic::Range range = arithmetic::rangeOf(
      static_cast<int>(integer.getWidth()), !integer.isUnsigned());
  const auto [multiplier, shift] = arithmetic::integerScale(scale);
  switch (recipe) {
  case Recipe::fp32Rne:
    return arithmetic::rescaleFp32Rne(x, static_cast<float>(scale), zp, range);
  case Recipe::tosaSingle:
    return arithmetic::rescaleTosaSingle(x, multiplier, shift, zp, range);
  case Recipe::tosaDouble:
    return arithmetic::rescaleTosaDouble(x, multiplier, shift, zp, range);
  }
  llvm_unreachable("all recipes are above");
}
