// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Backends and executables that close themselves, with the calls that cases
/// make again and again.

#pragma once

#include "core/conformance/abi/Answers.h"
#include "core/conformance/abi/Probe.h"

namespace glowplug::conformance {

/// A backend of the plugin under test.
class OpenBackend {
public:
  /// With the options of the target. Ends the case if it cannot be opened.
  explicit OpenBackend(Probe &probe);
  /// Takes over \p handle.
  OpenBackend(Probe &probe, gp_backend *handle)
      : probe(probe), handle(handle) {}
  ~OpenBackend();
  OpenBackend(const OpenBackend &) = delete;
  OpenBackend &operator=(const OpenBackend &) = delete;

  gp_backend *get() const { return handle; }
  /// Closes it; ends the case if that breaks a rule.
  void close();

  // Each ends the case if the call fails.
  Description describe() const;
  Verdicts check(const Sample &sample) const;
  /// Also if it does not keep the rules of its sink.
  Compiled compile(const Sample &sample) const;

  // As the call itself. The answers are those of a failure, too.
  Status describe(Description &into) const;
  Status check(const Sample &sample, Verdicts &into) const;
  Status compile(const Sample &sample, Compiled &into) const;

private:
  Probe &probe;
  gp_backend *handle = nullptr;
};

/// What load() gets; bytes lie at multiples of 64 and are its own.
struct LoadBytes {
  LoadBytes(const Compiled &compiled, const Sample &sample);

  AlignedBytes blob;
  std::vector<AlignedBytes> segments;
  std::string requirement;
  uint32_t threads = 1;

  /// Arguments that refer to this. \p list lives as long as they do.
  gp_load_args args(std::vector<gp_bytes> &list) const;
};

/// A loaded program, with the bytes that have to outlive it.
class LoadedProgram {
public:
  /// Ends the case if it cannot be loaded.
  LoadedProgram(Probe &probe, const OpenBackend &backend,
                const Compiled &compiled, const Sample &sample,
                uint32_t threads = 1);
  ~LoadedProgram();
  LoadedProgram(const LoadedProgram &) = delete;
  LoadedProgram &operator=(const LoadedProgram &) = delete;

  gp_executable *get() const { return handle; }
  /// Frees it; ends the case if that breaks a rule.
  void unload();

  uint64_t workspaceBytes() const { return workspace; }

private:
  Probe &probe;
  LoadBytes bytes;
  uint64_t workspace;
  gp_executable *handle = nullptr;
};

/// Calls load() once. \p executable keeps what it was unless it succeeds.
Status load(Probe &probe, const OpenBackend &backend, const LoadBytes &bytes,
            gp_executable *&executable);

/// A pointer that is no object: outputs of failed calls keep it.
template <typename T>
T *untouched() {
  static char place;
  return reinterpret_cast<T *>(&place);
}

} // namespace glowplug::conformance
