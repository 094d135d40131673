// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What compiles and runs programs: a backend of a plugin, or the interpreter.

#pragma once

#include "core/runtime/Backend.h"
#include "core/runtime/Simulation.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// A program that is ready to run.
class ProgramExecutable {
public:
  virtual ~ProgramExecutable() = default;

  /// Runs once. One entry per input and output of the program, 64-byte
  /// aligned, dense; no output overlaps anything else. \p workspace: the
  /// bytes that compile() asked for, 64-byte aligned, or null for none.
  virtual llvm::Error
  run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
      llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
      void *workspace) = 0;

  /// As Executable::lastRun.
  virtual llvm::Expected<std::optional<Simulation>>
  lastRun(const SimulationRequest &) {
    return std::nullopt;
  }
};

/// A backend as the compiler and the runtime see it. Errors of a plugin are
/// BackendErrors.
class ProgramBackend {
public:
  virtual ~ProgramBackend() = default;

  virtual const std::string &name() const = 0;
  virtual const std::string &version() const = 0;
  /// What compile() makes code for; for people.
  virtual const std::string &target() const = 0;

  /// One verdict per op of the program body of \p image, which has been
  /// verified.
  virtual llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) = 0;

  /// Translates a verified image. \p segments: one per segment of the program,
  /// 64-byte aligned.
  virtual llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) = 0;

  /// As Backend::encode, of what schedule() gave.
  virtual llvm::Expected<CompiledProgram> encode(const InstrProgram &) {
    llvm_unreachable("a backend without instr programs");
  }
  /// As Backend::schedule.
  virtual llvm::Expected<std::optional<InstrProgram>>
  schedule(llvm::ArrayRef<uint8_t> image,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
    return std::nullopt;
  }

  /// Makes a compiled program ready to run. The bytes of the request stay
  /// where they are as long as the executable lives.
  virtual llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) = 0;
};

/// The backend of a plugin.
std::shared_ptr<ProgramBackend> pluginBackend(std::shared_ptr<Backend> backend);

/// The built-in interpreter. It takes everything, and its blob is the image.
std::shared_ptr<ProgramBackend> referenceBackend();

/// Name of the built-in interpreter, as in `--backend reference`.
inline constexpr llvm::StringLiteral referenceBackendName = "reference";

} // namespace glowplug
