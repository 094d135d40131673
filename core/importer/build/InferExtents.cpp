// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How dims that vary go through each op.

#include "core/graph/Graph.h"
#include "core/importer/build/Emit.h"
#include "core/importer/build/Extents.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace glowplug;
using namespace glowplug::importer;
using mlir::Operation;

namespace {

/// One op whose operands vary. A rule gives the extents of its results, or
/// nothing where what counts is not at the front of its dims.
class Inference {
public:
  Inference(Extents &extents, Operation *op, mlir::OpBuilder &builder)
      : extents(extents), op(op), b(builder, op->getLoc()) {}

  void run();

private:
  using List = Extents::List;
  using Maybe = std::optional<List>;

  Maybe infer();
  Maybe elementwise();
  Maybe reshape();
  Maybe transpose(prim::TransposeOp transpose);
  Maybe slice(prim::SliceOp slice);
  Maybe pad(prim::PadOp pad);
  Maybe concat(prim::ConcatOp concat);
  Maybe gather(prim::GatherOp gather);
  Maybe scatter();
  Maybe reduce(prim::ReduceOp reduce);
  Maybe argReduce(prim::ArgReduceOp reduce);
  Maybe scan(prim::ScanOp scan);
  Maybe sort(prim::SortOp sort);
  Maybe matmul();
  Maybe window(prim::WindowOp window);
  Maybe conv();
  Maybe boxes();
  Maybe softmax(int64_t axis);
  Maybe layerNorm(int64_t axis);

  Value operand(unsigned i) { return op->getOperand(i); }
  /// Those of operand \p i, also if none vary.
  List of(unsigned i);
  bool varies(unsigned i, int64_t dim) {
    return extents.of(operand(i), dim) != nullptr;
  }
  /// Fills operand \p i with \p filler, of rank 0, where it does not count.
  void fill(unsigned i, ArrayRef<int64_t> dims, Value filler);
  /// The same with a float, or with a small integer.
  void fill(unsigned i, ArrayRef<int64_t> dims, double number);
  Value number(int64_t value) { return b.splat(value, b.builder.getI64Type()); }
  /// The least or the greatest number of the type of operand 0.
  Value extreme(bool least);

  Extents &extents;
  Operation *op;
  PrimBuilder b;
};

} // namespace

Extents::List Inference::of(unsigned i) {
  List list(extents.of(operand(i)));
  list.resize(static_cast<size_t>(prim::rankOf(operand(i))));
  return list;
}

void Inference::fill(unsigned i, ArrayRef<int64_t> dims, Value filler) {
  const List list = of(i);
  op->setOperand(i, fillUncounted(b, extents, operand(i), dims, filler));
  extents.set(operand(i), list);
}

void Inference::fill(unsigned i, ArrayRef<int64_t> dims, double number) {
  const Type element = prim::elementOf(operand(i));
  fill(i, dims,
       mlir::isa<mlir::IntegerType>(element)
           ? b.splat(static_cast<int64_t>(number), element)
           : b.splat(number, element));
}

Value Inference::extreme(bool least) {
  const Type element = prim::elementOf(operand(0));
  auto integer = mlir::dyn_cast<mlir::IntegerType>(element);
  if (!integer)
    return b.splat((least ? -1 : 1) * std::numeric_limits<double>::infinity(),
                   element);
  const unsigned width = integer.getWidth();
  if (integer.isUnsigned() || width == 1)
    return b.splat(least ? int64_t{0}
                         : llvm::APInt::getMaxValue(width).getSExtValue(),
                   element);
  return b.splat(least ? llvm::APInt::getSignedMinValue(width).getSExtValue()
                       : llvm::APInt::getSignedMaxValue(width).getSExtValue(),
                 element);
}

//===----------------------------------------------------------------------===//
// Elements by themselves
//===----------------------------------------------------------------------===//

/// Sizes are equal where they are not 1, so one extent says it for all.
Inference::Maybe Inference::elementwise() {
  const Value result = op->getResult(0);
  const int64_t rank = prim::rankOf(result);
  List list(static_cast<size_t>(rank));
  for (Value input : op->getOperands()) {
    if (extents.of(input).empty())
      continue;
    const int64_t more = rank - prim::rankOf(input);
    for (int64_t dim = more; dim < rank; ++dim) {
      Value extent = extents.of(input, dim - more);
      const bool isRepeated = prim::shapeOf(input)[dim - more] == 1 &&
                              prim::shapeOf(result)[dim] != 1;
      if (extent && !isRepeated && !list[dim])
        list[dim] = extent;
    }
  }
  return list;
}

