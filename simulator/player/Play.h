// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs cases on the models of the NPU.

#pragma once

#include "simulator/player/Case.h"
#include "simulator/process/Client.h"

namespace glowplug::npu::player {

/// What the memory holds after a run, and what hardware had to do with it.
struct Played {
  std::vector<std::uint8_t> memory;
  std::optional<Timeline> timeline;       ///< Of models that have times.
  std::optional<std::int64_t> inHardware; ///< Commands that RTL carried out.
};

/// Runs \p given in program order, by the definition of each command. A fault
/// if it is for another configuration, or a command breaks a rule.
Result<Played> playInOrder(const Case &given, const Config &config);

/// Runs it on the SystemC model, in whose engines' place the units of RTL can
/// stand that \p options ask for. Faults as above, and those of the device.
Result<Played> playOnModel(const Case &given, const Config &config,
                           const process::Options &options);

} // namespace glowplug::npu::player
