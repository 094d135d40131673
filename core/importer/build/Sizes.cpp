// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes, positions and counts that the model computes when it runs.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Limits.h"

#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

//===----------------------------------------------------------------------===//
// Elements of lists
//===----------------------------------------------------------------------===//

/// What element \p i of \p list is an element of, and which; the list itself
/// if that does not show.
static std::pair<Value, int64_t> sourceOf(Value list, int64_t i,
                                          GraphBuilder &graph) {
  while (!graph.extents().isExtent(list)) {
    mlir::Operation *op = list.getDefiningOp();
    if (mlir::isa_and_nonnull<prim::ReshapeOp>(op)) {
      list = op->getOperand(0);
    } else if (auto slice = mlir::dyn_cast_or_null<prim::SliceOp>(op);
               slice && prim::rankOf(list) == 1) {
      i = slice.getStarts()[0] + i * slice.getStrides()[0];
      list = op->getOperand(0);
    } else if (auto concat = mlir::dyn_cast_or_null<prim::ConcatOp>(op);
               concat && prim::rankOf(list) == 1) {
      for (Value part : op->getOperands()) {
        list = part;
        if (i < prim::shapeOf(part)[0])
          break;
        i -= prim::shapeOf(part)[0];
      }
    } else if (auto gather = mlir::dyn_cast_or_null<prim::GatherOp>(op);
               gather && prim::rankOf(op->getOperand(0)) == 1) {
      const Range at = graph.rangeOf(op->getOperand(1), i);
      const int64_t last = prim::shapeOf(op->getOperand(0))[0] - 1;
      if (!at.isOne() || last < 0)
        return {list, i};
      i = static_cast<int64_t>(std::clamp(at.least, 0.0, double(last)));
      list = op->getOperand(0);
    } else {
      return {list, i};
    }
    if (prim::rankOf(list) > 1)
      break; // flat positions only mean something below
  }
  return {list, i};
}

Value GraphBuilder::elementOf(PrimBuilder &b, Value list, int64_t i) {
  std::tie(list, i) = sourceOf(list, i, *this);
  Value &element = elements[{list, i}];
  if (element)
    return element;
  Value one = list;
  if (prim::rankOf(list) > 1)
    one = b.reshape(
        one,
        {mlir::cast<mlir::RankedTensorType>(list.getType()).getNumElements()});
  if (prim::rankOf(one) == 1)
    one = b.reshape(b.slice(one, {i}, {1}, {1}), {});
  return element = b.cast(one, b.builder.getI64Type());
}

Range GraphBuilder::rangeOf(Value list, int64_t i) {
  const Ranges::List all = ranges.of(list);
  return all[all.size() == 1 ? 0 : static_cast<size_t>(i)];
}

