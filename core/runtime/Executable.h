// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A compiled program that a backend has made ready to run.
#pragma once

#include "core/runtime/Backend.h"
#include "core/runtime/Cosimulation.h"
#include "core/runtime/Replay.h"
#include "core/runtime/Simulation.h"

#include <glowplug/energy.h>

#include <optional>

namespace glowplug {

/// A loaded program. It keeps its backend open, but not the bytes that it was
/// loaded from: those are the caller's. Runs are put in order.
class Executable {
public:
  /// Frees it, if close() has not.
  ~Executable();
  Executable(const Executable &) = delete;
  Executable &operator=(const Executable &) = delete;

  /// Frees it: no other call may follow.
  llvm::Error close();

  /// Runs once. \p inputs and \p outputs: one per input and output of the
  /// program, 64-byte aligned, of the sizes of the values; no output overlaps
  /// anything else. \p workspace: the workspaceBytes that compile() asked for,
  /// 64-byte aligned, or NULL for none.
  llvm::Error run(llvm::ArrayRef<gp_bytes> inputs,
                  llvm::ArrayRef<void *> outputs, void *workspace);

  /// What the last run that succeeded took; nothing if the backend does not
  /// count cycles. May take as long as the run, and again for the energy.
  llvm::Expected<std::optional<Simulation>>
  lastRun(const SimulationRequest &request);

  /// Runs once on the model and once on the hardware of the device, which
  /// stands for \p units (names with commas; empty: those that it chooses);
  /// nothing if the backend cannot. \p inputs are as in run().
  llvm::Expected<std::optional<Cosimulation>>
  cosim(llvm::ArrayRef<gp_bytes> inputs, const CosimRequest &request);

  /// What a run with \p inputs, as in run(), is for bare hardware; nothing if
  /// the backend cannot tell. Does not run it.
  llvm::Expected<std::optional<Replay>> replay(llvm::ArrayRef<gp_bytes> inputs);

private:
  friend class Backend;

  /// What the last run took in energy; nothing if the backend does not say.
  /// The mutex is locked.
  llvm::Expected<std::optional<EnergyUse>> lastEnergy(size_t layerCount);

  Executable(std::shared_ptr<Backend> backend, gp_executable *handle)
      : backend(std::move(backend)), handle(handle) {}

  std::shared_ptr<Backend> backend;
  gp_executable *handle;
  std::mutex mutex;
};

/// Receives the records of a run, which \p give gives to a sink, and refuses
/// those that contradict one another.
llvm::Expected<Simulation> receiveSimulation(
    llvm::StringRef backend, const SimulationRequest &request,
    llvm::function_ref<llvm::Error(const gp_simulation_sink &)> give);

/// The same for the energy of a run with \p layerCount layers.
llvm::Expected<EnergyUse>
receiveEnergy(llvm::StringRef backend, size_t layerCount,
              llvm::function_ref<llvm::Error(const gp_energy_sink &)> give);

} // namespace glowplug
