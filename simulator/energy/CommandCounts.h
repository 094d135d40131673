// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The parts of countActions for one kind of command, which add to \p counts.

#pragma once

#include "simulator/energy/Counts.h"

namespace glowplug::npu {

void addActions(const Depthwise &command, const Config &config, Counts &counts);
void addActions(const Load &command, const Config &config, Counts &counts);
void addActions(const Store &command, const Config &config, Counts &counts);

/// Commands of type \p T stay within the scratchpad: all DMA engines do them,
/// and their accesses say all.
template <typename T>
inline constexpr bool isLocalTransfer =
    isWorkOf<T>(Queue::LoadA) && isWorkOf<T>(Queue::Store);

void addLocalTransfer(const Command &command, const Config &config,
                      Counts &counts);

/// The bus and the memory for \p beats that carry \p bytes.
void addBeats(Direction direction, std::int64_t beats, std::int64_t bytes,
              const Config &config, Counts &counts);

/// The taps of a window that meet inputs that exist, over all outputs along one
/// side.
std::int64_t tapsWithInput(std::int64_t outputs, std::int64_t inputs,
                           std::int64_t pad, std::int64_t stride,
                           std::int64_t kernel, std::int64_t dilation);

/// What the output stage of a vector or depthwise command does with \p results
/// rows besides rescaling them, and what it loads.
template <typename T>
void addOutputStage(const T &c, std::int64_t results, const Config &config,
                    Counts &counts) {
  const std::int64_t r = config.arrayRows;
  if (c.rescale != 0)
    counts[Action::VectorParameterRow] += scaleRows;
  if (c.bias != 0)
    counts[Action::VectorParameterRow] += biasRows;
  if (c.lookup != 0) {
    const std::int64_t lines = 256 / lineBytes(config);
    counts[Action::VectorLookup] += results * r;
    counts[Action::VectorTableLine] += lines * r;
    counts[Action::ScratchpadVectorPRead] += lines;
  }
  if (c.dstKind == DstKind::Accumulator)
    counts[Action::AccumulatorVectorWrite] += results;
  else
    counts[Action::ScratchpadVectorWrite] +=
        results * (c.dstKind == DstKind::Words ? 4 : 1);
  if (c.dstKind == DstKind::Bytes)
    counts[Action::VectorLimit] += results * r;
}

} // namespace glowplug::npu
