// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sliding windows: sums and extremes over every dim.

#include "core/reference/Call.h"
#include "core/reference/Reduction.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::reference;

namespace {

/// A half-open range.
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};

/// The window along one dim.
struct WindowDim {
  int64_t input, output, size, stride, low, dilation;

  /// Input index that \p tap reads for the output \p position.
  int64_t source(int64_t position, int64_t tap) const {
    return position * stride + tap * dilation - low;
  }

  /// Values of x, 0 <= x < count, with 0 <= start + x * step < input.
  Range inside(int64_t start, int64_t step, int64_t count) const {
    Range range;
    range.begin = start >= 0 ? 0 : (-start - 1) / step + 1;
    range.end = start >= input ? 0 : (input - 1 - start) / step + 1;
    range.end = std::min(range.end, count);
    range.begin = std::min(range.begin, range.end);
    return range;
  }

  /// Taps that read the input for the output \p position.
  Range taps(int64_t position) const {
    return inside(position * stride - low, dilation, size);
  }
  /// Output positions for which \p tap reads the input.
  Range positions(int64_t tap) const {
    return inside(tap * dilation - low, stride, output);
  }
  /// Taps that read the input for some output position.
  Range usefulTaps() const {
    Range range;
    range.begin = taps(output - 1).begin;
    range.end = std::max(taps(0).end, range.begin);
    return range;
  }
};

} // namespace

static llvm::SmallVector<WindowDim, 4> windowDims(const image::Window &op,
                                                  const Call &call) {
  llvm::SmallVector<WindowDim, 4> dims;
  const Dims input = call.operand(0).shape();
  for (unsigned i = 0; i < input.size(); ++i)
    dims.push_back({input[i], call.types[0].shape[i], op.sizes()->Get(i),
                    op.strides()->Get(i), op.pads_low()->Get(i),
                    op.dilations()->Get(i)});
  if (dims.empty()) // one dim at least, for the row
    dims.push_back({1, 1, 1, 1, 0, 1});
  return dims;
}

/// Calls \p function with the offset of each input row, in row-major order,
/// that contributes to the output row at \p position of the outer dims.
template <typename Function>
static void forEachInputRow(llvm::ArrayRef<WindowDim> outer, Dims position,
                            Dims strides, Function function) {
  DimVector counts;
  DimVector steps;
  int64_t first = 0;
  for (size_t i = 0; i < outer.size(); ++i) {
    const Range taps = outer[i].taps(position[i]);
    if (taps.begin == taps.end)
      return;
    first += outer[i].source(position[i], taps.begin) * strides[i];
    counts.push_back(taps.end - taps.begin);
    // A lone tap does not step; its dilation may be too large to multiply.
    steps.push_back(counts.back() == 1 ? 0 : outer[i].dilation * strides[i]);
  }
  Odometer tap(counts);
  do
    function(first + tap.offset(steps));
  while (tap.next());
}

/// One output row: the elements along the last dim, at \p position of the
/// outer dims. Each element combines its taps in row-major order.
template <typename T, typename A, typename Combine>
static void windowRow(llvm::ArrayRef<WindowDim> dims, Dims position,
                      Dims strides, const T *source, Combine combine,
                      llvm::MutableArrayRef<A> row) {
  const WindowDim &last = dims.back();
  const Range useful = last.usefulTaps();
  forEachInputRow(dims.drop_back(), position, strides, [&](int64_t offset) {
    for (int64_t tap = useful.begin; tap < useful.end; ++tap) {
      const Range positions = last.positions(tap);
      if (positions.begin == positions.end)
        continue;
      const T *in = source + offset + last.source(positions.begin, tap);
      for (int64_t x = positions.begin; x < positions.end; ++x)
        row[x] = combine(row[x],
                         convert<A>(in[(x - positions.begin) * last.stride]));
    }
  });
}

Evaluated reference::evaluate(const image::Window &op, const Call &call) {
  const Tensor &input = call.operand(0);
  llvm::Expected<Tensor> windows = Tensor::uninitialized(
      reducedType(op.kind(), input.dtype()), call.types[0].shape);
  if (!windows)
    return windows.takeError();

  const llvm::SmallVector<WindowDim, 4> dims = windowDims(op, call);
  DimVector outerShape;
  for (const WindowDim &dim : llvm::ArrayRef(dims).drop_back())
    outerShape.push_back(dim.output);
  const DimVector strides = rowMajorStrides(input.shape());
  const int64_t width = dims.back().output;

  if (windows->elementCount() != 0)
    dispatchReduction(
        op.kind(), input.dtype(),
        [&]<typename T, typename A>(TypeTag<T>, auto combine, A identity) {
          std::vector<A> row(width);
          int64_t target = 0;
          Odometer outer(outerShape);
          do {
            std::fill(row.begin(), row.end(), identity);
            windowRow<T, A>(dims, outer.get(), strides,
                            input.elements<T>().data(), combine, row);
            storeReduced<A>(row, *windows, target);
            target += width;
          } while (outer.next());
        });
  return finish(op.epilogue(), call, *windows, 1);
}
