// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs a compiled model: one plan over the programs of several backends.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/runtime/BackendSet.h"
#include "core/runtime/ModelInterface.h"
#include "core/runtime/PlanRun.h"
#include "core/support/Tensor.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>
#include <mutex>
#include <vector>

namespace glowplug {

struct SessionOptions {
  unsigned threads = 1; ///< How many one program may use.
};

/// A compiled model, loaded on its devices. Steps run in the order of the
/// plan, each to its end; a part within a loop runs as often as the loop does.
/// If the model has several variants, each is loaded when it first runs, and
/// the shapes of the inputs say which one runs.
class Session {
public:
  /// Loads \p artifact, which it keeps alive. \p backends outlives it if there
  /// are several variants.
  static llvm::Expected<std::unique_ptr<Session>>
  create(Artifact artifact, BackendSet &backends,
         const SessionOptions &options = {});

  const ModelInterface &interface() const { return ports; }
  /// Those of all variants.
  llvm::ArrayRef<PortInfo> inputs() const { return ports.inputs(); }
  llvm::ArrayRef<PortInfo> outputs() const { return ports.outputs(); }

  /// Memory between programs, shared over time, of the variants that ran.
  uint64_t boundaryBytes() const { return boundary.bytes(); }
  /// Scratch memory of the program that needs most.
  uint64_t workspaceBytes() const { return workspace.size(); }

  /// Runs once. One tensor per input, in order; a bound input may be left out
  /// (no tensor). Returns one tensor per output, with bytes of its own and as
  /// large as the run says. Inputs
  /// that do not fit the model (wrong number, type, shape, or another value
  /// than it was compiled for) are a fault of kind `usage`.
  llvm::Expected<std::vector<Tensor>> run(llvm::ArrayRef<Tensor> inputs);

  /// As above, into \p outputs, which are as makeOutputs() makes them: writable
  /// and 64-byte aligned. Their contents are undefined after a failure. Sizes
  /// that the run says are the largest ones; see trim().
  llvm::Error run(llvm::ArrayRef<Tensor> inputs,
                  llvm::MutableArrayRef<Tensor> outputs);

  /// What each part took when it last ran in the last run, in the order of the
  /// run. Parts that did not run, and parts whose backends do not count cycles,
  /// are left out. A backend reports an error if
  /// the last run failed, or if there was none.
  llvm::Expected<std::vector<PartSimulation>>
  lastRun(const SimulationRequest &request);

  /// As run(), with one part after the other on the model and on the hardware
  /// of its backend as well: see Executable::cosim. Operands of later parts
  /// are the results of run(). Parts whose backends cannot are left out. Waves
  /// are those of the first part that is not.
  llvm::Expected<std::vector<PartCosimulation>>
  cosim(llvm::ArrayRef<Tensor> inputs, const CosimRequest &request);

  /// As run(), and what the run of each part is for bare hardware, with its
  /// results: see Executable::replay. Parts whose backends cannot tell are left
  /// out.
  llvm::Expected<std::vector<PartReplay>>
  replays(llvm::ArrayRef<Tensor> inputs);

  /// Leaves of \p outputs, which a run wrote, those of the model, and of each
  /// what counts.
  llvm::Error trim(std::vector<Tensor> &outputs) const;

  /// Tensors for the outputs of a variant, and for their sizes; not set.
  llvm::Expected<std::vector<Tensor>> makeOutputs(uint32_t variant = 0) const;

private:
  Session() = default;
  llvm::Error loadPart(uint32_t number);
  llvm::Error load(uint32_t variant);
  /// Makes the next run one of \p variant. The mutex is locked.
  llvm::Error choose(uint32_t variant);
  /// Inputs as the programs need them, and the variant that takes them.
  struct PreparedInputs {
    uint32_t variant = 0;
    llvm::SmallVector<Tensor> tensors;
  };
  llvm::Expected<PreparedInputs>
  prepareInputs(llvm::ArrayRef<Tensor> inputs) const;
  /// Called for each run of a program, before it.
  using BeforeRun =
      llvm::function_ref<llvm::Error(uint32_t part, const StepData &data)>;
  /// After it.
  using AfterRun =
      llvm::function_ref<void(uint32_t part, const StepData &data)>;
  llvm::Error runSteps(llvm::ArrayRef<Tensor> inputs,
                       llvm::MutableArrayRef<Tensor> outputs,
                       BeforeRun beforeRun, AfterRun afterRun = nullptr);

  Artifact artifact;
  BackendSet *backendSet = nullptr;
  SessionOptions options;
  ModelInterface ports;
  std::vector<bool> isLoaded; // per variant
  uint32_t body = 0;          // of the variant that was chosen last
  // Per part; null until a variant that has it is loaded.
  std::vector<std::shared_ptr<ProgramBackend>> backends;
  std::vector<std::unique_ptr<ProgramExecutable>> programs;
  PlanMemory boundary;     // of the variants loaded
  ScratchMemory workspace; // of the largest part loaded
  /// The parts of the last run, in the order in which each ran first.
  llvm::SmallVector<uint32_t> lastParts;
  std::mutex mutex; // one run at a time: memory is planned for one
};

} // namespace glowplug