//===----------------------------------------------------------------------===//
// Elements in other places
//===----------------------------------------------------------------------===//

/// Dims that hold the same elements before and after.
struct Group {
  size_t in, inEnd, out, outEnd;
};

/// The smallest groups of dims of two shapes of as many elements, which is not
/// 0.
static SmallVector<Group> groupsOf(ArrayRef<int64_t> in,
                                   ArrayRef<int64_t> out) {
  SmallVector<Group> groups;
  size_t i = 0, o = 0;
  while (i < in.size() || o < out.size()) {
    Group group{i, i, o, o};
    int64_t inSize = 1, outSize = 1;
    if (i < in.size())
      inSize = in[i++];
    if (o < out.size())
      outSize = out[o++];
    while (inSize != outSize)
      if (inSize < outSize)
        inSize *= in[i++];
      else
        outSize *= out[o++];
    group.inEnd = i;
    group.outEnd = o;
    groups.push_back(group);
  }
  return groups;
}

/// A group is as before, row by row: its outermost dim may vary.
Inference::Maybe Inference::reshape() {
  ArrayRef<int64_t> in = prim::shapeOf(operand(0));
  ArrayRef<int64_t> out = prim::shapeOf(op->getResult(0));
  const List before = of(0);
  if (in == out)
    return before;
  List after(out.size());
  if (product(in) == 0)
    return after; // no element counts
  for (const Group &group : groupsOf(in, out)) {
    size_t first = group.in;
    while (first < group.inEnd && !before[first] && in[first] == 1)
      ++first;
    if (first == group.inEnd ||
        llvm::none_of(ArrayRef(before).slice(first, group.inEnd - first),
                      [](Value extent) { return extent != nullptr; }))
      continue;
    const auto inner =
        ArrayRef(before).slice(first + 1, group.inEnd - first - 1);
    if (!before[first] ||
        llvm::any_of(inner, [](Value extent) { return extent != nullptr; }))
      return std::nullopt;
    size_t place = group.out;
    while (place + 1 < group.outEnd && out[place] == 1)
      ++place;
    if (place >= group.outEnd)
      continue; // dropped, which the model does where one element counts
    const int64_t row = product(in.slice(first + 1, group.inEnd - first - 1));
    const int64_t newRow =
        product(out.slice(place + 1, group.outEnd - place - 1));
    Value extent = before[first];
    if (row % newRow == 0) {
      if (row != newRow)
        extent = b.mul(extent, number(row / newRow));
    } else if (newRow % row == 0) {
      extent = b.div(extent, number(newRow / row));
    } else {
      extent = b.div(b.mul(extent, number(row)), number(newRow));
    }
    after[place] = extent;
  }
  return after;
}

Inference::Maybe Inference::transpose(prim::TransposeOp transpose) {
  const List before = of(0);
  List after;
  for (int64_t dim : transpose.getPermutation())
    after.push_back(before[dim]);
  return after;
}

Inference::Maybe Inference::slice(prim::SliceOp slice) {
  List list = of(0);
  for (size_t dim = 0; dim < list.size(); ++dim) {
    const int64_t start = slice.getStarts()[dim];
    const int64_t stride = slice.getStrides()[dim];
    const int64_t size = prim::shapeOf(op->getResult(0))[dim];
    if (!list[dim] ||
        (start == 0 && stride == 1 && size == prim::shapeOf(operand(0))[dim]))
      continue;
    if (stride < 0)
      return std::nullopt; // from an end that varies
    Value left = b.sub(list[dim], number(start));
    if (stride != 1)
      left = b.div(b.add(left, number(stride - 1)), number(stride));
    list[dim] =
        b.map(ScalarKind::max,
              {number(0), b.map(ScalarKind::min, {left, number(size)})});
  }
  return list;
}

/// What comes after the last element is put after the last one that counts.
Inference::Maybe Inference::pad(prim::PadOp pad) {
  List list = of(0);
  for (size_t dim = 0; dim < list.size(); ++dim) {
    const int64_t more = pad.getLow()[dim] + pad.getHigh()[dim];
    if (!list[dim])
      continue;
    if (pad.getInterior()[dim] != 0)
      return std::nullopt;
    if (more == 0)
      continue;
    op->setOperand(0, fillUncounted(b, extents, operand(0),
                                    {static_cast<int64_t>(dim)}, operand(1)));
    list[dim] = b.add(list[dim], number(more));
  }
  return list;
}

