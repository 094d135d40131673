// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lays out the parameters of stages.

#include "backends/npu-sim/compiler/pack/Params.h"

#include <glowplug/arithmetic.h>

#include <algorithm>

namespace glowplug::npusim {
namespace {

class Packer {
public:
  Packer(const Constants &constants, std::int64_t channels, std::int64_t lanes)
      : constants(constants), channels(channels), lanes(lanes) {}

  void addStage(const Stage &stage, std::int64_t block) {
    if (stage.bias)
      addWords(*stage.bias, block, 0);
    addScale(stage.outScale, block);
    addScale(stage.a.scale, block);
    if (stage.op != Stage::Op::Copy)
      addScale(stage.b.scale, block);
  }

  std::vector<std::uint8_t> bytes;

private:
  /// One word per lane; lanes without a channel have \p rest.
  void addWords(const Lanes &from, std::int64_t block, std::int32_t rest) {
    for (std::int64_t n = 0; n < lanes; ++n) {
      const std::int64_t channel = block * lanes + n;
      const auto word = static_cast<std::uint32_t>(
          channel < channels ? constants.laneOf(from, channel) : rest);
      for (int shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }

  void addScale(const std::optional<Scale> &scale, std::int64_t block) {
    if (!scale)
      return;
    addWords(scale->multiplier, block, 0);
    for (std::int64_t n = 0; n < lanes; ++n) {
      const std::int64_t channel = block * lanes + n;
      const std::int32_t shift = channel < channels
                                     ? constants.laneOf(scale->shift, channel)
                                     : arithmetic::leastShift;
      bytes.push_back(static_cast<std::uint8_t>(std::clamp<std::int32_t>(
          shift, arithmetic::leastShift, arithmetic::mostShift)));
    }
  }

  const Constants &constants;
  std::int64_t channels, lanes;
};

} // namespace

PackedParams packParams(const Layer &layer, std::int64_t channels,
                        std::int64_t lanes, Constants &constants,
                        const std::vector<std::vector<std::uint8_t>> &weights) {
  PackedParams packed;
  Packer packer(constants, channels, lanes);
  const std::int64_t blocks = (channels + lanes - 1) / lanes;
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::size_t begin = packer.bytes.size();
    packed.stage.clear();
    for (const Stage &stage : layer.stages) {
      packed.stage.push_back(
          static_cast<std::int64_t>(packer.bytes.size() - begin));
      packer.addStage(stage, block);
    }
    packed.stage.push_back(
        static_cast<std::int64_t>(packer.bytes.size() - begin));
    if (!weights.empty())
      packer.bytes.insert(packer.bytes.end(), weights[block].begin(),
                          weights[block].end());
    packed.bytesPerBlock =
        static_cast<std::int64_t>(packer.bytes.size() - begin);
  }
  packed.at = constants.append("parameters of " + layer.name, packer.bytes);
  return packed;
}

} // namespace glowplug::npusim
