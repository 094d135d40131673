// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the time of a run went.

#pragma once

#include "backends/npu-sim/runtime/Blob.h"
#include "simulator/timing/Stalls.h"

namespace glowplug::npusim {

/// What a layer spent its time on: the array, the transfers, or the vector
/// unit with the depthwise engine, whichever was at work longest; Latency when
/// none was for half of the time.
enum class Bound : std::uint8_t { Compute, Dma, Vector, Latency };

struct LayerStatistics {
  npu::Cycle begin = 0, end = 0; ///< of its commands; layers overlap
  /// The time in which it is the oldest layer that is not finished: it began
  /// with the end of all layers before it. Over all layers this adds up to the
  /// whole run.
  npu::Cycle cycles = 0;
  /// By what any layer's commands did in that time. Transfers are at work while
  /// at least one of their engines is.
  Bound bound = Bound::Latency;
  /// max(macs / R^2, dramBytes / dram.bytesPerCycle), each rounded up.
  std::uint64_t rooflineCycles = 0;
  double gap = 0; ///< cycles / rooflineCycles; 0 without the latter
};

struct Statistics {
  npu::Cycle cycles = 0;
  std::uint64_t macs = 0; ///< of all layers
  /// macs / (cycles * R^2); 0 for an empty run.
  double utilization = 0;
  std::vector<LayerStatistics> layers; ///< as Blob.layers
  /// For each queue; the causes add up to `cycles`.
  std::array<npu::QueueTime, npu::queueCount> engines{};
  std::uint64_t bankConflicts = 0;
};

/// Reads out a run of \p blob, whose \p commands are decoded, that took
/// \p timeline on a machine of \p config.
Statistics statisticsOf(const Blob &blob,
                        std::span<const npu::Command> commands,
                        const npu::Timeline &timeline,
                        const npu::Config &config);

/// Bytes of the scratchpad that a layer uses, perhaps for one tile after the
/// other.
struct BufferUse {
  const BufferInfo *buffer =
      nullptr; ///< of the blob; the first one of its kind
  /// When commands of its layer touch it; both 0 when none does. What lies
  /// between the runs of a transfer counts as touched.
  npu::Cycle first = 0, last = 0;
};

/// The buffers of \p blob in their order, those that differ in nothing once.
/// The rest is as in statisticsOf. Takes time in proportion to the commands,
/// but for a logarithm.
std::vector<BufferUse> bufferUsesOf(const Blob &blob,
                                    std::span<const npu::Command> commands,
                                    const npu::Timeline &timeline,
                                    const npu::Config &config);

} // namespace glowplug::npusim
