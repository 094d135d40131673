// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What compiles and runs programs: a backend of a plugin, or the interpreter.

#pragma once

#include "core/runtime/Backend.h"
#include "core/runtime/Cosimulation.h"
#include "core/runtime/Replay.h"
#include "core/runtime/Simulation.h"

#include <functional>
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

  /// As Executable::cosim; of a plugin in this process only.
  virtual llvm::Expected<std::optional<Cosimulation>>
  cosim(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
        const CosimRequest &request) {
    return std::nullopt;
  }

  /// As Executable::replay; of a plugin in this process only.
  virtual llvm::Expected<std::optional<Replay>>
  replay(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs) {
    return std::nullopt;
  }
};

/// A backend as the compiler and the runtime see it. Errors of a plugin are
/// BackendErrors.
class ProgramBackend {
public:
  virtual ~ProgramBackend() = default;

  /// What it says of itself.
  virtual const BackendInfo &info() const = 0;
  const std::string &name() const { return info().name; }
  const std::string &version() const { return info().version; }
  /// What compile() makes code for; for people.
  const std::string &target() const { return info().target; }

  /// One verdict per op of the program body of \p image, which has been
  /// verified.
  virtual llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) = 0;

  /// Translates a verified image. \p segments: one per segment of the program,
  /// 64-byte aligned.
  virtual llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) = 0;

  /// Whether a call that crashes is an error, and not the end of this process.
  virtual bool survivesCrashes() const { return false; }

  /// As Backend::machine.
  virtual llvm::Expected<std::optional<AlignedBytes>> machine() {
    return std::nullopt;
  }
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

/// The backend of a plugin in this process.
std::shared_ptr<ProgramBackend> pluginBackend(std::shared_ptr<Backend> backend);

/// A plugin that is to be opened: as the search found it, or a file.
struct PluginFile {
  std::string library;
  std::optional<PluginManifest> manifest; ///< If the search found it.
};

/// Opens the backend of a plugin with options for its create().
using BackendOpener =
    std::function<llvm::Expected<std::shared_ptr<ProgramBackend>>(
        const PluginFile &file, llvm::ArrayRef<BackendOption> options)>;

/// The opener that loads plugins into this process.
llvm::Expected<std::shared_ptr<ProgramBackend>>
openInProcess(const PluginFile &file, llvm::ArrayRef<BackendOption> options);

/// The built-in interpreter. It takes everything, and its blob is the image.
std::shared_ptr<ProgramBackend> referenceBackend();

/// Name of the built-in interpreter, as in `--backend reference`.
inline constexpr llvm::StringLiteral referenceBackendName = "reference";

} // namespace glowplug
