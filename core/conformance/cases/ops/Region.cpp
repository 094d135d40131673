// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of map with regions as models have them.

#include "core/conformance/cases/ops/OpCases.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace glowplug::conformance {
namespace {

using image::ScalarOp;

/// A region by name: its parameters, and how it is built.
struct Recipe {
  const char *name;
  unsigned floats;   ///< Parameters of the float type.
  unsigned integers; ///< Then those of the integer type.
  ScalarId (*build)(RegionBuilder &region, DType type, DType integer);
  /// Builds a second result; may be null.
  ScalarId (*buildSecond)(RegionBuilder &region, DType type,
                          DType integer) = nullptr;
};

ScalarId number(RegionBuilder &region, DType type, double value) {
  return region.constantOf(type, value);
}

ScalarId sigmoid(RegionBuilder &r, ScalarId x, DType type) {
  const ScalarId one = number(r, type, 1);
  const ScalarId power = r.unary(ScalarOp::exp, r.unary(ScalarOp::neg, x));
  return r.div(one, r.add(one, power));
}

ScalarId clip(RegionBuilder &r, DType type, DType) {
  return r.min(r.max(r.parameter(0), number(r, type, 0)), number(r, type, 0.5));
}
ScalarId leaky(RegionBuilder &r, DType type, DType) {
  const ScalarId x = r.parameter(0);
  return r.select(r.test(ScalarOp::lt, {x, number(r, type, 0)}),
                  r.mul(x, number(r, type, 0.01)), x);
}
ScalarId hardSwish(RegionBuilder &r, DType type, DType) {
  const ScalarId x = r.parameter(0);
  const ScalarId gate = r.min(
      r.max(r.add(r.mul(x, number(r, type, 1.0 / 6)), number(r, type, 0.5)),
            number(r, type, 0)),
      number(r, type, 1));
  return r.mul(x, gate);
}
ScalarId silu(RegionBuilder &r, DType type, DType) {
  const ScalarId x = r.parameter(0);
  return r.mul(x, sigmoid(r, x, type));
}
ScalarId gelu(RegionBuilder &r, DType type, DType) {
  const ScalarId x = r.parameter(0);
  const ScalarId half = r.mul(x, number(r, type, 0.5));
  const ScalarId error = r.unary(
      ScalarOp::erf, r.mul(x, number(r, type, 1 / std::numbers::sqrt2)));
  return r.mul(half, r.add(error, number(r, type, 1)));
}
ScalarId softplus(RegionBuilder &r, DType, DType) {
  return r.unary(ScalarOp::log1p, r.unary(ScalarOp::exp, r.parameter(0)));
}
ScalarId normalise(RegionBuilder &r, DType type, DType) {
  const ScalarId variance =
      r.add(r.unary(ScalarOp::abs, r.parameter(2)), number(r, type, 1e-5));
  return r.div(r.sub(r.parameter(0), r.parameter(1)),
               r.unary(ScalarOp::sqrt, variance));
}
ScalarId axpy(RegionBuilder &r, DType, DType) {
  return r.add(r.mul(r.parameter(0), r.parameter(1)), r.parameter(2));
}
ScalarId largestOf(RegionBuilder &r, DType, DType) {
  return r.max(r.max(r.parameter(0), r.parameter(1)), r.parameter(2));
}
ScalarId truncated(RegionBuilder &r, DType type, DType integer) {
  return r.cast(integer, r.mul(r.parameter(0), number(r, type, 100)));
}
ScalarId quantised(RegionBuilder &r, DType type, DType integer) {
  return r.quantize(r.mul(r.parameter(0), r.parameter(1)),
                    number(r, type, 0.015), r.constantOf(integer, 3));
}
ScalarId dequantised(RegionBuilder &r, DType type, DType integer) {
  const ScalarId zero = r.constantOf(integer, 3);
  return r.mul(r.dequantize(r.parameter(1), number(r, type, 0.015), zero),
               r.parameter(0));
}
ScalarId quantisedAdd(RegionBuilder &r, DType type, DType integer) {
  const ScalarId zero = r.constantOf(integer, 3);
  const ScalarId a = r.dequantize(r.parameter(0), number(r, type, 0.02), zero);
  const ScalarId b = r.dequantize(r.parameter(1), number(r, type, 0.03), zero);
  return r.quantize(r.add(a, b), number(r, type, 0.025), zero);
}
ScalarId quantisedMul(RegionBuilder &r, DType type, DType integer) {
  const ScalarId zero = r.constantOf(integer, 3);
  const ScalarId a = r.dequantize(r.parameter(0), number(r, type, 0.02), zero);
  const ScalarId b = r.dequantize(r.parameter(1), number(r, type, 0.03), zero);
  return r.quantize(r.mul(a, b), number(r, type, 0.04), zero);
}
/// As the NPU adds: each side to a common scale, and the sum back.
ScalarId integerAdd(RegionBuilder &r, DType, DType integer) {
  const ScalarId none = r.constant<int32_t>(0);
  const auto widened = [&](unsigned parameter, int32_t multiplier) {
    const ScalarId wide = r.mul(r.cast(DType::i32, r.parameter(parameter)),
                                r.constant<int32_t>(1 << 12));
    return r.rescaleTosa(ScalarOp::rescale_tosa_double, wide,
                         r.constant<int32_t>(multiplier),
                         r.constant<int32_t>(31), none);
  };
  const ScalarId sum = r.add(widened(0, 1900000000), widened(1, 1400000000));
  return r.rescaleTosa(ScalarOp::rescale_tosa_double, sum,
                       r.constant<int32_t>(1700000000), r.constant<int32_t>(43),
                       r.constantOf(integer, 3));
}

/// Reads a result of its own twice.
ScalarId integerSquare(RegionBuilder &r, DType, DType integer) {
  const auto rescaled = [&](ScalarId x, int32_t shift, ScalarId zero) {
    return r.rescaleTosa(ScalarOp::rescale_tosa_double, x,
                         r.constant<int32_t>(1700000000),
                         r.constant<int32_t>(shift), zero);
  };
  const ScalarId wide =
      r.mul(r.cast(DType::i32, r.parameter(0)), r.constant<int32_t>(1 << 12));
  const ScalarId once = rescaled(wide, 43, r.constantOf(integer, 5));
  const ScalarId least = r.min(r.min(once, once), r.parameter(1));
  const ScalarId again = r.cast(DType::i32, least);
  return rescaled(r.mul(again, again), 37, r.constantOf(integer, 3));
}

/// A table whose entry \p i is a multiple of it, wrapped.
ScalarId lookedUp(RegionBuilder &r, ScalarId x, DType integer, int factor) {
  std::vector<uint8_t> entries(256);
  for (size_t i = 0; i < entries.size(); ++i)
    entries[i] = static_cast<uint8_t>(static_cast<int>(i) * factor + 17);
  if (integer == DType::u8)
    return r.table(x, Tensor::of<uint8_t>(256, entries));
  const std::vector<int8_t> bits(entries.begin(), entries.end());
  return r.table(x, Tensor::of<int8_t>(256, bits));
}
/// Limits of what a table gives, which are not those of its index.
ScalarId tableClip(RegionBuilder &r, DType, DType integer) {
  const ScalarId value = lookedUp(r, r.parameter(0), integer, 37);
  return r.min(r.max(value, r.constantOf(integer, 20)),
               r.constantOf(integer, 90));
}
ScalarId clipTable(RegionBuilder &r, DType, DType integer) {
  const ScalarId value = r.min(r.max(r.parameter(0), r.constantOf(integer, 20)),
                               r.constantOf(integer, 90));
  return lookedUp(r, value, integer, 37);
}
ScalarId twoTables(RegionBuilder &r, DType, DType integer) {
  return lookedUp(r, lookedUp(r, r.parameter(0), integer, 37), integer, 91);
}

ScalarId sumOf(RegionBuilder &r, DType, DType) {
  return r.add(r.parameter(0), r.parameter(1));
}
ScalarId differenceOf(RegionBuilder &r, DType, DType) {
  return r.sub(r.parameter(0), r.parameter(1));
}

constexpr Recipe recipes[] = {
    {"clip", 1, 0, clip},
    {"leaky_relu", 1, 0, leaky},
    {"hard_swish", 1, 0, hardSwish},
    {"silu", 1, 0, silu},
    {"gelu", 1, 0, gelu},
    {"softplus", 1, 0, softplus},
    {"normalise", 3, 0, normalise},
    {"axpy", 3, 0, axpy},
    {"largest", 3, 0, largestOf},
    {"truncated", 1, 0, truncated},
    {"quantised", 2, 0, quantised},
    {"dequantised", 1, 1, dequantised},
    {"quantised_add", 0, 2, quantisedAdd},
    {"quantised_mul", 0, 2, quantisedMul},
    {"integer_add", 0, 2, integerAdd},
    {"integer_square", 0, 2, integerSquare},
    {"table_clip", 0, 1, tableClip},
    {"clip_table", 0, 1, clipTable},
    {"two_tables", 0, 1, twoTables},
    {"two_results", 2, 0, sumOf, differenceOf},
    {"two_integers", 0, 2, sumOf, differenceOf},
};

/// Where the second operand comes from.
enum class Held : uint8_t { input, constant, splat };

/// The shape of the result, how operands are repeated to it, and what they are.
struct RegionShape {
  int64_t width;
  Repeat repeat;
  DataSet data = DataSet::fullRange; ///< of floats
  Held held = Held::input;

