// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops over the taps of a sliding window.

#include "backends/cpu/compiler/ops/Taps.h"

#include "backends/cpu/compiler/kernels/Units.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

constexpr int64_t mostUnrolledTaps = 8;

} // namespace

Values forEachTap(Kernel &k, llvm::ArrayRef<TapDim> dims, DType inputType,
                  DType weightType, Tap origin,
                  llvm::ArrayRef<llvm::Value *> carried, TapBody body) {
  if (dims.empty())
    return body(origin, carried);
  const TapDim &at = dims.front();
  const SpatialDim &dim = at.dim;
  ValueRange taps = at.isInside ? ValueRange{k.index(0), k.index(dim.kernel)}
                                : insideTaps(k.b, dim, at.position);
  llvm::Value *first =
      k.b.CreateSub(k.scale(at.position, dim.stride), k.index(dim.low));
  auto step = [&](llvm::Value *tap, llvm::ArrayRef<llvm::Value *> now) {
    llvm::Value *i = k.b.CreateAdd(first, k.scale(tap, dim.dilation));
    Tap here = origin;
    here.input = k.advance(origin.input, inputType, k.scale(i, at.inputStride));
    if (origin.weight)
      here.weight =
          k.advance(origin.weight, weightType, k.scale(tap, at.weightStride));
    return forEachTap(k, dims.drop_front(), inputType, weightType, here, now,
                      body);
  };
  // A loop of a few turns costs more than what is in it.
  if (at.isInside && dims.size() == 1 && dim.kernel <= mostUnrolledTaps) {
    Values now(carried.begin(), carried.end());
    for (int64_t tap = 0; tap < dim.kernel; ++tap)
      now = step(k.index(tap), now);
    return now;
  }
  return k.loop(taps.begin, taps.end, 1, carried, step);
}

void forRowParts(Kernel &k, const SpatialDim &row, unsigned lanes, bool mayMask,
                 llvm::function_ref<void(llvm::Value *, Lanes, bool)> body) {
  const int64_t inner = outputsInside(row, 0).begin;
  const int64_t outer = outputsInside(row, row.kernel - 1).end;
  auto border = [&](int64_t lo, int64_t hi) {
    k.loop(k.index(lo), k.index(hi), 1,
           [&](llvm::Value *x) { body(x, {1}, false); });
  };
  if (inner >= outer) {
    border(0, row.out);
    return;
  }
  border(0, inner);
  vectorLoop(k, {k.index(inner), k.index(outer)}, lanes, mayMask,
             [&](llvm::Value *x, Lanes at) { body(x, at, true); });
  border(outer, row.out);
}

} // namespace glowplug::cpu
