// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which bytes a view covers.

#include "core/image/instr/View.h"

#include "core/image/VerifyRules.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::instr;
using namespace glowplug::verify;

static constexpr size_t maxRank = 8;

// ---- Checks ----------------------------------------------------------------

static llvm::Error verifyLists(const View &view) {
  GP_CHECK(
      needAligned({view.shape(), view.strides(), view.blocks(), view.inner()}));
  const Longs shape = arrayOf(view.shape());
  if (shape.size() > maxRank)
    return broken("needs a rank of at most {0}, but got {1}", maxRank,
                  shape.size());
  GP_CHECK(needAtLeast("a size", shape, 1));
  GP_CHECK(needLength("strides", arrayOf(view.strides()).size(), shape.size()));
  const Longs blocks = arrayOf(view.blocks()), inner = arrayOf(view.inner());
  GP_CHECK(needLength("inner", inner.size(), blocks.size()));
  if (blocks.empty())
    return llvm::Error::success();
  GP_CHECK(needLength("blocks", blocks.size(), shape.size()));
  GP_CHECK(needAtLeast("a block", blocks, 1));
  for (size_t i = 0; i < blocks.size(); ++i)
    if (blocks[i] == 1 && inner[i] != 0)
      return broken("needs an inner of 0 for a block of 1, but got {0}",
                    inner[i]);
  return llvm::Error::success();
}

llvm::Error instr::verifyView(const View &view, uint64_t bytes) {
  const auto dtype = static_cast<DType>(view.dtype());
  const int64_t element = dtypeBytes(dtype);
  if (element == 0)
    return broken("needs a known type, but got {0}",
                  static_cast<int>(view.dtype()));
  GP_CHECK(verifyLists(view));
  const Longs shape = arrayOf(view.shape()), strides = arrayOf(view.strides());
  if (!byteCount(dtype, shape))
    return broken("needs a size below 2^63 bytes, but got {0}",
                  typeString(dtype, shape));

  __int128 lowest = view.offset(), highest = view.offset();
  auto extend = [&](int64_t steps, int64_t stride) {
    (stride < 0 ? lowest : highest) += static_cast<__int128>(steps) * stride;
  };
  if (view.offset() % element != 0)
    return broken("needs an offset that is a multiple of {0}, but got {1}",
                  element, view.offset());
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t block = blockOf(view, i), inner = innerOf(view, i);
    if (strides[i] % element != 0 || inner % element != 0)
      return broken("needs strides that are multiples of {0}, but got {1} "
                    "and {2}",
                    element, strides[i], inner);
    // A partial block counts with the steps of a full one, which is never too
    // few.
    extend((shape[i] - 1) / block, strides[i]);
    extend(std::min(block, shape[i]) - 1, inner);
  }
  if (lowest < 0 || highest + element > bytes) {
    // Such numbers can pass 64 bits, which a message does not have to.
    constexpr __int128 limit = INT64_MAX;
    auto shown = [&](__int128 value) {
      return static_cast<int64_t>(std::clamp(value, -limit, limit));
    };
    return broken("needs bytes within its buffer of {0}, but covers {1} to "
                  "{2}",
                  bytes, shown(lowest), shown(highest + element));
  }
  return llvm::Error::success();
}

bool instr::isPattern(const View &view) {
  for (size_t i = 0; i < arrayOf(view.shape()).size(); ++i) {
    const int64_t size = view.shape()->Get(i), block = blockOf(view, i);
    if (size > block && size % block != 0)
      return false;
  }
  return true;
}

// ---- Patterns --------------------------------------------------------------

/// Appends the loops of dim \p dim restricted to \p size elements.
static void appendLoops(const View &view, size_t dim, int64_t size,
                        llvm::SmallVectorImpl<Loop> &loops) {
  const int64_t block = blockOf(view, dim);
  const int64_t outer = (size + block - 1) / block;
  if (outer > 1)
    loops.push_back({outer, view.strides()->Get(dim)});
  if (std::min(block, size) > 1)
    loops.push_back({std::min(block, size), innerOf(view, dim)});
}

llvm::SmallVector<Loop, 8> instr::loopsOf(const View &view) {
  llvm::SmallVector<Loop, 8> loops;
  for (size_t i = 0; i < arrayOf(view.shape()).size(); ++i)
    appendLoops(view, i, view.shape()->Get(i), loops);
  return loops;
}

