// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Models that are loaded on their backends, and run.

#pragma once

#include "core/host/Model.h"
#include "core/runtime/Simulation.h"

namespace glowplug::host {

struct LoadOptions {
  Plugins plugins;
  unsigned threads = 1; ///< How many one program may use; at least 1.
};

/// A loaded model. Any thread may run it; runs of one session are put in order.
class Session {
public:
  /// Loads the programs of \p model, which the session keeps alive.
  static Result<Session> load(const Model &model,
                              const LoadOptions &options = {});
  Session(Session &&) noexcept;
  Session &operator=(Session &&) noexcept;
  ~Session();

  /// Runs once, and returns when it is done. One tensor per input, in order; no
  /// tensor for a bound one. If the model is compiled on demand, and was not
  /// for these shapes, it is compiled first. Returns one tensor per output,
  /// with bytes of its own. Inputs that do not fit are a fault of kind `usage`.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs);

  /// Inputs for run() that depend on nothing but the model and \p seed: of the
  /// first variant, if there are several. A fault of kind `usage` if all is
  /// compiled on demand.
  Result<std::vector<Tensor>> randomInputs(uint64_t seed) const;

  /// What the parts that ran on simulated devices took in the last run, in the
  /// order of the run; empty if no backend counts cycles. A fault of kind
  /// `usage` before the first run, and after one that failed.
  Result<std::vector<PartSimulation>>
  lastRun(const SimulationRequest &request = {}) const;

  /// Memory between programs, and scratch memory of the one that needs most;
  /// without what was compiled on demand.
  uint64_t boundaryBytes() const;
  uint64_t workspaceBytes() const;

private:
  struct Loaded;
  explicit Session(std::unique_ptr<Loaded> loaded);
  std::unique_ptr<Loaded> held;
};

} // namespace glowplug::host
