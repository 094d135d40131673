// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions, the places of extremes, running sums and sorting.

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::graphs;

/// Types that ONNX gives reductions.
static const std::vector<DType> &sumTypes() {
  static const std::vector<DType> types = {DType::f32,  DType::f32, DType::f16,
                                           DType::bf16, DType::f64, DType::i32,
                                           DType::i64,  DType::u32, DType::u64};
  return types;
}
static const std::vector<DType> &extremeTypes() {
  static const std::vector<DType> types = {
      DType::f32, DType::f32,     DType::f16, DType::bf16,
      DType::f64, DType::i32,     DType::i64, DType::u32,
      DType::u64, DType::boolean, DType::i8,  DType::u8};
  return types;
}

/// Factors like \p x whose product is the same in any order, but for rounding:
/// none of it may overflow or become subnormal on the way. Where some orders
/// overflow before they meet a zero, 0 and NaN are both right.
static Value factors(Builder &b, const Value &x) {
  if (!isFloat(x.type) || x.count() < 2)
    return x;
  if (b.style.special || x.count() > 16)
    return b.fresh(x.type, x.shape, Fill::between(0.9, 1.1));
  // f16 ends at 2^16, bf16 and f32 at 2^128. The bound is a power of two: many
  // equal factors that round would round the same way in every lane.
  const int64_t most = x.type == DType::f16 ? 15 : 120;
  const double bound = std::ldexp(1.0, static_cast<int>(most / x.count()));
  return b.node("Clip", {x, b.scalar(x.type, -bound), b.scalar(x.type, bound)},
                x.type, x.shape);
}

static Value reduce(Builder &b, const std::string &op) {
  const bool extreme = op == "ReduceMax" || op == "ReduceMin";
  // Of integers they are rounded to them, next to a tie this way or that.
  const bool floatsOnly = op == "ReduceL2" || op == "ReduceLogSum" ||
                          op == "ReduceLogSumExp" || op == "ReduceMean";
  Value x = b.some(extreme      ? extremeTypes()
                   : floatsOnly ? computeTypes()
                                : sumTypes());
  if (!x)
    return {};
  if (op == "ReduceProd")
    x = factors(b, x);
  Shape axes;
  for (int64_t dim = 0; dim < x.rank(); ++dim)
    if (b.random.chance(0.5))
      axes.push_back(b.random.chance(0.25) ? dim - x.rank() : dim);
  const bool keep = b.random.chance(0.5);
  const bool noop = axes.empty() && b.random.chance(0.3);
  Shape result;
  for (int64_t dim = 0; dim < x.rank(); ++dim) {
    const bool reduced = (axes.empty() && !noop) ||
                         llvm::is_contained(axes, dim) ||
                         llvm::is_contained(axes, dim - x.rank());
    if (!reduced)
      result.push_back(x.shape[dim]);
    else if (keep)
      result.push_back(1);
  }
  Attributes attributes;
  if (!keep || b.random.chance(0.5))
    attributes.set("keepdims", int64_t{keep});
  if (noop)
    attributes.set("noop_with_empty_axes", int64_t{1});
  std::vector<Value> inputs{x};
  if (!axes.empty())
    inputs.push_back(b.ints(axes));
  // An empty reduction of floats to their extreme is infinite, which is as
  // ONNX has it; of nothing there is no mean.
  return b.node(op, inputs, x.type, result, attributes,
                extreme || isInteger(x.type));
}

static bool isFilled(const Value &x) { return x.count() != 0; }

static Value argument(Builder &b, const std::string &op) {
  static const std::vector<DType> types = [] {
    std::vector<DType> list = numberTypes();
    llvm::erase(list, DType::u16); // have no kernel anywhere
    return list;
  }();
  Value x =
      b.some(types, [](const Value &v) { return isFilled(v) && v.exact; }, 1);
  if (!x)
    return {};
  const int64_t axis = b.random.range(-x.rank(), x.rank() - 1);
  const bool keep = b.random.chance(0.5);
  Shape result = x.shape;
  const int64_t dim = axis < 0 ? axis + x.rank() : axis;
  if (keep)
    result[dim] = 1;
  else
    result.erase(result.begin() + dim);
  Attributes attributes;
  attributes.set("axis", axis).set("keepdims", int64_t{keep});
  if (b.random.chance(0.3))
    attributes.set("select_last_index", int64_t{1});
  return b.node(op, {x}, DType::i64, result, attributes);
}

static Value topK(Builder &b) {
  // Places of equal floats that are not exact are open.
  Value x = b.some(
      numberTypes(), [](const Value &v) { return isFilled(v) && v.exact; }, 1);
  if (!x)
    return {};
  const int64_t axis = b.random.range(-x.rank(), x.rank() - 1);
  const int64_t dim = axis < 0 ? axis + x.rank() : axis;
  const int64_t k = b.random.range(1, x.shape[dim]);
  Shape result = x.shape;
  result[dim] = k;
  Attributes attributes;
  attributes.set("axis", axis);
  if (b.random.chance(0.5))
    attributes.set("largest", int64_t{0});
  // Unsorted results may come in any order, so they are not asked for.
  return b
      .nodes("TopK", "", {x, b.ints({k})},
             {{x.type, result}, {DType::i64, result}}, attributes, true)
      .front();
}

static Value cumSum(Builder &b) {
  Value x = b.some(sumTypes(), {}, 1);
  if (!x)
    return {};
  Attributes attributes;
  if (b.random.chance(0.4))
    attributes.set("exclusive", int64_t{1});
  if (b.random.chance(0.4))
    attributes.set("reverse", int64_t{1});
  return b.node("CumSum",
                {x, b.scalar(DType::i64, static_cast<double>(b.random.range(
                                             -x.rank(), x.rank() - 1)))},
                x.type, x.shape, attributes, isInteger(x.type));
}

const std::vector<OpMaker> &graphs::reductionOps() {
  static const std::vector<OpMaker> ops = [] {
    std::vector<OpMaker> list;
    for (const char *op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin",
                           "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
                           "ReduceLogSumExp", "ReduceSumSquare"})
      list.push_back({op, 1, [op](Builder &b) { return reduce(b, op); }});
    for (const char *op : {"ArgMax", "ArgMin"})
      list.push_back({op, 0.7, [op](Builder &b) { return argument(b, op); }});
    list.push_back({"TopK", 1, topK});
    list.push_back({"CumSum", 1, cumSum});
    return list;
  }();
  return ops;
}
