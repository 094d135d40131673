// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A chip's signals in a file, for GTKWave.

#pragma once

#include "simulator/cosim/WaveOptions.h"
#include "simulator/isa/Result.h"
#include "simulator/timing/Replay.h"

#include <verilated_fst_c.h>

#include <cstdio>
#include <optional>
#include <string>

namespace glowplug::npu::cosim {

/// A cycle is a nanosecond: it begins with the falling edge of the clock, and
/// registers change at its half, when the clock rises.
inline constexpr std::uint64_t picosecondsPerCycle = 1000;

/// Writes `FILE.gtkw` beside the file of \p options: it opens the waves with
/// the signals that matter, and with markers at the dispatch, the start and the
/// end of the first command and the end of the last one.
std::optional<Fault> writeSaveFile(const WaveOptions &options,
                                   const Timeline &timeline);

/// Whether Verilator made \p Unit with waves.
template <typename Unit>
concept HasWaves =
    requires(Unit &unit, VerilatedFstC *file) { unit.trace(file, 1); };

/// Writes the file while \p Unit runs. It appears under its name in finish().
template <HasWaves Unit>
class WaveWriter {
public:
  WaveWriter(Unit &unit, const WaveOptions &options)
      : unit(unit), options(options), partial(options.file + ".partial") {}
  ~WaveWriter() { std::remove(partial.c_str()); }
  WaveWriter(const WaveWriter &) = delete;
  WaveWriter &operator=(const WaveWriter &) = delete;

  /// A fault if the file cannot be written.
  std::optional<Fault> begin() const {
    std::FILE *const probe = std::fopen(partial.c_str(), "wb");
    if (!probe)
      return Fault{"waves: cannot write '" + options.file + "'"};
    std::fclose(probe);
    return std::nullopt;
  }

  /// At half a cycle \p now: the clock is low, and then, \p isHigh, it has
  /// risen. \p dispatched commands are in their queues.
  void look(Cycle now, bool isHigh, std::int64_t dispatched,
            const Timeline &timeline) {
    if (isDone || dispatched <= options.first)
      return;
    if (!isOpen) {
      file.set_time_unit("1ps");
      file.set_time_resolution("1ps");
      unit.trace(&file, /*levels=*/99);
      file.open(partial.c_str());
      isOpen = true;
    }
    file.dump(static_cast<std::uint64_t>(now) * picosecondsPerCycle +
              (isHigh ? picosecondsPerCycle / 2 : 0));
    isDone = isHigh && options.last < std::ssize(timeline.records) &&
             timeline.records[options.last].end != 0;
  }

  /// Ends the file, and gives it its name.
  std::optional<Fault> finish(const Timeline &timeline) {
    file.close();
    if (std::rename(partial.c_str(), options.file.c_str()) != 0)
      return Fault{"waves: cannot write '" + options.file + "'"};
    return writeSaveFile(options, timeline);
  }

private:
  Unit &unit;
  const WaveOptions options;
  const std::string partial;
  VerilatedFstC file;
  bool isOpen = false, isDone = false;
};

} // namespace glowplug::npu::cosim
