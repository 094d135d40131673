// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs a compiled model: one plan over the programs of several backends.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/runtime/BackendSet.h"
#include "core/runtime/PlanRun.h"
#include "core/support/Tensor.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace glowplug {

/// An input or output of a model.
struct PortInfo {
  std::string name;
  DType dtype = DType::none;
  llvm::SmallVector<int64_t, 4> shape;
  /// The value that it was bound to when the model was compiled; else no
  /// tensor. Inputs only.
  Tensor bound;
};

struct SessionOptions {
  unsigned threads = 1; ///< How many one program may use.
};

/// A compiled model, loaded on its devices. Steps run in the order of the
/// plan, each to its end. A part within a loop runs as often as the loop does.
class Session {
public:
  /// Loads every program of \p artifact, which it keeps alive.
  static llvm::Expected<std::unique_ptr<Session>>
  create(Artifact artifact, BackendSet &backends,
         const SessionOptions &options = {});

  llvm::ArrayRef<PortInfo> inputs() const { return inputPorts; }
  llvm::ArrayRef<PortInfo> outputs() const { return outputPorts; }
  /// Memory between programs, shared over time.
  uint64_t boundaryBytes() const { return boundary.bytes(); }
  /// Scratch memory of the program that needs most.
  uint64_t workspaceBytes() const { return workspace.size(); }

  /// Runs once. One tensor per input, in order; a bound input may be left out
  /// (no tensor). Returns one tensor per output, with bytes of its own. Inputs
  /// that do not fit the model (wrong number, type, shape, or another value
  /// than it was compiled for) are a fault of kind `usage`.
  llvm::Expected<std::vector<Tensor>> run(llvm::ArrayRef<Tensor> inputs);

  /// As above, into \p outputs, which have the types of the outputs and are
  /// writable and 64-byte aligned. Their contents are undefined after a
  /// failure.
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

  /// Tensors for the outputs, not set.
  llvm::Expected<std::vector<Tensor>> makeOutputs() const;

private:
  Session() = default;
  llvm::Error load(BackendSet &backends, const SessionOptions &options);
  llvm::Expected<llvm::SmallVector<Tensor>>
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
  std::vector<PortInfo> inputPorts, outputPorts;
  std::vector<std::shared_ptr<ProgramBackend>> backends;
  std::vector<std::unique_ptr<ProgramExecutable>> programs; // per part
  PlanMemory boundary;
  ScratchMemory workspace;
  /// The parts of the last run, in the order in which each ran first.
  llvm::SmallVector<uint32_t> lastParts;
  std::mutex mutex; // one run at a time: memory is planned for one
};

} // namespace glowplug
