// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One program on one backend, from check to run.

#pragma once

#include "core/driver/Compiler.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// Compiles a program as the compiler does, that is by way of an instr program
/// where the backend makes one, and runs it. Errors are those of the backend.
class Trial {
public:
  /// All of them outlive this.
  Trial(ProgramBackend &backend, const PartImage &part, unsigned threads)
      : backend(backend), part(part), threads(threads) {}

  /// The first op that the backend does not take, with the reason; or nothing.
  llvm::Expected<std::string> refusal();
  /// Compiles and loads.
  llvm::Error prepare();
  /// As prepare(), but the backend compiles the image also if it makes instr
  /// programs.
  llvm::Error prepareDirectly();
  /// As prepare(), but the backend encodes \p program, which is for its machine
  /// and has the inputs and outputs of the part.
  llvm::Error prepareEncoded(InstrProgram program);
  /// Runs once; prepares first if nobody has. \p inputs lie at multiples of 64.
  /// Bytes of outputs that are not written are 0xff.
  llvm::Expected<std::vector<Tensor>> run(llvm::ArrayRef<Tensor> inputs);
  /// As ProgramExecutable::lastRun; something has run.
  llvm::Expected<std::optional<Simulation>>
  lastRun(const SimulationRequest &request);

private:
  llvm::Error compile();
  llvm::Error load();

  ProgramBackend &backend;
  const PartImage &part;
  const unsigned threads;
  std::optional<InstrProgram> scheduled;
  CompiledProgram compiled;
  std::unique_ptr<ProgramExecutable> executable; ///< Once it is loaded.
};

/// \p inputs where plugins may read them: at multiples of 64.
llvm::Expected<std::vector<Tensor>>
alignedInputs(llvm::ArrayRef<Tensor> inputs);

} // namespace glowplug
