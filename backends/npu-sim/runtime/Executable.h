// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A partition that is loaded on a device.

#pragma once

#include "backends/npu-sim/runtime/Device.h"

namespace glowplug::npusim {

/// What a run reads and writes; owned by the caller.
struct Arguments {
  std::span<const std::span<const std::uint8_t>> inputs;
  std::span<std::uint8_t *const> outputs; ///< with room for their bytes
  std::uint8_t *workspace = nullptr;      ///< of workspaceBytes()
};

class Executable {
public:
  /// Loads \p blob on \p device, for machines of \p config. \p segments are
  /// what compile() made: one with the constants, or none; their bytes stay
  /// valid as long as this. Of \p blob nothing is kept.
  static npu::Result<std::unique_ptr<Executable>>
  load(std::span<const std::uint8_t> blob,
       std::span<const std::span<const std::uint8_t>> segments,
       const npu::Config &config, std::unique_ptr<Device> device);

  const Blob &blob() const { return content; }
  const npu::Config &config() const { return machine; }
  const Placement &placement() const { return places; }
  /// When each command ran; the same in every run.
  const npu::Timeline &timeline() const { return times; }
  std::uint64_t workspaceBytes() const {
    return static_cast<std::uint64_t>(content.program.extents[workspaceBase]);
  }

  /// What the base register of constants points to.
  std::span<const std::uint8_t> constants() const { return constantBytes; }

  /// What is wrong with the count and sizes of \p inputs.
  std::optional<npu::Fault>
  checkInputs(std::span<const std::span<const std::uint8_t>> inputs) const;
  /// What is wrong with the counts and sizes of those \p given.
  std::optional<npu::Fault> check(const Arguments &given) const;

  /// Runs once, with arguments that check() accepts. A fault is one of the
  /// device; outputs are then undefined.
  std::optional<npu::Fault> run(const Arguments &arguments);

  /// What the last run took on the host; empty until one has succeeded.
  std::optional<std::uint64_t> hostNs() const { return lastHostNs; }

private:
  Executable() = default;

  Blob content;
  npu::Config machine;
  Placement places;
  std::unique_ptr<Device> device;
  npu::Timeline times;
  std::span<const std::uint8_t> constantBytes;
  std::vector<std::uint8_t> inputArena, outputArena; // from the first run on
  std::optional<std::uint64_t> lastHostNs;
};

} // namespace glowplug::npusim