  std::array<int64_t, 2> result() const { return {37, width}; }
};

/// Nothing is repeated where there is one parameter. Floats are special, too.
std::vector<RegionShape> shapesFor(const Recipe &recipe) {
  const unsigned parameters =
      recipe.buildSecond ? 1 : recipe.floats + recipe.integers;
  std::vector<RegionShape> shapes;
  for (const int64_t width : {1, 31, 64})
    shapes.push_back({width, Repeat::none});
  if (parameters > 1)
    for (const Repeat repeat :
         {Repeat::secondInRows, Repeat::firstInColumns, Repeat::others})
      shapes.push_back({31, repeat});
  if (recipe.floats != 0)
    shapes.push_back({64, Repeat::none, DataSet::specials});
  if (recipe.floats + recipe.integers > 1)
    for (const Held held : {Held::constant, Held::splat})
      shapes.push_back({64, Repeat::none, DataSet::fullRange, held});
  return shapes;
}

void repeatFirst(Tensor &tensor) {
  const llvm::MutableArrayRef<uint8_t> bytes = tensor.mutableBytes();
  for (size_t i = dtypeBytes(tensor.dtype()); i < bytes.size(); ++i)
    bytes[i] = bytes[i - dtypeBytes(tensor.dtype())];
}

std::string heldName(Held held) {
  switch (held) {
  case Held::input:
    return "none";
  case Held::constant:
    return "stored";
  case Held::splat:
    return "splat";
  }
  return "";
}

/// For the names of cases.
std::string suffixOf(const RegionShape &shape) {
  std::string suffix;
  if (shape.data != DataSet::fullRange)
    suffix += "." + dataSetName(shape.data);
  if (shape.held != Held::input)
    suffix += "." + heldName(shape.held);
  return suffix;
}

llvm::Expected<ProgramSample> makeRegion(const Recipe &recipe, DType type,
                                         DType integer,
                                         const RegionShape &shape,
                                         Random &random) {
  ProgramSampleBuilder sample(recipe.name);
  llvm::SmallVector<ValueId, 4> operands;
  llvm::SmallVector<DType, 4> types(recipe.floats, type);
  types.append(recipe.integers, integer);
  for (unsigned i = 0; i < types.size(); ++i) {
    llvm::Expected<Tensor> operand = makeTensor(
        types[i], operandShape(shape.result(), shape.repeat, i),
        {isFloat(types[i]) ? shape.data : DataSet::fullRange}, random);
    if (!operand)
      return operand.takeError();
    const bool isHeld = i == 1 && shape.held != Held::input;
    if (isHeld && shape.held == Held::splat)
      repeatFirst(*operand);
    operands.push_back(sample.operand(std::move(*operand), isHeld));
  }
  RegionBuilder region(types);
  region.yield(recipe.build(region, type, integer));
  if (recipe.buildSecond)
    region.yield(recipe.buildSecond(region, type, integer));
  // All its results, of which mapTo() gives the first.
  if (shape.repeat == Repeat::none)
    return sample.finish(sample.body.map(region, operands));
  return sample.finish(sample.body.mapTo(shape.result(), region, operands));
}

} // namespace