Inference::Maybe Inference::concat(prim::ConcatOp concat) {
  List list = elementwise().value();
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    if (varies(i, concat.getDim()))
      return std::nullopt;
  return list;
}

Inference::Maybe Inference::gather(prim::GatherOp gather) {
  const int64_t dim = gather.getDim();
  if (extents.areScattered(operand(0)) && prim::rankOf(operand(0)) != 1)
    return std::nullopt;
  const List data = of(0), indices = of(1);
  List list(ArrayRef(data).take_front(dim));
  list.append(indices.begin(), indices.end());
  list.append(data.begin() + dim + 1, data.end());
  return list;
}

/// A row is skipped if its index is negative.
Inference::Maybe Inference::scatter() {
  for (unsigned i : {1U, 2U})
    if (Value extent = extents.of(operand(i), 0)) {
      Value counts = isCounted(b, prim::shapeOf(operand(1)), 0, extent);
      Value skip = b.splat(int64_t{-1}, prim::elementOf(operand(1)));
      op->setOperand(1, b.map(ScalarKind::select, {counts, operand(1), skip}));
    }
  return of(0);
}

//===----------------------------------------------------------------------===//
// Many elements
//===----------------------------------------------------------------------===//

Inference::Maybe Inference::reduce(prim::ReduceOp reduce) {
  List list = of(0);
  switch (reduce.getKind()) {
  case ReduceKind::sum:
    fill(0, reduce.getDims(), 0);
    break;
  case ReduceKind::prod:
    fill(0, reduce.getDims(), 1);
    break;
  case ReduceKind::min:
    fill(0, reduce.getDims(), extreme(/*least=*/false));
    break;
  case ReduceKind::max:
    fill(0, reduce.getDims(), extreme(/*least=*/true));
    break;
  }
  for (int64_t dim : reduce.getDims())
    list[dim] = nullptr;
  return list;
}

/// Of equal elements the first one counts, and those that do not count are
/// last.
Inference::Maybe Inference::argReduce(prim::ArgReduceOp reduce) {
  const int64_t dim = reduce.getDim();
  List list = of(0);
  if (list[dim] && reduce.getSelectLast())
    return std::nullopt;
  fill(0, dim, extreme(reduce.getKind() == ReduceKind::max));
  list[dim] = nullptr;
  return list;
}

Inference::Maybe Inference::scan(prim::ScanOp scan) {
  if (scan.getReverse())
    fill(0, scan.getDim(), scan.getKind() == ReduceKind::sum ? 0 : 1);
  return of(0);
}

/// Sorted to the end, after equal ones; NaN is the greatest.
Inference::Maybe Inference::sort(prim::SortOp sort) {
  const bool isFloat =
      !mlir::isa<mlir::IntegerType>(prim::elementOf(operand(0)));
  const bool descends = sort.getDescending();
  const List list = of(0);
  if (isFloat && !descends)
    fill(0, sort.getDim(), std::numeric_limits<double>::quiet_NaN());
  else
    fill(0, sort.getDim(), extreme(/*least=*/descends));
  return list;
}

/// Sums go over elements that count on both sides: what is past them may be
/// infinite.
Inference::Maybe Inference::matmul() {
  const int64_t rank = prim::rankOf(operand(0));
  if (op->getNumOperands() != 2)
    return std::nullopt;
  const List lhs = of(0), rhs = of(1);
  if (Value depth = lhs[rank - 1] ? lhs[rank - 1] : rhs[rank - 2]) {
    auto fillDepth = [&](unsigned i, int64_t dim) {
      Value zero = b.splat(int64_t{0}, prim::elementOf(operand(i)));
      Value counts = isCounted(b, prim::shapeOf(operand(i)), dim, depth);
      op->setOperand(i, b.map(ScalarKind::select, {counts, operand(i), zero}));
    };
    auto product = mlir::cast<prim::MatMulOp>(op);
    if (product.getLhsZp() || product.getRhsZp())
      return std::nullopt; // 0 is not zero
    fillDepth(0, rank - 1);
    fillDepth(1, rank - 2);
  }
  List list(static_cast<size_t>(rank));
  for (int64_t dim = 0; dim < rank - 2; ++dim)
    list[dim] = lhs[dim] ? lhs[dim] : rhs[dim];
  list[rank - 2] = lhs[rank - 2];
  list[rank - 1] = rhs[rank - 1];
  return list;
}

