// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A case of any level, and the plugin that it is held against.

#pragma once

#include "core/conformance/abi/AbiRunner.h"
#include "core/conformance/cases/ProgramCase.h"
#include "core/conformance/models/Variants.h"
#include "core/conformance/run/Claims.h"
#include "core/locate/Trial.h"
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
  /// Opens it once more, in a worker with so many bytes of address space.
  /// Empty if that cannot be done.
  std::function<llvm::Expected<std::shared_ptr<ProgramBackend>>(uint64_t bytes)>
      openLimited = {};
};

/// A case of the suite.
struct SuiteCase {
  std::string name;
  Level level = Level::ops;
  Features features;
  Depth depth = Depth::full; ///< The first that has it.
  /// Of a case that is one program; else null. Other levels use it too.
  std::shared_ptr<const ProgramCase> program = {};
  /// Runs it with the seed of \p record, and adds what came of it. Whatever
  /// goes wrong is part of the record.
  std::function<void(const Subject &subject, CaseRecord &record)> run;
  /// Writes what shows the failure of \p record into \p folder, as small as can
  /// be made of it; may be empty.
  using Keep = std::function<llvm::Error(const Subject &subject,
                                         const CaseRecord &record,
                                         const std::string &folder)>;
  Keep keep = {};
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
  std::function<llvm::Expected<graphs::Case>(uint64_t seed)> make;
  /// The importer may not take it.
  bool isRandom = false;
  /// It is made of integers: where the plugin does nothing with floats, each
  /// bit is given by the programs that it gets.
  bool isExact = false;
};

/// Compiles and loads the model, runs it twice, and compares with an
/// unoptimised lowering (docs/adr/0006-error-limit.md), or, bit by bit, with
/// the interpreter on the same programs.
SuiteCase fromModel(ModelCase modelCase);

/// Which nodes of a model a backend leaves to others: those whose number has
/// the remainder `from` when it is divided by `every`.
struct Gaps {
  unsigned every = 0; ///< 0: none.
  unsigned from = 0;
};

/// Two models that have to give the same.
struct RelationCase {
  std::string name;
  Features features;
  Depth depth = Depth::full;
  std::function<llvm::Expected<models::Related>(uint64_t seed)> make;
  /// Of the other model the plugin is not given these nodes.
  Gaps gaps = {};
  bool isExact = false; ///< As in ModelCase.
};

/// Runs both models, with one recipe of rescales for both. Where the plugin
/// does nothing with floats they have to agree bit by bit; else both are
/// compared with an unoptimised lowering of the first.
SuiteCase fromRelation(RelationCase relation);

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
/// Sets that \p record ended by \p error because its case is not sound.
void noteSuiteError(CaseRecord &record, llvm::Error error);

/// Whether the plugin takes all ops of the program of \p trial. If not, \p
/// record says so, or how the question failed.
bool isTaken(Trial &trial, CaseRecord &record);

} // namespace glowplug::conformance