void addRegions(OpCaseList &list) {
  for (const Recipe &recipe : recipes)
    for (const DType type : dtypes(isFloat))
      for (const DType integer : {DType::i8, DType::u8}) {
        const bool hasInteger = recipe.integers != 0 ||
                                recipe.build == truncated ||
                                recipe.build == quantised;
        const bool hasTable = recipe.build == tableClip ||
                              recipe.build == clipTable ||
                              recipe.build == twoTables;
        const bool hasFloat = !hasTable && recipe.build != integerAdd &&
                              recipe.build != integerSquare &&
                              (recipe.build != sumOf || recipe.floats != 0);
        if ((!hasInteger && integer != DType::i8) ||
            (!hasFloat && type != DType::f32))
          continue;
        const DType first = recipe.floats != 0 ? type : integer;
        Features features = {{"region", recipe.name},
                             {"float", dtypeName(type).str()}};
        // What ONNX Runtime's operators on quantised tensors do.
        if (recipe.floats == 0 && type == DType::f32 && hasFloat)
          features["recipe"] = "fp32_rne";
        if (recipe.build == integerAdd || recipe.build == integerSquare)
          features["recipe"] = "tosa_double";
        for (const RegionShape &shape : shapesFor(recipe)) {
          const auto repeat = static_cast<int64_t>(shape.repeat);
          features["broadcast"] = std::to_string(repeat);
          features["data"] = dataSetName(shape.data);
          features["constants"] = heldName(shape.held);
          list.add("Map", first,
                   fmt::format("region.{}.{}.{}.37x{}.b{}{}", recipe.name,
                               dtypeName(type).str(), dtypeName(integer).str(),
                               shape.width, repeat, suffixOf(shape)),
                   shape.width == 31 && repeat == 0 ? Depth::smoke
                                                    : Depth::quick,
                   features, [=](Random &random) {
                     return makeRegion(recipe, type, integer, shape, random);
                   });
        }
      }
}

} // namespace glowplug::conformance
