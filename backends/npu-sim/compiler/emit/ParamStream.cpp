// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads parameters, many blocks at a time.

#include "backends/npu-sim/compiler/emit/ParamStream.h"

#include <algorithm>

namespace glowplug::npusim {

ParamStream::ParamStream(Emitter &emitter, const PackedParams &params,
                         std::int64_t count)
    : e(emitter), params(params), count(count) {
  if (params.bytesPerBlock == 0)
    return;
  // The parameters of the layers before and after this one are there as well.
  const std::int64_t room = e.regions.params.bytes() / 4;
  together = std::clamp<std::int64_t>(room / params.bytesPerBlock, 1, count);
}

Place ParamStream::load(std::int64_t block) {
  if (params.bytesPerBlock == 0)
    return {};
  if (first < 0 || block < first || block >= first + together) {
    first = block / together * together;
    const std::int64_t blocks = std::min(together, count - first);
    const std::int64_t bytes = blocks * params.bytesPerBlock;
    at = e.take(e.regions.params, bytes, "parameters");
    e.loadBytes(npu::Queue::LoadW, params.at + first * params.bytesPerBlock,
                bytes, at);
  }
  return at + (block - first) * params.bytesPerBlock;
}

} // namespace glowplug::npusim
