// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Unique: equal elements, or equal slices, once.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"
#include "core/importer/onnx/ops/Varying.h"

using namespace glowplug;
using namespace glowplug::importer;
using prim::ScatterKind;

/// Slices are sorted by one element after the other.
static constexpr int64_t largestSlice = 256;

namespace {

/// Rows [M, F] in ascending order.
struct Sorted {
  Value rows;
  Value from; ///< [M]: where each was before; equal ones keep their order.
};

/// Equal rows as one group.
struct Groups {
  Value number;  ///< [M]: of the group of each row, in the order of `Sorted`.
  Value isFirst; ///< [M]: whether the row before is of another group.
  Number count;
};

} // namespace

/// Of \p rows, \p size count; the others come last.
static Sorted sortRows(Node &node, Value rows, const Number &size) {
  PrimBuilder &b = node.b;
  ArrayRef<int64_t> shape = prim::shapeOf(rows);
  const int64_t count = shape[0];
  Value from = ramp(b, count, 0, 1, 1);
  // Sorts are stable: the element that matters most comes last.
  for (int64_t i = shape[1]; i-- > 0;) {
    Value keys = b.reshape(b.slice(rows, {0, i}, {count, 1}, {1, 1}), {count});
    auto [sorted, order] =
        b.sort(b.gather(keys, from, 0), 0, /*descending=*/false);
    from = b.gather(from, order, 0);
  }
  if (!size.isKnown()) {
    Value isPast = b.cast(b.map(ScalarKind::ge, {from, size.value}),
                          b.builder.getI64Type());
    auto [sorted, order] = b.sort(isPast, 0, /*descending=*/false);
    from = b.gather(from, order, 0);
  }
  return {b.gather(rows, from, 0), from};
}

static Groups groupRows(Node &node, const Sorted &sorted, const Number &size) {
  PrimBuilder &b = node.b;
  const Type i64 = b.builder.getI64Type();
  ArrayRef<int64_t> shape = prim::shapeOf(sorted.rows);
  const int64_t count = shape[0];
  Value places = ramp(b, count, 0, 1, 1);
  Value before = b.map(places, [&](ScalarBuilder &s, ValueRange v) {
    return s.sub(v[0], s.number(int64_t{1}, i64));
  });
  Value differs =
      b.map(ScalarKind::ne, {sorted.rows, b.gather(sorted.rows, before, 0)});
  Value any =
      b.reshape(b.reduce(ReduceKind::sum, b.cast(differs, i64), {1}), {count});
  Value isFirst = b.map(
      {any, places, node.valueOf(size)}, [&](ScalarBuilder &s, ValueRange v) {
        Value zero = s.number(int64_t{0}, i64);
        Value isNew =
            s.op(ScalarKind::bit_or, {s.op(ScalarKind::ne, {v[0], zero}),
                                      s.op(ScalarKind::eq, {v[1], zero})});
        Value counts = s.op(ScalarKind::lt, {v[1], v[2]});
        return s.op(ScalarKind::bit_and, {isNew, counts});
      });
  Value firsts = b.cast(isFirst, i64);
  Value running = b.scan(ReduceKind::sum, firsts, 0, /*exclusive=*/false,
                         /*reverse=*/false);
  Value number = b.map(running, [&](ScalarBuilder &s, ValueRange v) {
    return s.sub(v[0], s.number(int64_t{1}, i64));
  });
  Value groups = b.reshape(b.reduce(ReduceKind::sum, firsts, {0}), {});
  return {number, isFirst,
          Number(std::min<int64_t>(1, size.least), size.most, groups)};
}

namespace {

/// What is told of the groups; all are vectors of i64.
struct Told {
  Value firsts;  ///< Where the first row of each was.
  Value counts;  ///< How many rows each has.
  Value inverse; ///< The group of each row as it was before.
};

} // namespace