void GraphBuilder::restrictExtents(Value value) {
  for (auto [dim, extent] : llvm::enumerate(extentsOfValues.of(value)))
    if (extent)
      ranges.restrict(extent, {0, double(prim::shapeOf(value)[dim])});
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// A bound as an integer; those far out are as good as none.
static int64_t asInteger(double bound) {
  constexpr double far = 2147483647; // no tensor has so many elements
  if (bound >= far)
    return std::numeric_limits<int64_t>::max();
  if (bound <= -far)
    return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(bound);
}

void OpImport::inferSizes() {
  mlir::Block &block = graph.body();
  auto at = inferred ? std::next(inferred->getIterator()) : block.begin();
  for (; at != block.end(); ++at) {
    inferExtents(graph.extents(), &*at, b.builder);
    inferred = &*at;
    for (Value result : at->getResults())
      graph.restrictExtents(result);
  }
}

Number OpImport::sizeOf(Value value, int64_t dim) {
  inferSizes();
  const int64_t most = prim::shapeOf(value)[dim];
  if (Value extent = graph.extents().of(value, dim))
    return {0, most, extent};
  return Number(most);
}

SmallVector<Number> OpImport::sizesOf(Value value) {
  SmallVector<Number> sizes;
  for (int64_t dim = 0; dim < prim::rankOf(value); ++dim)
    sizes.push_back(sizeOf(value, dim));
  return sizes;
}

SmallVector<Number> OpImport::numbersInput(unsigned i, StringRef name) {
  SmallVector<Number> numbers;
  if (failed() || !hasInput(i) || knownConstant(i)) {
    for (int64_t number : intsInput(i, name))
      numbers.push_back(Number(number));
    return numbers;
  }
  Value list = input(i);
  const int64_t count = rank(i) == 0 ? 1 : shape(i)[0];
  // Each entry becomes a value of its own.
  if (!check(isInteger(dtype(i)) && rank(i) <= 1 && count <= limits::rank,
             "input " + Twine(i) + " ('" + name +
                 "') needs to be a list of at most " + Twine(limits::rank) +
                 " integers, but got " + typeString(dtype(i), shape(i))) ||
      !check(!graph.extents().vary(list),
             "input " + Twine(i) + " ('" + name +
                 "') is a list whose length depends on data"))
    return numbers;
  for (int64_t at = 0; at < count; ++at) {
    const Range range = graph.rangeOf(list, at);
    Number number{asInteger(range.least), asInteger(range.most), {}};
    if (number.least != number.most)
      number.value = graph.elementOf(b, list, at);
    numbers.push_back(number);
  }
  return numbers;
}

bool OpImport::isBounded(const Number &number, unsigned i, StringRef name) {
  if (number.most < std::numeric_limits<int64_t>::max())
    return !failed();
  (void)constant(i, name);
  return check(false,
               "input " + Twine(i) + " ('" + name +
                   "') has no upper bound that is known at compile time");
}

Value OpImport::valueOf(const Number &number) {
  return number.isKnown() ? indices({number.most}, Shape{}) : number.value;
}

Value OpImport::listOf(ArrayRef<Number> numbers) {
  if (llvm::all_of(numbers, [](const Number &n) { return n.isKnown(); })) {
    SmallVector<int64_t> known;
    for (const Number &number : numbers)
      known.push_back(number.most);
    return indices(known);
  }
  SmallVector<Value> parts;
  for (const Number &number : numbers)
    parts.push_back(b.reshape(valueOf(number), {1}));
  return b.concat(parts, 0);
}

//===----------------------------------------------------------------------===//
// Values of such sizes
//===----------------------------------------------------------------------===//

Value OpImport::withSizes(Value value, ArrayRef<Number> sizes) {
  Extents::List list;
  for (const Number &size : sizes)
    list.push_back(size.value);
  if (llvm::all_of(list, [](Value extent) { return !extent; }))
    return value;
  // A value of its own: under its name it may have other sizes.
  Value own = b.builder.create<prim::ReshapeOp>(b.loc, value.getType(), value);
  graph.extents().set(own, std::move(list));
  graph.restrictExtents(own);
  return own;
}

Value OpImport::fullOf(Value value, int64_t fill) {
  inferSizes();
  if (graph.extents().of(value).empty())
    return value;
  Value full =
      fillUncounted(b, graph.extents(), value, iotaDims(prim::rankOf(value)),
                    b.splat(fill, prim::elementOf(value)));
  graph.extents().setFixed(full);
  return full;
}

bool OpImport::inputVaries(unsigned i) {
  if (!hasInput(i) || isSequence(i))
    return false;
  Value value = graph.resolve(names.inputs[i]).value; // no constant is made
  return value && graph.extents().vary(value);
}

void OpImport::alignBounds(ArrayRef<unsigned> numbers) {
  if (llvm::none_of(numbers, [&](unsigned i) { return inputVaries(i); }))
    return;
  SmallVector<Number> common; // from the last dim
  for (unsigned i : numbers) {
    const SmallVector<Number> sizes = sizesOf(input(i));
    for (size_t at = 0; at < sizes.size(); ++at) {
      const Number &size = sizes[sizes.size() - 1 - at];
      if (at == common.size())
        common.push_back(size);
      else if (common[at].isKnown() && common[at].most == 1)
        common[at] = size;
      else if (!size.isKnown() || size.most != 1)
        common[at] = Number(0, std::min(common[at].most, size.most),
                            size.isKnown() ? common[at].value : size.value);
    }
  }
  for (unsigned i : numbers) {
    const SmallVector<Number> sizes = sizesOf(input(i));
    Shape kept(shape(i));
    for (size_t dim = 0; dim < sizes.size(); ++dim)
      if (!sizes[dim].isKnown())
        kept[dim] = common[sizes.size() - 1 - dim].most;
    aligned[i] =
        b.slice(input(i), Shape(kept.size(), 0), kept, Shape(kept.size(), 1));
  }
}

bool OpImport::countsInFront(Value value) {
  inferSizes();
  return !graph.extents().areScattered(value);
}

Value OpImport::countOf(ArrayRef<Number> sizes) {
  int64_t known = 1;
  Value count;
  for (const Number &size : sizes)
    if (size.isKnown())
      known *= size.most;
    else
      count = count ? b.mul(count, size.value) : size.value;
  Value factor = indices({known}, Shape{});
  return !count ? factor : known == 1 ? count : b.mul(count, factor);
}

bool OpImport::isFixed(unsigned i, int64_t dim) {
  Value extent = graph.extents().of(input(i), dim);
  if (extent)
    (void)unsupported("dim " + Twine(dim) + " of input " + Twine(i) +
                      " has a size that depends on data, at most " +
                      Twine(shape(i)[dim]));
  return !failed();
}

Number OpImport::plus(const Number &a, const Number &b_) {
  if (a.isKnown() && b_.isKnown())
    return Number(a.most + b_.most);
  return {a.least + b_.least, a.most + b_.most, b.add(valueOf(a), valueOf(b_))};
}

Value OpImport::brought(Value number, Value least, Value most) {
  return b.map(ScalarKind::min,
               {b.map(ScalarKind::max, {number, least}), most});
}
