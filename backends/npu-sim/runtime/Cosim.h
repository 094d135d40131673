// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One program on the SystemC model and on hardware.

#pragma once

#include "backends/npu-sim/runtime/Executable.h"
#include "simulator/process/Client.h"

#include <string>

namespace glowplug::npusim {

/// The first command, in program order, whose results differ. Those before it
/// gave it the same operands in both runs, so it is the one to look at.
struct Divergence {
  std::size_t command = 0;
  std::string place; ///< of the first wrong byte, for people
  std::size_t resultBytes = 0, differing = 0;
  std::uint8_t got = 0, want = 0; ///< by the hardware and by the model
};

struct Cosimulation {
  npu::process::Outcome model, hardware;
  std::uint64_t modelNs = 0, hardwareNs = 0;
  std::optional<Divergence> divergence;
};

/// Runs \p executable with \p inputs, which it has checked, on the `npu-device`
/// of \p options: as a model, and with the hardware that the options name. A
/// fault is one of the device, such as hardware that hangs. \p waves are of the
/// hardware's run, if any.
npu::Result<Cosimulation>
cosimulate(const Executable &executable,
           std::span<const std::span<const std::uint8_t>> inputs,
           const npu::process::Options &options,
           std::optional<npu::cosim::WaveOptions> waves = std::nullopt);

} // namespace glowplug::npusim
