// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pad in all modes, and Trilu.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

namespace {
/// Elements to add at both ends of each dim; negative ones are taken away.
struct Pads {
  Shape low, high;
};
} // namespace

/// Pads for the dims \p axes of \p rank; all dims if that is not given. The
/// list holds all starts, then all ends.
static Pads spread(Node &n, ArrayRef<int64_t> list,
                   std::optional<SmallVector<int64_t>> axes) {
  const int64_t rank = n.rank(0);
  Pads pads{Shape(rank, 0), Shape(rank, 0)};
  const SmallVector<int64_t> dims = axes.value_or(iotaDims(rank));
  n.axes(dims, rank);
  if (n.failed() || !n.check(list.size() == 2 * dims.size(),
                             "pads needs " + Twine(2 * dims.size()) +
                                 " entries, but has " + Twine(list.size())))
    return pads;
  constexpr int64_t largest = (int64_t{1} << 31) - 1;
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t dim = n.axis(dims[i], rank, "axes");
    pads.low[dim] = list[i];
    pads.high[dim] = list[dims.size() + i];
    for (int64_t pad : {pads.low[dim], pads.high[dim]})
      n.check(pad >= -largest && pad <= largest,
              "pads of dim " + Twine(dim) + " need to be from " +
                  Twine(-largest) + " to " + Twine(largest) + ", but got " +
                  Twine(pad));
  }
  return pads;
}

static LogicalResult padConstant(Node &n, const Pads &pads, Value value) {
  const int64_t rank = n.rank(0);
  // What is negative is cut off first.
  Shape starts(rank, 0), sizes(n.shape(0)), low(rank, 0), high(rank, 0);
  for (int64_t i = 0; i < rank; ++i) {
    low[i] = std::max<int64_t>(pads.low[i], 0);
    high[i] = std::max<int64_t>(pads.high[i], 0);
    starts[i] = low[i] - pads.low[i];
    sizes[i] -= starts[i] + high[i] - pads.high[i];
    if (sizes[i] < 0) { // the cuts meet: what is left of the pads is cut too
      const int64_t missing = -sizes[i];
      const int64_t fromHigh = std::min(missing, high[i]);
      high[i] -= fromHigh;
      low[i] -= missing - fromHigh;
      sizes[i] = starts[i] = 0;
    }
  }
  Value cut = n.b.slice(n.input(0), starts, sizes, Shape(rank, 1));
  return n.result(n.b.pad(cut, value, low, high, Shape(rank, 0)));
}

/// The element of a dim of \p size that stands at \p at, which may lie outside.
static int64_t reflected(int64_t at, int64_t size) {
  if (size == 1)
    return 0;
  const int64_t period = 2 * (size - 1);
  at = (at % period + period) % period;
  return at < size ? at : period - at;
}

static int64_t wrapped(int64_t at, int64_t size) {
  return (at % size + size) % size;
}

static int64_t clamped(int64_t at, int64_t size) {
  return std::clamp<int64_t>(at, 0, size - 1);
}

/// Gathers along each dim that is padded.
static LogicalResult padByIndex(Node &n, const Pads &pads,
                                int64_t (*place)(int64_t at, int64_t size)) {
  Value result = n.input(0);
  for (int64_t dim = 0; dim < n.rank(0); ++dim) {
    const int64_t size = n.shape(0)[dim];
    if (pads.low[dim] == 0 && pads.high[dim] == 0)
      continue;
    const int64_t padded = size + pads.low[dim] + pads.high[dim];
    if (!n.atLeast(size, 1, "dim " + Twine(dim) + " of input 0") ||
        !n.reserve(padded * 8))
      return llvm::failure();
    SmallVector<int64_t> indices;
    for (int64_t i = 0; i < padded; ++i)
      indices.push_back(place(i - pads.low[dim], size));
    result = n.b.gather(result, n.indices(indices), dim);
  }
  return n.result(result);
}