/// Dims that the window does not cross.
Inference::Maybe Inference::window(prim::WindowOp window) {
  const List list = of(0);
  for (size_t dim = 0; dim < list.size(); ++dim)
    if (list[dim] &&
        (window.getSizes()[dim] != 1 || window.getStrides()[dim] != 1 ||
         window.getPadsLow()[dim] != 0 || window.getPadsHigh()[dim] != 0))
      return std::nullopt;
  return list;
}

/// Images may vary in number.
Inference::Maybe Inference::conv() {
  for (Value more : op->getOperands().drop_front())
    if (extents.vary(more))
      return std::nullopt;
  List list = of(0);
  for (Value extent : ArrayRef(list).drop_front())
    if (extent)
      return std::nullopt;
  return list;
}

/// A box whose score is NaN is not taken.
Inference::Maybe Inference::boxes() {
  for (unsigned dim : {0U, 1U})
    if (Value extent = extents.of(operand(0), dim)) {
      const int64_t place = dim == 0 ? 0 : 2;
      Value none = b.splat(std::numeric_limits<double>::quiet_NaN(),
                           prim::elementOf(operand(1)));
      Value counts = isCounted(b, prim::shapeOf(operand(1)), place, extent);
      op->setOperand(1, b.map(ScalarKind::select, {counts, operand(1), none}));
    }
  fill(1, {0, 1, 2}, std::numeric_limits<double>::quiet_NaN());
  return List(2);
}

Inference::Maybe Inference::softmax(int64_t axis) {
  const List list = of(0);
  fill(0, axis, -std::numeric_limits<double>::infinity());
  return list;
}

Inference::Maybe Inference::layerNorm(int64_t axis) {
  const List list = of(0);
  for (Value extent : ArrayRef(list).drop_front(axis))
    if (extent)
      return std::nullopt;
  return list;
}

//===----------------------------------------------------------------------===//
// All ops
//===----------------------------------------------------------------------===//

Inference::Maybe Inference::infer() {
  const bool isScattered = llvm::any_of(op->getOperands(), [&](Value operand) {
    return extents.areScattered(operand);
  });
  if (isScattered && !mlir::isa<prim::GatherOp>(op))
    return std::nullopt;
  return llvm::TypeSwitch<Operation *, Maybe>(op)
      .Case<prim::MapOp, prim::BroadcastOp, graph::GeluOp, graph::BatchNormOp>(
          [&](auto) { return elementwise(); })
      .Case([&](prim::ReshapeOp) { return reshape(); })
      .Case([&](prim::TransposeOp at) { return transpose(at); })
      .Case([&](prim::SliceOp at) { return slice(at); })
      .Case([&](prim::PadOp at) { return pad(at); })
      .Case([&](prim::ConcatOp at) { return concat(at); })
      .Case([&](prim::GatherOp at) { return gather(at); })
      .Case([&](prim::ScatterOp) { return scatter(); })
      .Case([&](prim::ReduceOp at) { return reduce(at); })
      .Case([&](prim::ArgReduceOp at) { return argReduce(at); })
      .Case([&](prim::ScanOp at) { return scan(at); })
      .Case([&](prim::SortOp at) { return sort(at); })
      .Case([&](prim::MatMulOp) { return matmul(); })
      .Case([&](prim::WindowOp at) { return window(at); })
      .Case<prim::ConvOp, prim::ConvTransposeOp>([&](auto) { return conv(); })
      .Case([&](prim::NonMaxSuppressionOp) { return boxes(); })
      .Case<graph::SoftmaxOp, graph::LogSoftmaxOp>(
          [&](auto at) { return softmax(static_cast<int64_t>(at.getAxis())); })
      .Case([&](graph::LayerNormOp at) {
        return layerNorm(static_cast<int64_t>(at.getAxis()));
      })
      .Default([](Operation *) { return std::nullopt; });
}

void Inference::run() {
  if (llvm::none_of(op->getOperands(),
                    [&](Value operand) { return extents.vary(operand); }))
    return;
  b.builder.setInsertionPoint(op);
  const Maybe list = infer();
  for (Value result : op->getResults()) {
    if (extents.areKnown(result))
      continue;
    if (!list)
      extents.setScattered(result);
    else if (list->size() == static_cast<size_t>(prim::rankOf(result)))
      extents.set(result, *list);
  }
}

void importer::inferExtents(Extents &extents, Operation *op,
                            mlir::OpBuilder &builder) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  Inference(extents, op, builder).run();
}