static Told tellGroups(Node &node, const Sorted &sorted, const Groups &groups,
                       const Number &size, bool inOrderOfFirst) {
  PrimBuilder &b = node.b;
  const Type i64 = b.builder.getI64Type();
  const int64_t most = size.most;
  Value places = ramp(b, most, 0, 1, 1);
  Value target = b.map(
      {groups.isFirst, groups.number}, [&](ScalarBuilder &s, ValueRange v) {
        return s.select(v[0], v[1], s.number(int64_t{-1}, i64));
      });
  Value zeros = b.splat(int64_t{0}, i64, {most});
  // Past the groups: after all of them when sorted.
  Told told;
  told.firsts = b.scatter(ScatterKind::assign, b.splat(most, i64, {most}),
                          target, sorted.from);
  Value each = b.cast(b.map(ScalarKind::lt, {places, node.valueOf(size)}), i64);
  told.counts = b.scatter(ScatterKind::add, zeros, groups.number, each);
  told.inverse =
      b.scatter(ScatterKind::assign, zeros, sorted.from, groups.number);
  if (!inOrderOfFirst)
    return told;
  auto [firsts, order] = b.sort(told.firsts, 0, /*descending=*/false);
  Value rank = b.scatter(ScatterKind::assign, zeros, order, places);
  return {firsts, b.gather(told.counts, order, 0),
          b.gather(rank, told.inverse, 0)};
}

static LogicalResult unique(Node &node) {
  PrimBuilder &b = node.b;
  const bool sortsResult = node.flagAttr("sorted", true);
  const bool hasAxis = node.hasAttr("axis");
  const int64_t axis =
      hasAxis ? node.axis(node.intAttr("axis", 0), node.rank(0)) : 0;
  if (node.failed())
    return llvm::failure();

  // Rows [M, F].
  Value data = node.input(0);
  const Type element = prim::elementOf(data);
  if (element.isInteger(1))
    data = b.cast(data, b.builder.getIntegerType(8, /*isSigned=*/false));
  SmallVector<int64_t> toFront{axis};
  for (int64_t dim = 0; dim < node.rank(0); ++dim)
    if (dim != axis)
      toFront.push_back(dim);
  Value front = hasAxis ? b.transpose(data, toFront) : data;
  const Shape sliceShape(hasAxis ? prim::shapeOf(front).drop_front()
                                 : ArrayRef<int64_t>());
  const int64_t width = product(sliceShape);
  if (!node.check(width <= largestSlice, "slices have " + Twine(width) +
                                             " elements, and the limit is " +
                                             Twine(largestSlice)))
    return llvm::failure();
  const SmallVector<Number> sizes = node.sizesOf(front);
  if (hasAxis)
    for (int64_t dim : ArrayRef(toFront).drop_front())
      if (!node.isFixed(0, dim))
        return llvm::failure();
  const int64_t count = product(node.shape(0));
  const Number size = hasAxis ? sizes[0]
                      : node.inputVaries(0)
                          ? Number(0, count, node.countOf(sizes))
                          : Number(count);
  Value rows = arrange(node, front, {size, Number(width)});
  node.markFixed(rows);

  const Sorted sorted = sortRows(node, rows, size);
  const Groups groups = groupRows(node, sorted, size);
  const Told told = tellGroups(node, sorted, groups, size, !sortsResult);
  Value taken = b.gather(rows, told.firsts, 0);
  node.markFixed(taken);
  Shape full{size.most};
  llvm::append_range(full, sliceShape);
  Value y = b.cast(b.reshape(taken, full), element);
  if (hasAxis) {
    SmallVector<int64_t> back(toFront.size());
    for (auto [i, dim] : llvm::enumerate(toFront))
      back[dim] = static_cast<int64_t>(i);
    y = b.transpose(y, back);
  }
  SmallVector<Number> made;
  for (auto [dim, bound] : llvm::enumerate(prim::shapeOf(y)))
    made.push_back(static_cast<int64_t>(dim) == axis ? groups.count
                                                     : Number(bound));
  auto list = [&](Value value, const Number &length) {
    node.markFixed(value);
    return node.withSizes(value, length);
  };
  return node.results({node.withSizes(y, made), list(told.firsts, groups.count),
                       list(told.inverse, size),
                       list(told.counts, groups.count)});
}

ArrayRef<OpRow> importer::uniqueRows() {
  static const OpRow rows[] = {
      {"Unique", 11, 1, unique, "slices of at most 256 elements", 4},
  };
  return rows;
}
