// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From a file on the command line to a session: compiles a model, or loads
/// what was compiled.

#pragma once

#include "core/driver/TensorFile.h"
#include "tools/glowplug/Cli.h"
#include "tools/glowplug/Progress.h"

namespace glowplug::cli {

/// Where inputs come from: "random:SEED" or a folder.
struct InputSource {
  std::string folder; ///< Empty: random.
  uint64_t seed = 0;
  std::vector<NamedTensor> tensors; ///< Of the folder.

  /// Reads \p text; ends the command if it is neither.
  static InputSource parse(const std::string &text);
};

/// A model that can run.
struct LoadedModel {
  CompiledModel compiled; ///< Only the artifact, for a .gpx.
  bool isArtifact = false;
  double compileMs = 0; ///< 0 for a .gpx.
  double loadMs = 0;
  std::unique_ptr<Session> session;

  /// Names of the backends that run parts, separated by commas.
  std::string backends() const;
  /// How many primitives each backend took: first those that were asked for,
  /// which may have taken none, in their order.
  std::vector<std::pair<std::string, uint64_t>> opCounts() const;
};

/// What compile() and load() are told.
struct LoadOptions {
  bool wantReference = false;
  std::string dumpFolder;
  bool wantInstr = false;
  const InputSource *inputs = nullptr; ///< May bind what has to be bound.
  /// The model, in the place of the file that ModelOptions name.
  std::optional<ModelSource> source;
  /// Values of the model that become outputs behind its own.
  std::vector<std::string> extraOutputs;
};

/// Ends the command if there is no such file, or if its wire format is not that
/// of a model within the importer's limits. Other parsers may then read it.
void checkModelFile(const std::string &path);

/// Sets sizes of dims and values to bind from tensors that will be the inputs.
/// Returns whether the model could be read.
bool offerInputs(Compiler &compiler, CompileRequest &request,
                 const InputSource &source, Fault &fault);

/// Compiles \p options.model.
void compileModel(LoadedModel &model, const ModelOptions &options,
                  const BackendOptions &backends, BackendSet &set,
                  const LoadOptions &load, Progress *progress);

/// Compiles or reads \p options.model and loads it on its backends.
LoadedModel loadModel(const ModelOptions &options,
                      const BackendOptions &backends, BackendSet &set,
                      unsigned threads, const LoadOptions &load,
                      Progress *progress);

/// One tensor per input of \p session; none for a bound input of which there
/// is no other word.
std::vector<Tensor> makeInputs(const Session &session,
                               const InputSource &source);

} // namespace glowplug::cli
