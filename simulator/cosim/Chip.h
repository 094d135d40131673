// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The whole NPU in RTL: it fetches its program, runs it and raises its
/// interrupt by itself; C++ is its memory and its host.

#pragma once

#include "simulator/cosim/SlowMemory.h"
#include "simulator/cosim/WaveOptions.h"
#include "simulator/device/Memories.h"
#include "simulator/isa/Result.h"
#include "simulator/timing/Replay.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace glowplug::npu::cosim {

struct ChipOptions {
  SlowMemory memory{};
  /// Called when a command retires, with its number; the chip's memories stand
  /// in the Memories of the run then. May be empty, which is quicker.
  std::function<void(std::int64_t)> retired{};
  /// Only of a chip that makeTracedChip() has made.
  std::optional<WaveOptions> waves{};
  bool hasAssertions = true; ///< those in hw/rtl; without, a run is quicker
  /// Not 0: the chip is as after power-up. What has no reset, and memories that
  /// the run does not fill, hold bits drawn from it. With 0 they hold what the
  /// run before left, and zeros before the first one. Changes no result.
  std::uint32_t xSeed = 0;
};

class Chip {
public:
  virtual ~Chip() = default;

  /// Resets the chip, writes its registers, and runs \p program until its last
  /// command has retired; DRAM is that of \p memories, or noise if it is null.
  /// A fault is one that the chip reports, or that it hangs.
  virtual Result<Timeline> run(std::span<const Encoded> program,
                               const Machine &machine, Memories *memories,
                               const ChipOptions &options) = 0;
};

/// The sizes, R of hw/rtl, for which the chip was built.
inline constexpr int builtChipRows[] = {
#include "simulator/cosim/chip_rows.inc"
};

/// The chip, or a fault if it was not built for configurations like \p config:
/// all sizes are those of hw/spec/npu.json, but `array.rows` is one of
/// builtChipRows, and those of the DRAM may be any but its width.
Result<std::unique_ptr<Chip>> makeChip(const Config &config);

/// Likewise one that can write its signals to a file, and is slower for it: in
/// the library npu-cosim-waves.
Result<std::unique_ptr<Chip>> makeTracedChip(const Config &config);

} // namespace glowplug::npu::cosim
