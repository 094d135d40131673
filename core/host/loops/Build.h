// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a model to a session: compiles it, or reads what was compiled.

#pragma once

#include "core/host/loops/Inputs.h"
#include "core/host/loops/OpCounts.h"
#include "core/host/loops/Variants.h"
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
  /// Dims of which there are several sizes, besides those of the request.
  VariantSizes variants = {};
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

class OnDemandModel;

/// A model that can run, or at least be written.
struct BuiltModel {
  CompiledModel compiled; ///< Only the artifact, if that was read.
  /// If that has variants and was not read: what else their compiles gave, in
  /// their order.
  std::vector<CompiledModel> variants;
  /// Compiles for shapes that the artifact does not have; or null.
  std::shared_ptr<OnDemandModel> onDemand;
  bool isArtifact = false;
  bool isCached = false;    ///< It was read from a cache.
  std::string cacheProblem; ///< Why the cache does not keep it; or empty.
  double compileMs = 0;     ///< 0 for an artifact.
  double loadMs = 0;
  std::unique_ptr<Session> session; ///< If it was loaded.

  /// Names of the backends that run parts, separated by commas.
  std::string backends() const;
  /// Of all variants together; parts that several have count once.
  OpCounts opCounts() const;
  /// Whether there is an artifact: a model that is compiled on demand may have
  /// none.
  bool hasArtifact() const { return !compiled.artifact.planBytes().empty(); }
};

/// What \p inputs of a model are to be compared with.
struct ReferenceFor {
  /// Without an image, unless the model was compiled here with it.
  const ReferenceProgram *program = nullptr;
  std::vector<PortInfo> outputs;           ///< For these inputs.
  std::shared_ptr<const BuiltModel> owner; ///< Of the program; may be null.
};

/// The reference of \p model, or of its variant for \p inputs. Compiles on
/// demand what was not compiled yet, or not kept.
llvm::Expected<ReferenceFor> referenceFor(const BuiltModel &model,
                                          llvm::ArrayRef<Tensor> inputs);

/// The compiler of this process; its library is loaded when it is first asked
/// for.
llvm::Expected<Compiler *> theCompiler();

/// Compiles, for each combination of sizes if the options have variants. Calls
/// in several threads are put in order. \p offered, which may be null, gives
/// sizes of dims, and values of inputs that have to be bound. Messages name the
/// model. A cache answers unless something else than the artifact is wanted.
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
