// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From the command line to a session: what the options say, for core/host.

#pragma once

#include "core/host/loops/Build.h"
#include "core/host/loops/Samples.h"
#include "tools/glowplug/Cli.h"
#include "tools/glowplug/Progress.h"

namespace glowplug::cli {

/// Reads --inputs of one run, "random:SEED" or a folder; ends the command if it
/// is neither.
InputSource parseInputs(const std::string &text);

/// Reads --inputs of many runs, "random:SEED[xN]" or a folder of samples; ends
/// the command if it says nothing.
Samples parseSamples(const std::string &text);

/// Inputs for one run of \p loaded, which \p options names: --dim says which
/// sizes random ones have where a compiled model has several. Ends the command
/// if they do not fit.
std::vector<Tensor> makeInputs(const BuiltModel &loaded,
                               const ModelOptions &options,
                               const InputSource &source);

/// Says which variant of \p model runs, if it has several.
void addVariant(Json &answer, const BuiltModel &model, uint32_t variant);
void printVariant(const BuiltModel &model, uint32_t variant);

/// Writes \p outputs into \p folder as --inputs and --compare read them.
void writeOutputs(const std::string &folder, llvm::ArrayRef<PortInfo> ports,
                  llvm::ArrayRef<Tensor> outputs);

/// What the options of several verbs say together. Ends the command if there is
/// no such model, and if --dim gives several sizes of one dim though the verb
/// needs one. \p progress may be null.
BuildOptions buildOptions(const ModelOptions &options,
                          const BackendOptions &backends, unsigned threads,
                          Progress *progress, bool severalSizes = false);

/// What verbs tell compileModel() and loadModel().
struct LoadOptions {
  bool wantReference = false;
  std::string dumpFolder;
  bool wantInstr = false;
  bool partsOnly = false;
  bool severalSizes = false;           ///< --dim may give several of one dim.
  bool wantReport = false;             ///< What CompiledModel says of ops.
  const InputSource *inputs = nullptr; ///< May bind what has to be bound.
};

/// The counts of \p model, as a JSON object and as the line "ops ...".
Json opCountsJson(const BuiltModel &model);
void printOpCounts(const BuiltModel &model);

/// Compiles \p options.model. Ends the command if it does not do as --require
/// says.
BuiltModel compileModel(const ModelOptions &options,
                        const BackendOptions &backends, BackendSet &set,
                        const LoadOptions &load, Progress *progress);

/// Compiles or reads \p options.model and loads it on its backends. Ends the
/// command if it does not do as --require says.
BuiltModel loadModel(const ModelOptions &options,
                     const BackendOptions &backends, BackendSet &set,
                     unsigned threads, const LoadOptions &load,
                     Progress *progress);

} // namespace glowplug::cli
