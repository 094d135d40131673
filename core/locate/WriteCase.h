// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A wrong case as files: a C program that shows it, the image and the tensors.

#pragma once

#include "core/locate/Locate.h"

namespace glowplug {

/// What the elements of an output of floats may be: numbers from `low` to
/// `high`. Where `low` is NaN, a NaN is right; where `high` is, no number is.
struct OutputBounds {
  std::vector<double> low, high;
};

struct WriteCaseOptions {
  std::string folder; ///< Is made if it is not there.
  /// How the backend was opened.
  std::vector<BackendOption> backendOptions;
  unsigned threads = 1;
  /// In place of the limits of the judgement: one per output, without elements
  /// for those that keep them. Or none at all.
  std::vector<OutputBounds> bounds = {};
  /// What was found, for readers of `repro.c`: a host that verifies schedules
  /// and records sees more than that program. Or empty.
  std::string found = {};
};

/// Writes into the folder
///  - `repro.c`, which needs the header of the SDK and libdl alone: it loads
///    the plugin that it is given, runs the case, and compares;
///  - `case.gpim`, and `case.segment0.bin`, ... with its constants;
///  - `input_0.pb`, ... and `output_0.pb`, ... with what the interpreter gives.
llvm::Error writeCase(const Case &wrong, const WriteCaseOptions &options);

/// Writes what \p backend makes of \p program before it encodes it into
/// \p folder, which exists: `schedule.gpin`, its constants in
/// `schedule.segment0.bin`, ... and the machine in `schedule.gpmd`. Nothing if
/// it makes no instr programs, or if its schedule is what is wrong: the case
/// shows that.
llvm::Error writeSchedule(ProgramBackend &backend, const PartImage &program,
                          const std::string &folder);

/// repro/main.c
extern const llvm::StringLiteral reproProgram;

} // namespace glowplug
