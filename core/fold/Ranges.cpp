// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Interval arithmetic over prim ops.

#include "core/fold/Ranges.h"

#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/support/Tensor.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace glowplug;
using namespace mlir;
using llvm::ArrayRef;

/// Definitions that are followed, one from the other. Computations of sizes are
/// shorter, and recursion has to end.
static constexpr unsigned mostDepth = 256;

static constexpr double infinity = std::numeric_limits<double>::infinity();

static Range ofType(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer)
    return {-infinity, infinity};
  const auto width = static_cast<int>(integer.getWidth());
  if (width == 1)
    return {0, 1};
  if (integer.isUnsigned())
    return {0, std::ldexp(1.0, width)};
  return {-std::ldexp(1.0, width - 1), std::ldexp(1.0, width - 1)};
}

/// Up to here doubles hold each integer.
static constexpr double mostExact = 9007199254740992; // 2^53

/// The range of \p number, of type \p element.
static Range rangeOf(double number, Type element) {
  if (std::isnan(number))
    return ofType(element);
  if (std::abs(number) <= mostExact)
    return {number, number};
  return {std::nextafter(number, -infinity), std::nextafter(number, infinity)};
}

/// The range of an op on elements of type \p element, from bounds that were
/// computed as if numbers had no end and no last digit: that of the type where
/// an integer may wrap, or where the bounds may be rounded.
static Range fitTo(Type element, Range range) {
  const Range most = ofType(element);
  if (std::isnan(range.least) || std::isnan(range.most))
    return most;       // infinities against one another
  if (element.isF32()) // rounding is monotonic
    return {static_cast<float>(range.least), static_cast<float>(range.most)};
  if (isa<FloatType>(element))
    return element.isF64() ? range : most;
  const bool fits = range.least >= std::max(most.least, -mostExact) &&
                    range.most <= std::min(most.most, mostExact);
  return fits ? range : most;
}

