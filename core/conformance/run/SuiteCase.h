// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A case of any level, and the plugin that it is held against.

#pragma once

#include "core/conformance/abi/AbiRunner.h"
#include "core/conformance/cases/ProgramCase.h"
#include "core/conformance/graphs/Case.h"
#include "core/conformance/run/Claims.h"
#include "core/runtime/ProgramBackend.h"

namespace glowplug::conformance {

/// The plugin under test, as cases use it.
struct Subject {
  /// In a worker process that scrambles what runs may not rely on.
  std::shared_ptr<ProgramBackend> backend;
  const Claims &claims;
  /// How its backend was opened, for those who do it again.
  std::vector<BackendOption> options = {};
  unsigned threads = 2; ///< That a run may use.
  /// Workers for cases of its functions; null if there are none of these.
  AbiSession *abi = nullptr;
};

/// A case of the suite.
struct SuiteCase {
  std::string name;
  Level level = Level::ops;
  Features features;
  Depth depth = Depth::full; ///< The first that has it.
  /// Runs it with the seed of \p record, and adds what came of it. Whatever
  /// goes wrong is part of the record.
  std::function<void(const Subject &subject, CaseRecord &record)> run;
  /// Writes what shows the failure of \p record into \p folder, as small as can
  /// be made of it; may be empty.
  std::function<llvm::Error(const Subject &subject, const CaseRecord &record,
                            const std::string &folder)>
      keep = {};
};

/// Checks, compiles and loads the program, runs it twice, and holds the outputs
/// against all that lawful backends may give.
SuiteCase fromProgram(ProgramCase programCase);

/// A model that is compiled for the plugin and the interpreter, so that the
/// plugin does what it takes of it.
struct ModelCase {
  std::string name;
  Level level = Level::graphs;
  Features features;
  Depth depth = Depth::full;
  std::function<graphs::Case(uint64_t seed)> make;
};

/// Compiles and loads the model, runs it twice, and compares with an
/// unoptimised lowering (docs/adr/0006-error-limit.md).
SuiteCase fromModel(ModelCase modelCase);

/// Calls the functions of the plugin directly. \p abiCase lives for ever.
SuiteCase fromAbi(const AbiCase &abiCase);

/// The seed of the case \p name in a run with the seed \p runSeed: the same
/// anywhere.
uint64_t seedOf(llvm::StringRef name, uint64_t runSeed);

/// The record of one attempt at \p suiteCase.
CaseRecord runCase(const SuiteCase &suiteCase, const Subject &subject,
                   uint64_t runSeed);

/// Sets how \p record ended by \p error, a failed call of the plugin.
void noteFailure(CaseRecord &record, llvm::Error error);

} // namespace glowplug::conformance
