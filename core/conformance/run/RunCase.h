// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs a case that is a program, and measures what came of it.

#pragma once

#include "core/conformance/cases/ProgramCase.h"
#include "core/conformance/run/Claims.h"
#include "core/runtime/ProgramBackend.h"

namespace glowplug::conformance {

/// The plugin under test, as cases use it.
struct Subject {
  /// In a worker process that scrambles what runs may not rely on.
  std::shared_ptr<ProgramBackend> backend;
  const Claims &claims;
  unsigned threads = 2; ///< That a run may use.
};

/// The seed of the case \p name in a run with the seed \p runSeed: the same
/// anywhere.
uint64_t seedOf(llvm::StringRef name, uint64_t runSeed);

/// Checks, compiles and loads the program of \p programCase, runs it twice, and
/// holds the outputs against the interpreter's. Whatever goes wrong is part of
/// the record.
CaseRecord runCase(const ProgramCase &programCase, const Subject &subject,
                   uint64_t runSeed);

} // namespace glowplug::conformance
