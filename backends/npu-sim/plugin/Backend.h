// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The objects that the ABI handles stand for, and how errors cross the ABI.

#pragma once

#include "backends/npu-sim/compiler/Compiler.h"
#include "backends/npu-sim/runtime/Executable.h"
#include "backends/npu-sim/runtime/ProcessDevice.h"
#include "simulator/energy/EnergyTable.h"

#include <glowplug/backend.h>
#include <glowplug/cosim.h>
#include <glowplug/energy.h>
#include <glowplug/glue/plugin.h>
#include <glowplug/replay.h>

#include <memory>
#include <string>

namespace glowplug::npusim {

/// What actions cost, and what people should know of it.
struct EnergyPrices {
  npu::EnergyTable table = npu::defaultEnergyTable();
  std::string file; ///< of the user's; empty: those of hw/spec/energy.json
  std::string note = std::string(npu::energyNote);
};

} // namespace glowplug::npusim

/// One opened NPU.
struct gp_backend {
  const gp_host *host = nullptr;
  glowplug::npu::Config config;
  glowplug::npusim::CompileOptions options;
  bool usesProcess = false; ///< for runs; cosim does so always
  /// For devices in processes; without a path if there is no such program.
  glowplug::npu::process::Options process;
  bool hasOwnDevice = false; ///< its path is the user's
  glowplug::npusim::EnergyPrices energy;
  std::string targetText;  ///< for people
  std::string requirement; ///< what its programs ask for, and what it is
};

/// One loaded program.
struct gp_executable {
  const gp_host *host;
  std::unique_ptr<glowplug::npusim::Executable> program;
  glowplug::npu::process::Options process; ///< as in gp_backend
  bool hasOwnDevice = false;               ///< likewise
  glowplug::npusim::EnergyPrices energy;
};

namespace glowplug::npusim {

std::span<const glue::Option> optionTable();

/// Opens a backend with the options \p given.
npu::Result<std::unique_ptr<gp_backend>>
openBackend(const gp_host *host, std::span<const gp_option> given);

/// The units in a list of names with commas; none in an empty one.
npu::Result<npu::process::UnitSet> readUnits(const std::string &list);

/// A device for one program of \p backend.
std::unique_ptr<Device> makeDevice(const gp_backend &backend);

gp_status *describe(const gp_backend &backend, const gp_describe_sink &sink);
gp_status *check(const gp_backend &backend, const gp_check_args &args);

/// The name of layer \p number as hosts want it: never empty.
std::string layerName(const LayerInfo &layer, std::size_t number);

/// The optional groups.
extern const gp_instr_group instrGroup;
extern const gp_schedule_group scheduleGroup;
extern const gp_simulation_group simulationGroup;
extern const gp_replay_group replayGroup;
extern const gp_cosim_group cosimGroup;
extern const gp_energy_group energyGroup;

using Bytes = std::span<const std::uint8_t>;
Bytes bytesOf(const gp_bytes &bytes);
std::vector<Bytes> bytesOf(const gp_bytes *list, std::size_t count);

/// A failure where \p what, which wants \p expected segments, got \p given.
gp_status *checkSegments(const gp_host *host, const char *what,
                         std::size_t expected, std::size_t given);

/// Hands what compile() and encode() made to the host.
gp_status *giveProgram(const gp_backend &backend,
                       const CompiledProgram &program,
                       const gp_compile_sink &sink);

using glue::fail;
using glue::guard;

} // namespace glowplug::npusim
