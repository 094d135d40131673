// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions, extremes with their positions, and running sums.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

namespace {

/// What to reduce, and how.
struct Reduction {
  SmallVector<int64_t> dims;
  bool keep = true;
};

/// Makes the reduced value, with size 1 in the dims.
using ReduceFunction = Value (*)(OpImport &n, Value x, ArrayRef<int64_t> dims);

} // namespace

/// Reads axes and keepdims. \p axesInput says that axes are an input.
static Reduction readReduction(Node &n, bool axesInput) {
  Reduction result;
  result.keep = n.flagAttr("keepdims", true);
  const int64_t rank = n.rank(0);
  SmallVector<int64_t> given;
  if (!axesInput)
    given = n.intsAttr("axes").value_or(SmallVector<int64_t>());
  else if (n.hasInput(1))
    given = n.intsInput(1, "axes");
  const bool noop = axesInput && n.flagAttr("noop_with_empty_axes");
  if (!n.failed())
    result.dims = given.empty() && !noop ? iotaDims(rank) : n.axes(given, rank);
  return result;
}

template <ReduceKind kind>
static Value plain(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  return n.b.reduce(kind, x, dims);
}
static constexpr ReduceFunction minimum = plain<ReduceKind::min>;
static constexpr ReduceFunction maximum = plain<ReduceKind::max>;

template <ReduceFunction function, bool axesInput>
static LogicalResult importReduce(Node &n) {
  // From version 20 on also the extremes of booleans: "all" and "any".
  const bool booleans =
      n.opset() >= 20 && (function == minimum || function == maximum);
  const Reduction r = readReduction(n, axesInput);
  if (n.failed() || !n.check(booleans || n.dtype(0) != DType::boolean,
                             "input 0 needs to hold numbers"))
    return llvm::failure();
  const Type element = n.element(0);
  // Without dims to reduce, the operator does nothing, and does not apply its
  // formula.
  if (r.dims.empty() && n.rank(0) != 0)
    return n.result(n.input(0));
  Value result = n.b.cast(function(n, widen(n, n.input(0)), r.dims), element);
  return n.result(r.keep ? result : dropDims(n, result, r.dims));
}

static Value sum(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  return n.b.reduce(ReduceKind::sum, x, dims);
}
static Value l1(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  return sum(n, n.b.map(K::abs, x), dims);
}

/// Functions of floats compute integers in double.
static Value asFloat(OpImport &n, Value x) {
  return mlir::isa<mlir::FloatType>(prim::elementOf(x))
             ? x
             : n.b.cast(x, n.b.builder.getF64Type());
}

static Value l2(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  x = asFloat(n, x);
  return n.b.map(K::sqrt, sum(n, n.b.mul(x, x), dims));
}

static Value logSum(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  return n.b.map(K::log, sum(n, asFloat(n, x), dims));
}

/// With the greatest element taken out, so that nothing overflows.
static Value logSumExp(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  x = asFloat(n, x);
  Value greatest = n.b.reduce(ReduceKind::max, x, dims);
  Value finite = n.b.map(greatest, [](ScalarBuilder &s, ValueRange v) {
    return s.select(s.op(K::is_inf, v[0]), s.number(0.0, v[0].getType()), v[0]);
  });
  Value terms = n.b.map({x, finite}, [](ScalarBuilder &s, ValueRange v) {
    return s.op(K::exp, s.sub(v[0], v[1]));
  });
  return n.b.map({sum(n, terms, dims), finite},
                 [](ScalarBuilder &s, ValueRange v) {
                   return s.add(s.op(K::log, v[0]), v[1]);
                 });
}

static Value sumSquare(OpImport &n, Value x, ArrayRef<int64_t> dims) {
  return sum(n, n.b.mul(x, x), dims);
}

//===----------------------------------------------------------------------===//
// ArgMax, ArgMin, CumSum, CumProd
//===----------------------------------------------------------------------===//

template <ReduceKind kind>
static LogicalResult importArg(Node &n) {
  const int64_t axis = n.intAttr("axis", 0);
  const bool keep = n.flagAttr("keepdims", true);
  const bool last = n.flagAttr("select_last_index");
  const int64_t dim = n.axis(axis, n.rank(0));
  if (n.failed() ||
      !n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers") ||
      !n.atLeast(n.shape(0)[dim], 1, "dim " + Twine(dim) + " of input 0"))
    return llvm::failure();
  Value result = n.b.argReduce(kind, n.input(0), dim, last);
  return n.result(keep ? result : dropDims(n, result, {dim}));
}

template <ReduceKind kind>
static LogicalResult importRunning(Node &n) {
  const bool exclusive = n.flagAttr("exclusive");
  const bool reverse = n.flagAttr("reverse");
  const int64_t dim = n.axis(n.intInput(1, "axis"), n.rank(0));
  if (n.failed() ||
      !n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers"))
    return llvm::failure();
  return n.result(n.b.scan(kind, n.input(0), dim, exclusive, reverse));
}

template <ReduceFunction function>
static constexpr OpRow axesAttribute(llvm::StringLiteral name) {
  return {name, 1, 1, importReduce<function, false>};
}
template <ReduceFunction function>
static constexpr OpRow axesInput(llvm::StringLiteral name, int since) {
  return {name, since, {1, 2}, importReduce<function, true>, "axes known"};
}

ArrayRef<OpRow> importer::reductionRows() {
  constexpr ReduceFunction prod = plain<ReduceKind::prod>;
  static constexpr OpRow rows[] = {
      {"ArgMax", 1, 1, importArg<ReduceKind::max>},
      {"ArgMin", 1, 1, importArg<ReduceKind::min>},
      {"CumProd", 26, 2, importRunning<ReduceKind::prod>, "axis known"},
      {"CumSum", 11, 2, importRunning<ReduceKind::sum>, "axis known"},
      axesAttribute<l1>("ReduceL1"),
      axesInput<l1>("ReduceL1", 18),
      axesAttribute<l2>("ReduceL2"),
      axesInput<l2>("ReduceL2", 18),
      axesAttribute<logSum>("ReduceLogSum"),
      axesInput<logSum>("ReduceLogSum", 18),
      axesAttribute<logSumExp>("ReduceLogSumExp"),
      axesInput<logSumExp>("ReduceLogSumExp", 18),
      axesAttribute<maximum>("ReduceMax"),
      axesInput<maximum>("ReduceMax", 18),
      axesAttribute<meanOver>("ReduceMean"),
      axesInput<meanOver>("ReduceMean", 18),
      axesAttribute<minimum>("ReduceMin"),
      axesInput<minimum>("ReduceMin", 18),
      axesAttribute<prod>("ReduceProd"),
      axesInput<prod>("ReduceProd", 18),
      axesAttribute<sum>("ReduceSum"),
      axesInput<sum>("ReduceSum", 13),
      axesAttribute<sumSquare>("ReduceSumSquare"),
      axesInput<sumSquare>("ReduceSumSquare", 18),
  };
  return rows;
}