int64_t instr::offsetOf(const View &view, Longs position) {
  int64_t offset = view.offset();
  for (size_t i = 0; i < position.size(); ++i) {
    const int64_t block = blockOf(view, i);
    offset += position[i] / block * view.strides()->Get(i) +
              position[i] % block * innerOf(view, i);
  }
  return offset;
}

bool instr::sameElements(const View &a, const View &b) {
  return a.buffer() == b.buffer() && a.offset() == b.offset() &&
         dtypeBytes(typeOf(a).dtype) == dtypeBytes(typeOf(b).dtype) &&
         arrayOf(a.shape()) == arrayOf(b.shape()) && isPattern(a) &&
         isPattern(b) && loopsOf(a) == loopsOf(b);
}

// ---- Footprints ------------------------------------------------------------

/// Adds the ranges of a pattern at \p offset. Loops whose steps are not longer
/// than the run that their body covers make a longer run; what remains is
/// walked through.
static llvm::Error addPattern(int64_t offset, llvm::SmallVector<Loop, 16> loops,
                              int64_t element, Footprint &footprint) {
  for (Loop &loop : loops)
    if (loop.stride < 0) {
      offset += loop.stride * (loop.size - 1);
      loop.stride = -loop.stride;
    }
  llvm::sort(loops,
             [](const Loop &a, const Loop &b) { return a.stride < b.stride; });
  int64_t run = element;
  size_t inside = 0;
  for (; inside < loops.size() && loops[inside].stride <= run; ++inside) {
    footprint.overlaps |= loops[inside].stride < run;
    run += loops[inside].stride * (loops[inside].size - 1);
  }
  const llvm::ArrayRef<Loop> outside = llvm::ArrayRef(loops).drop_front(inside);

  size_t count = footprint.ranges.size() + 1;
  for (const Loop &loop : outside) {
    if (static_cast<uint64_t>(loop.size) > maxRanges / count)
      return broken("needs at most {0} runs of bytes", maxRanges);
    count *= loop.size;
  }
  llvm::SmallVector<int64_t, 16> position(outside.size(), 0);
  for (;;) {
    footprint.ranges.push_back({offset, offset + run});
    size_t i = 0;
    for (; i < outside.size(); ++i) {
      offset += outside[i].stride;
      if (++position[i] < outside[i].size)
        break;
      offset -= outside[i].stride * outside[i].size;
      position[i] = 0;
    }
    if (i == outside.size())
      return llvm::Error::success();
  }
}

/// Splits dims with a last block that is not full into two patterns.
static llvm::Error addPieces(const View &view, size_t dim, int64_t offset,
                             const llvm::SmallVector<Loop, 16> &loops,
                             Footprint &footprint) {
  if (dim == arrayOf(view.shape()).size())
    return addPattern(offset, loops, dtypeBytes(typeOf(view).dtype), footprint);
  const int64_t size = view.shape()->Get(dim), block = blockOf(view, dim);
  const int64_t rest = size > block ? size % block : 0;
  auto add = [&](int64_t part, int64_t start) {
    llvm::SmallVector<Loop, 16> longer = loops;
    appendLoops(view, dim, part, longer);
    return addPieces(view, dim + 1, start, longer, footprint);
  };
  GP_CHECK(add(size - rest, offset));
  if (rest == 0)
    return llvm::Error::success();
  return add(rest, offset + size / block * view.strides()->Get(dim));
}

llvm::Expected<Footprint> instr::footprintOf(const View &view) {
  Footprint footprint;
  if (llvm::Error error = addPieces(view, 0, view.offset(), {}, footprint))
    return std::move(error);
  std::vector<ByteRange> &ranges = footprint.ranges;
  llvm::sort(ranges, [](const ByteRange &a, const ByteRange &b) {
    return a.begin < b.begin;
  });
  size_t last = 0;
  for (size_t i = 1; i < ranges.size(); ++i) {
    footprint.overlaps |= ranges[i].begin < ranges[last].end;
    if (ranges[i].begin <= ranges[last].end)
      ranges[last].end = std::max(ranges[last].end, ranges[i].end);
    else
      ranges[++last] = ranges[i];
  }
  ranges.resize(last + 1);
  return footprint;
}

bool instr::intersect(const Footprint &a, const Footprint &b) {
  for (size_t i = 0, j = 0; i < a.ranges.size() && j < b.ranges.size();) {
    const ByteRange &x = a.ranges[i], &y = b.ranges[j];
    if (x.begin < y.end && y.begin < x.end)
      return true;
    ++(x.end <= y.end ? i : j);
  }
  return false;
}
