// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a model to a session: compiles it, or reads what was compiled.

#pragma once

#include "core/host/loops/Inputs.h"
#include "core/host/loops/OpCounts.h"
#include "core/runtime/BackendSet.h"

#include <chrono>
#include <functional>

namespace glowplug {

/// A folder that keeps compiled models.
struct CacheOptions {
  std::string folder;
  uint64_t maxBytes = uint64_t(4) << 30; ///< Of all that it keeps.
};

/// How a model becomes a program, and what runs it.
struct BuildOptions {
  /// All but its backends, which are opened by name.
  CompileRequest request;
  /// In order of preference; `reference` last.
  std::vector<std::string> backends;
  BackendSetOptions plugins;
  unsigned threads = 1;              ///< How many one program may use.
  std::optional<CacheOptions> cache; ///< Where to look first, and to keep it.
  bool wantReport = false; ///< Also what CompiledModel says besides artifacts.
  /// If this is set, a backend that fails is left out, and the next one in the
  /// order takes its place; told of the failure.
  std::function<void(const Fault &)> leftOut = {};
};

/// A model that can run, or at least be written.
struct BuiltModel {
  CompiledModel compiled; ///< Only the artifact, if that was read.
  bool isArtifact = false;
  bool isCached = false;    ///< It was read from a cache.
  std::string cacheProblem; ///< Why the cache does not keep it; or empty.
  double compileMs = 0;     ///< 0 for an artifact.
  double loadMs = 0;
  std::unique_ptr<Session> session; ///< If it was loaded.

  /// Names of the backends that run parts, separated by commas.
  std::string backends() const;
  OpCounts opCounts() const;
};

/// The compiler of this process; its library is loaded when it is first asked
/// for.
llvm::Expected<Compiler *> theCompiler();

/// Compiles. \p offered, which may be null, gives sizes of dims, and values of
/// inputs that have to be bound. Messages name the model. A cache answers
/// unless something else than the artifact is wanted.
llvm::Expected<BuiltModel> compileModel(const BuildOptions &options,
                                        BackendSet &set,
                                        const InputSource *offered);

/// Reads the .gpx file \p path.
llvm::Expected<BuiltModel> readModel(const std::string &path);

/// Loads \p model on its backends, which \p set opens and has to outlive it.
llvm::Error loadModel(BuiltModel &model, BackendSet &set, unsigned threads);

/// compileModel() and loadModel().
llvm::Expected<BuiltModel> buildModel(const BuildOptions &options,
                                      BackendSet &set,
                                      const InputSource *offered);

/// Milliseconds since \p begin.
double msSince(std::chrono::steady_clock::time_point begin);

} // namespace glowplug
