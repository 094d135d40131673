// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What commands read and an instr program does not hold: tables, and the zero
/// points of columns, which are part of kernels.

#pragma once

#include "backends/npu-sim/compiler/instr/Encoder.h"
#include "backends/npu-sim/compiler/schedule/Steps.h"

#include <map>

namespace glowplug::npusim {

/// Loads such bytes into the part of bank 0 that is reserved for them, one
/// after the other, as into a ring.
class Kept {
public:
  /// Begins with a line.
  using Bytes = std::vector<std::uint8_t>;

  Kept(Places &places, StepList &steps, const npu::Config &config)
      : places(places), steps(steps), config(config) {}

  /// A table, then zero points, as far as \p kernel has them.
  static std::vector<Bytes> neededBy(const Kernel &kernel);

  /// Loads \p bytes for \p layer if they are not there yet and have room.
  void prefetch(const Bytes &bytes, std::int32_t layer) { find(bytes, layer); }

  /// Where each of \p all is for a step that \p queue is about to add. Appends
  /// to \p earlier the steps that load them. A fault if they do not fit
  /// together.
  npu::Result<std::vector<std::int64_t>> load(const std::vector<Bytes> &all,
                                              int queue, std::int32_t layer,
                                              std::vector<StepId> &earlier);

  std::vector<BufferInfo> takeBuffers() { return std::move(buffers); }

private:
  struct Resident {
    Bytes bytes;
    StepId loadedBy = -1;
    StepOfQueue readers = noSteps; ///< the last ones
  };
  /// The address of \p bytes; -1 if they have no room.
  std::int64_t find(const Bytes &bytes, std::int32_t layer);
  StepId addLoad(const Bytes &bytes, std::int64_t at, std::int32_t layer,
                 std::vector<StepId> earlier);

  Places &places;
  StepList &steps;
  const npu::Config &config;
  std::map<Bytes, std::int64_t> stored;      ///< in the constants
  std::map<std::int64_t, Resident> resident; ///< by address
  std::int64_t next = 0;
  std::vector<BufferInfo> buffers;
};

} // namespace glowplug::npusim