static LogicalResult padBy(Node &n, const Pads &pads, StringRef mode,
                           llvm::function_ref<Value()> makeValue) {
  if (n.failed())
    return llvm::failure();
  Shape shape(n.shape(0));
  for (size_t i = 0; i < shape.size(); ++i)
    shape[i] += pads.low[i] + pads.high[i];
  if (!n.checkShape(shape))
    return llvm::failure();
  if (mode == "reflect")
    return padByIndex(n, pads, reflected);
  if (mode == "edge")
    return padByIndex(n, pads, clamped);
  if (mode == "wrap")
    return padByIndex(n, pads, wrapped);
  return padConstant(n, pads, makeValue());
}

static std::string readMode(Node &n) {
  const std::string mode = n.stringAttr("mode", "constant");
  n.check(mode == "constant" || mode == "reflect" || mode == "edge" ||
              (mode == "wrap" && n.opset() >= 19),
          "attribute 'mode' needs to be constant, reflect, edge or wrap (from "
          "version 19), but got '" +
              mode + "'");
  return mode;
}

static LogicalResult importPadAttributes(Node &n) {
  const std::string mode = readMode(n);
  const double value = n.floatAttr("value", 0);
  const auto list = n.intsAttr("pads");
  if (!n.check(list.has_value(), "attribute 'pads' is missing"))
    return llvm::failure();
  return padBy(n, spread(n, *list, std::nullopt), mode,
               [&] { return n.b.splat(value, n.element(0)); });
}

static LogicalResult importPad(Node &n) {
  const std::string mode = readMode(n);
  const SmallVector<int64_t> list = n.intsInput(1, "pads");
  std::optional<SmallVector<int64_t>> axes;
  if (n.hasInput(3))
    axes = n.intsInput(3, "axes");
  if (n.hasInput(2)) {
    n.sameType(0, 2);
    n.check(product(n.shape(2)) == 1, "input 2 (constant_value) needs one "
                                      "element, but has shape " +
                                          shapeString(n.shape(2)));
  }
  const StorageType *storage = n.storage(0);
  if (!n.hasInput(2) && storage && storage->specials == Specials::powers)
    return n.unsupported("padding of type " + storage->name +
                         ", which has no 0, is not supported without "
                         "constant_value");
  if (n.failed())
    return llvm::failure();
  return padBy(n, spread(n, list, axes), mode, [&] {
    return n.hasInput(2) ? toScalar(n, n.input(2))
                         : n.b.splat(int64_t{0}, n.element(0));
  });
}

//===----------------------------------------------------------------------===//
// Trilu
//===----------------------------------------------------------------------===//

/// Keeps one side of the diagonal of matrices.
static LogicalResult importTrilu(Node &n) {
  const bool upper = n.flagAttr("upper", true);
  if (n.failed() || !n.checkRank(0, 2))
    return llvm::failure();
  if (n.hasInput(1) &&
      !n.check(n.dtype(1) == DType::i64 && product(n.shape(1)) == 1,
               "input 1 (k) needs to be one int64, but is " +
                   typeString(n.dtype(1), n.shape(1))))
    return llvm::failure();
  const int64_t rank = n.rank(0);
  Value k = n.hasInput(1) ? toScalar(n, n.input(1))
                          : n.b.splat(int64_t{0}, n.b.builder.getI64Type());
  SmallVector<Value> operands{n.input(0),
                              iota(n, rank, rank - 2, n.shape(0)[rank - 2]),
                              iota(n, rank, rank - 1, n.shape(0)[rank - 1]), k};
  return n.result(n.b.map(operands, [&](ScalarBuilder &s, ValueRange x) {
    Value distance = s.sub(x[2], x[1]);
    Value keep =
        s.op(upper ? ScalarKind::ge : ScalarKind::le, {distance, x[3]});
    return s.select(keep, x[0], s.number(int64_t{0}, x[0].getType()));
  }));
}

ArrayRef<OpRow> importer::padRows() {
  static constexpr OpRow rows[] = {
      {"Pad", 2, 1, importPadAttributes},
      {"Pad", 11, {2, 4}, importPad, "pads and axes known"},
      {"Trilu", 14, {1, 2}, importTrilu},
  };
  return rows;
}