static Range hull(ArrayRef<Range> ranges, Type element) {
  if (ranges.empty())
    return ofType(element);
  Range all = ranges.front();
  for (const Range &range : ranges.drop_front()) {
    all.least = std::min(all.least, range.least);
    all.most = std::max(all.most, range.most);
  }
  return all;
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// The range of \p function over all pairs of bounds, which holds that of all
/// pairs of numbers if the function is monotonic in each of them.
template <typename Function>
static Range corners(const Range &a, const Range &b, Function function) {
  const double values[] = {function(a.least, b.least),
                           function(a.least, b.most), function(a.most, b.least),
                           function(a.most, b.most)};
  for (double value : values)
    if (std::isnan(value))
      return {-infinity, infinity};
  return {*std::min_element(std::begin(values), std::end(values)),
          *std::max_element(std::begin(values), std::end(values))};
}

/// 1 if the first is sure to be below the second, 0 if it is sure not to be.
static Range isBelow(const Range &a, const Range &b, bool orEqual) {
  if (orEqual ? a.most <= b.least : a.most < b.least)
    return {1, 1};
  if (orEqual ? a.least > b.most : a.least >= b.most)
    return {0, 0};
  return {0, 1};
}

/// The same of equality.
static Range isEqual(const Range &a, const Range &b) {
  if (a.most < b.least || b.most < a.least)
    return {0, 0};
  return a.isOne() && b.isOne() ? Range{1, 1} : Range{0, 1};
}

static Range negated(const Range &truth) {
  return {1 - truth.most, 1 - truth.least};
}

static Range quotient(const Range &a, const Range &b, bool isInteger) {
  if (b.least <= 0 && b.most >= 0)
    return {-infinity, infinity};
  return corners(a, b, [&](double x, double y) {
    return isInteger ? std::trunc(x / y) : x / y;
  });
}

static Range remainder(const Range &a, const Range &b) {
  // Below the divisor in size, and of the sign of the dividend.
  const double size = std::max(std::abs(b.least), std::abs(b.most));
  return {std::max(std::min(a.least, 0.0), -size),
          std::min(std::max(a.most, 0.0), size)};
}

static Range rangeOf(prim::ScalarKind kind, ArrayRef<Range> in, Type result) {
  using K = prim::ScalarKind;
  const bool isInteger = isa<IntegerType>(result);
  auto monotonic = [&](double (*function)(double)) {
    return Range{function(in[0].least), function(in[0].most)};
  };
  switch (kind) {
  case K::neg:
    return {-in[0].most, -in[0].least};
  case K::abs:
    return {std::max({in[0].least, -in[0].most, 0.0}),
            std::max(-in[0].least, in[0].most)};
  case K::sign:
    return {-1, 1};
  case K::floor:
    return monotonic(std::floor);
  case K::ceil:
    return monotonic(std::ceil);
  case K::trunc:
    return monotonic(std::trunc);
  case K::round_even:
    return monotonic(std::nearbyint);
  case K::cast:
    // To a boolean: whether it differs from 0.
    if (result.isInteger(1))
      return in[0].isOne()
                 ? Range{double(in[0].least != 0), double(in[0].least != 0)}
                 : Range{0, 1};
    if (!isInteger)
      return in[0];
    return {std::trunc(in[0].least), std::trunc(in[0].most)};
  case K::add:
    return {in[0].least + in[1].least, in[0].most + in[1].most};
  case K::sub:
    return {in[0].least - in[1].most, in[0].most - in[1].least};
  case K::mul:
    return corners(in[0], in[1], [](double x, double y) { return x * y; });
  case K::div:
    return quotient(in[0], in[1], isInteger);
  case K::rem:
    return remainder(in[0], in[1]);
  case K::min:
    return {std::min(in[0].least, in[1].least),
            std::min(in[0].most, in[1].most)};
  case K::max:
    return {std::max(in[0].least, in[1].least),
            std::max(in[0].most, in[1].most)};
  case K::lt:
    return isBelow(in[0], in[1], false);
  case K::le:
    return isBelow(in[0], in[1], true);
  case K::gt:
    return isBelow(in[1], in[0], false);
  case K::ge:
    return isBelow(in[1], in[0], true);
  case K::eq:
    return isEqual(in[0], in[1]);
  case K::ne:
    return negated(isEqual(in[0], in[1]));
  case K::invert:
    return result.isInteger(1) ? negated(in[0]) : ofType(result);
  case K::bit_and: // of booleans
    return result.isInteger(1) ? Range{std::min(in[0].least, in[1].least),
                                       std::min(in[0].most, in[1].most)}
                               : ofType(result);
  case K::bit_or:
    return result.isInteger(1) ? Range{std::max(in[0].least, in[1].least),
                                       std::max(in[0].most, in[1].most)}
                               : ofType(result);
  case K::select:
    if (in[0].isOne())
      return in[0].least != 0 ? in[1] : in[2];
    return {std::min(in[1].least, in[2].least),
            std::max(in[1].most, in[2].most)};
  default:
    return ofType(result);
  }
}

/// A float may be NaN, which the range does not tell and a comparison does, and
/// which becomes 0 as an integer.
static Range scalarRange(prim::ScalarOp op, ArrayRef<Range> in) {
  const Type result = op.getResult().getType();
  const bool takesFloats = isa<FloatType>(op->getOperand(0).getType());
  Range range = rangeOf(op.getKind(), in, result);
  if (takesFloats && isa<IntegerType>(result)) {
    const Range most = ofType(result);
    range.least = std::clamp(std::min(range.least, 0.0), most.least, most.most);
    range.most = std::clamp(std::max(range.most, 0.0), most.least, most.most);
    return result.isInteger(1) ? Range{0, 1} : range;
  }
  switch (op.getKind()) {
  case prim::ScalarKind::min:
  case prim::ScalarKind::max:
  case prim::ScalarKind::select:
    return range; // one of the operands
  default:
    return fitTo(result, range);
  }
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static int64_t countOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// Steps over the elements of \p shape in row-major order.
template <typename Function>
static void forEach(ArrayRef<int64_t> shape, Function function) {
  prim::Shape at(shape.size(), 0);
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  for (int64_t i = 0; i < count; ++i) {
    function(ArrayRef<int64_t>(at));
    for (size_t dim = shape.size(); dim-- > 0;) {
      if (++at[dim] < shape[dim])
        break;
      at[dim] = 0;
    }
  }
}

/// The number of the element \p at of \p shape; a dim of size 1 is the same
/// everywhere.
static int64_t numberOf(ArrayRef<int64_t> at, ArrayRef<int64_t> shape) {
  int64_t number = 0;
  for (auto [place, size] : llvm::zip_equal(at, shape))
    number = number * size + (size == 1 ? 0 : place);
  return number;
}

Range Ranges::whole(Value value) {
  return hull(of(value), prim::elementOf(value));
}

Ranges::List Ranges::computeMap(prim::MapOp map) {
  Block &body = map.getBody().front();
  auto ends = cast<prim::YieldOp>(body.getTerminator());
  if (ends->getNumOperands() != 1)
    return {ofType(prim::elementOf(map->getResult(0)))};
  const Value result = map->getResult(0);
  const bool each = countOf(result) <= mostElements;
  SmallVector<List> inputs;
  for (Value input : map->getOperands())
    inputs.emplace_back(of(input));
  List list;
  auto evaluate = [&](ArrayRef<int64_t> at) {
    llvm::DenseMap<Value, Range> scalars;
    for (auto [i, input] : llvm::enumerate(map->getOperands())) {
      const bool single =
          !each || static_cast<int64_t>(inputs[i].size()) != countOf(input);
      scalars[body.getArgument(i)] =
          single ? hull(inputs[i], prim::elementOf(input))
                 : inputs[i][numberOf(at, prim::shapeOf(input))];
    }
    for (Operation &op : body.without_terminator()) {
      auto scalar = dyn_cast<prim::ScalarOp>(op);
      auto constant = dyn_cast<prim::ScalarConstantOp>(op);
      const Value made = op.getResult(0);
      Range range = ofType(made.getType());
      if (constant) {
        if (auto number = dyn_cast<IntegerAttr>(constant.getValue())) {
          const bool isSigned = !made.getType().isUnsignedInteger() &&
                                !made.getType().isInteger(1);
          const llvm::APInt value = number.getValue();
          range.least = range.most = isSigned ? double(value.getSExtValue())
                                              : double(value.getZExtValue());
        } else if (auto number = dyn_cast<FloatAttr>(constant.getValue())) {
          const double value = number.getValueAsDouble();
          if (!std::isnan(value))
            range = {value, value};
        }
      } else if (scalar) {
        SmallVector<Range> operands;
        for (Value operand : scalar->getOperands())
          operands.push_back(scalars.lookup(operand));
        range = scalarRange(scalar, operands);
      }
      scalars[made] = range;
    }
    list.push_back(scalars.lookup(ends->getOperand(0)));
  };
  if (each)
    forEach(prim::shapeOf(result), evaluate);
  else
    evaluate({});
  return list;
}

Ranges::List Ranges::computeReduce(prim::ReduceOp reduce) {
  const Value input = reduce->getOperand(0), result = reduce->getResult(0);
  const Type element = prim::elementOf(result);
  if (!reduce.getEpilogue().empty())
    return {ofType(element)};
  const Range all = whole(input);
  const int64_t made = std::max<int64_t>(countOf(result), 1);
  const auto terms = static_cast<double>(countOf(input) / made);
  switch (reduce.getKind()) {
  case prim::ReduceKind::sum:
    return {fitTo(element, {all.least * terms, all.most * terms})};
  case prim::ReduceKind::min:
  case prim::ReduceKind::max:
    return {terms > 0 ? all : ofType(element)};
  case prim::ReduceKind::prod: {
    // Of sizes, each of which has a range of its own.
    const List ranges = of(input);
    if (made != 1 || static_cast<int64_t>(ranges.size()) != countOf(input))
      return {ofType(element)};
    Range product{1, 1};
    for (const Range &range : ranges)
      product =
          corners(product, range, [](double x, double y) { return x * y; });
    return {fitTo(element, product)};
  }
  }
  return {ofType(element)};
}

/// Of an op that moves elements: which went where is followed where that is
/// simple.
Ranges::List Ranges::moved(Operation *op) {
  const Value result = op->getResult(0);
  const Type element = prim::elementOf(result);
  if (countOf(result) <= mostElements) {
    auto all = [&](Value value) {
      List list(of(value));
      if (static_cast<int64_t>(list.size()) != countOf(value))
        list.assign(countOf(value), hull(list, element));
      return list;
    };
    if (isa<prim::ReshapeOp>(op))
      return all(op->getOperand(0));
    if (auto concat = dyn_cast<prim::ConcatOp>(op);
        concat && prim::rankOf(result) == 1) {
      List list;
      for (Value operand : concat->getOperands())
        list.append(all(operand));
      return list;
    }
    const Value input = op->getOperand(0);
    const bool isSmall = countOf(input) <= mostElements;
    if (auto slice = dyn_cast<prim::SliceOp>(op); slice && isSmall) {
      const List list = all(input);
      List taken;
      forEach(prim::shapeOf(result), [&](ArrayRef<int64_t> at) {
        int64_t number = 0;
        for (auto [place, start, stride, size] :
             llvm::zip_equal(at, slice.getStarts(), slice.getStrides(),
                             prim::shapeOf(input)))
          number = number * size + start + place * stride;
        taken.push_back(list[number]);
      });
      return taken;
    }
    if (auto gather = dyn_cast<prim::GatherOp>(op);
        gather && prim::rankOf(input) == 1 && isSmall) {
      const List list = all(input), places = all(gather->getOperand(1));
      if (list.empty())
        return {ofType(element)};
      List taken;
      for (const Range &place : places) { // an index is clamped
        const auto last = static_cast<double>(list.size() - 1);
        const auto from =
            static_cast<size_t>(std::clamp(place.least, 0.0, last));
        const auto to = static_cast<size_t>(std::clamp(place.most, 0.0, last));
        taken.push_back(
            hull(ArrayRef(list).slice(from, to - from + 1), element));
      }
      return taken;
    }
  }
  List all;
  auto moving = cast<prim::DataMovementInterface>(op);
  for (Value operand : moving.getMoved())
    all.push_back(whole(operand));
  return {hull(all, element)};
}

Ranges::List Ranges::compute(Value value) {
  const Type element = prim::elementOf(value);
  const auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {ofType(element)};
  Operation *op = result.getOwner();
  if (auto constant = dyn_cast<prim::ConstantOp>(op)) {
    std::optional<Tensor> tensor =
        countOf(value) <= mostElements || prim::isSplat(constant)
            ? prim::constantTensor(constant)
            : std::nullopt;
    if (!tensor)
      return {ofType(element)};
    List list;
    for (double number : toDoubles(*tensor)) {
      list.push_back(rangeOf(number, element));
      if (countOf(value) > mostElements)
        break; // all are the same
    }
    return list;
  }
  if (auto map = dyn_cast<prim::MapOp>(op))
    return computeMap(map);
  if (auto reduce = dyn_cast<prim::ReduceOp>(op))
    return computeReduce(reduce);
  auto upTo = [&](int64_t most) {
    return List{{0, static_cast<double>(std::max<int64_t>(most, 0))}};
  };
  if (auto sort = dyn_cast<prim::SortOp>(op)) {
    if (result.getResultNumber() == 0)
      return {whole(op->getOperand(0))};
    return upTo(prim::shapeOf(value)[sort.getDim()] - 1);
  }
  if (auto arg = dyn_cast<prim::ArgReduceOp>(op))
    return upTo(prim::shapeOf(op->getOperand(0))[arg.getDim()] - 1);
  if (isa<prim::NonMaxSuppressionOp>(op) && result.getResultNumber() == 1)
    return upTo(prim::shapeOf(op->getResult(0))[0]);
  if (auto loop = dyn_cast<prim::LoopOp>(op);
      loop && result.getResultNumber() + 1 == op->getNumResults())
    return upTo(loop.getMost());
  if (auto scan = dyn_cast<prim::ScanOp>(op);
      scan && scan.getKind() == prim::ReduceKind::sum) {
    const Range all = whole(op->getOperand(0));
    const auto terms = static_cast<double>(prim::shapeOf(value)[scan.getDim()]);
    return {fitTo(element, {std::min(all.least, 0.0) * terms,
                            std::max(all.most, 0.0) * terms})};
  }
  if (isa<prim::DataMovementInterface>(op))
    return moved(op);
  return {ofType(element)};
}

Ranges::List Ranges::of(Value value) {
  if (auto entry = known.find(value); entry != known.end())
    return entry->second;
  List list;
  if (depth >= mostDepth) {
    list = {ofType(prim::elementOf(value))};
  } else {
    ++depth;
    list = compute(value);
    --depth;
  }
  if (list.empty() || static_cast<int64_t>(list.size()) > mostElements)
    list = {hull(list, prim::elementOf(value))};
  return known[value] = std::move(list);
}

void Ranges::restrict(Value value, Range range) {
  const Range before = whole(value);
  known[value] = {
      {std::max(before.least, range.least), std::min(before.most, range.most)}};
}
