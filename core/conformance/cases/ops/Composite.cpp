// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of composites, by the names and bodies that the compiler gives them.

#include "core/conformance/cases/ops/OpCases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <numbers>

namespace glowplug::conformance {
namespace {

using image::ReduceKind;
using image::ScalarOp;
using Shape = std::vector<int64_t>;

/// Halves are computed in f32.
DType computeType(DType type) { return isHalf(type) ? DType::f32 : type; }

/// A map of the definition, whose operands are all of the type \p from.
using BuildScalar = std::function<ScalarId(RegionBuilder &region)>;
ValueId mapped(BodyBuilder &body, const Shape &shape,
               llvm::ArrayRef<ValueId> operands, const BuildScalar &build) {
  llvm::SmallVector<DType, 4> types;
  for (ValueId operand : operands)
    types.push_back(body.dtype(operand));
  RegionBuilder region(types);
  region.yield(build(region));
  return body.mapTo(shape, region, operands);
}

Shape shapeOf(const BodyBuilder &body, ValueId value) {
  return body.shape(value).vec();
}

ValueId shiftedPower(BodyBuilder &body, ValueId x, int64_t dim, bool isPower) {
  const DType type = computeType(body.dtype(x));
  const ValueId largest = body.reduce(ReduceKind::max, x, {dim});
  return mapped(body, shapeOf(body, x), {x, largest}, [&](RegionBuilder &r) {
    const ScalarId difference =
        r.sub(r.cast(type, r.parameter(0)), r.cast(type, r.parameter(1)));
    return isPower ? r.unary(ScalarOp::exp, difference) : difference;
  });
}

ValueId softmax(BodyBuilder &body, ValueId x, int64_t dim) {
  const DType type = body.dtype(x);
  const ValueId power = shiftedPower(body, x, dim, true);
  const ValueId sum = body.reduce(ReduceKind::sum, power, {dim});
  return mapped(body, shapeOf(body, x), {power, sum}, [&](RegionBuilder &r) {
    return r.cast(type, r.div(r.parameter(0), r.parameter(1)));
  });
}

ValueId logSoftmax(BodyBuilder &body, ValueId x, int64_t dim) {
  const DType type = body.dtype(x);
  const ValueId shifted = shiftedPower(body, x, dim, false);
  const ValueId power =
      mapped(body, shapeOf(body, x), shifted, [](RegionBuilder &r) {
        return r.unary(ScalarOp::exp, r.parameter(0));
      });
  const ValueId sum = body.reduce(ReduceKind::sum, power, {dim});
  return mapped(body, shapeOf(body, x), {shifted, sum}, [&](RegionBuilder &r) {
    return r.cast(
        type, r.sub(r.parameter(0), r.unary(ScalarOp::log, r.parameter(1))));
  });
}

ValueId mean(BodyBuilder &body, ValueId x, const DimList &dims) {
  double count = 1;
  for (const int64_t dim : dims)
    count *= static_cast<double>(body.shape(x)[static_cast<size_t>(dim)]);
  const ValueId sum = body.reduce(ReduceKind::sum, x, dims);
  return mapped(body, shapeOf(body, sum), sum, [&](RegionBuilder &r) {
    return r.div(r.parameter(0), r.constantOf(r.dtype(r.parameter(0)), count));
  });
}

ValueId layerNorm(BodyBuilder &body, llvm::ArrayRef<ValueId> operands,
                  const DimList &dims) {
  const DType type = body.dtype(operands[0]);
  const DType compute = computeType(type);
  const Shape shape = shapeOf(body, operands[0]);
  const ValueId x = mapped(body, shape, operands[0], [&](RegionBuilder &r) {
    return r.cast(compute, r.parameter(0));
  });
  const ValueId centred =
      mapped(body, shape, {x, mean(body, x, dims)}, [](RegionBuilder &r) {
        return r.sub(r.parameter(0), r.parameter(1));
      });
  const ValueId square =
      mapped(body, shape, {centred, centred}, [](RegionBuilder &r) {
        return r.mul(r.parameter(0), r.parameter(1));
      });
  const ValueId variance = mean(body, square, dims);
  const ValueId deviation =
      mapped(body, shapeOf(body, variance), variance, [&](RegionBuilder &r) {
        return r.unary(ScalarOp::sqrt,
                       r.add(r.parameter(0), r.constantOf(compute, 1e-5)));
      });
  return mapped(
      body, shape, {centred, deviation, operands[1], operands[2]},
      [&](RegionBuilder &r) {
        const ScalarId normal = r.div(r.parameter(0), r.parameter(1));
        const ScalarId scaled = r.mul(normal, r.cast(compute, r.parameter(2)));
        return r.cast(type, r.add(scaled, r.cast(compute, r.parameter(3))));
      });
}

ValueId gelu(BodyBuilder &body, ValueId x, bool isTanh) {
  const DType type = body.dtype(x), compute = computeType(type);
  return mapped(body, shapeOf(body, x), x, [&](RegionBuilder &r) {
    const auto number = [&](double value) {
      return r.constantOf(compute, value);
    };
    const ScalarId wide = r.cast(compute, r.parameter(0));
    const ScalarId half = r.mul(wide, number(0.5));
    ScalarId curve;
    if (isTanh) {
      const ScalarId cube = r.mul(r.mul(wide, wide), wide);
      const ScalarId inner = r.add(wide, r.mul(number(0.044715), cube));
      curve = r.unary(ScalarOp::tanh,
                      r.mul(number(std::sqrt(2 / std::numbers::pi)), inner));
    } else {
      curve =
          r.unary(ScalarOp::erf, r.mul(wide, number(1 / std::numbers::sqrt2)));
    }
    return r.cast(type, r.mul(half, r.add(number(1), curve)));
  });
}

/// A composite to make: its name, its operands, and what defines it.
struct Definition {
  std::string name, variant;
  std::vector<Shape> operands;
  std::vector<CompositeAttribute> attributes;
  std::function<ValueId(BodyBuilder &body, llvm::ArrayRef<ValueId> operands)>
      define;
};

llvm::Expected<ProgramSample> makeComposite(const Definition &definition,
                                            DType type, DataSet set,
                                            Random &random) {
  ProgramSampleBuilder sample(definition.name);
  BodyBuilder &body = sample.body.addBody();
  std::vector<ValueId> operands, parameters;
  for (const Shape &shape : definition.operands) {
    llvm::Expected<Tensor> operand =
        makeTensor(type, shape, {set, Side::left, shape.back(), {}}, random);
    if (!operand)
      return operand.takeError();
    operands.push_back(sample.input(std::move(*operand)));
    parameters.push_back(body.input("", type, shape));
  }
  body.output(definition.define(body, parameters));
  return sample.finish(sample.body.composite(definition.name, body, operands,
                                             definition.attributes));
}

CompositeAttribute axisAttribute(int64_t axis) {
  CompositeAttribute attribute;
  attribute.name = "axis";
  attribute.ints = {axis};
  return attribute;
}

std::vector<Definition> definitions() {
  std::vector<Definition> all;
  const std::vector<std::pair<Shape, int64_t>> lines = {
      {{40}, 0},       {{17, 33}, 1},       {{17, 33}, 0},
      {{3, 16, 7}, 1}, {{2, 4, 16, 16}, 3}, {{5, 1}, 1}};
  for (const auto &[shape, axis] : lines) {
    const std::string variant =
        fmt::format("{}.axis{}", fmt::join(shape, "x"), axis);
    all.push_back({"softmax",
                   variant,
                   {shape},
                   {axisAttribute(axis)},
                   [axis = axis](BodyBuilder &body, auto operands) {
                     return softmax(body, operands[0], axis);
                   }});
    all.push_back({"log_softmax",
                   variant,
                   {shape},
                   {axisAttribute(axis)},
                   [axis = axis](BodyBuilder &body, auto operands) {
                     return logSoftmax(body, operands[0], axis);
                   }});
    // The scale has the sizes of the dims that are normalised.
    Shape scale = shape;
    DimList dims;
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      if (static_cast<int64_t>(dim) < axis)
        scale[dim] = 1;
      else
        dims.push_back(static_cast<int64_t>(dim));
    }
    CompositeAttribute epsilon;
    epsilon.name = "epsilon";
    epsilon.floats = {1e-5};
    all.push_back({"layer_norm",
                   variant,
                   {shape, scale, scale},
                   {axisAttribute(axis), epsilon},
                   [dims](BodyBuilder &body, auto operands) {
                     return layerNorm(body, operands, dims);
                   }});
  }
  for (const bool isTanh : {false, true})
    for (const Shape &shape : {Shape{40}, Shape{17, 33}, Shape{2, 16, 5, 5}}) {
      CompositeAttribute approximate;
      approximate.name = "approximate";
      approximate.text = isTanh ? "tanh" : "none";
      all.push_back(
          {"gelu",
           fmt::format("{}.{}", fmt::join(shape, "x"), approximate.text),
           {shape},
           {approximate},
           [isTanh](BodyBuilder &body, auto operands) {
             return gelu(body, operands[0], isTanh);
           }});
    }
  return all;
}

} // namespace

void addComposites(OpCaseList &list) {
  const std::vector<Definition> all = definitions();
  for (size_t i = 0; i < all.size(); ++i)
    for (const DType type : dtypes(isFloat))
      for (const DataSet set : {DataSet::fullRange, DataSet::logTail}) {
        const Definition definition = all[i];
        list.add("Composite", type,
                 fmt::format("{}.{}.{}", definition.name, definition.variant,
                             dataSetName(set)),
                 set == DataSet::fullRange ? list.depthOf(i) : Depth::quick,
                 {{"composite", definition.name},
                  {"rank", std::to_string(definition.operands[0].size())},
                  {"data", dataSetName(set)}},
                 [=](Random &random) {
                   return makeComposite(definition, type, set, random);
                 });
      }
}

} // namespace glowplug::conformance
