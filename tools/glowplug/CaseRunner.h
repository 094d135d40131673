// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one ONNX backend test.

#pragma once

#include "core/driver/Compare.h"
#include "core/runtime/BackendSet.h"

#include <string>
#include <vector>

namespace glowplug::cli {

enum class Outcome : uint8_t { passed, failed, unsupported, crashed };

struct CaseResult {
  Outcome outcome = Outcome::crashed;
  std::string reason;    ///< Empty if passed.
  bool fellBack = false; ///< Part of it ran on a backend that was not named.
};

/// Runs the test in \p folder: model.onnx with each test_data_set_*, compared
/// within \p tolerance.
class CaseRunner {
public:
  CaseRunner(Compiler &compiler, BackendSet &set,
             std::vector<std::shared_ptr<ProgramBackend>> backends,
             const FileTolerance &tolerance)
      : compiler(compiler), set(set), backends(std::move(backends)),
        tolerance(tolerance) {}

  CaseResult run(const std::string &folder);

private:
  CaseResult runDataSet(const std::string &model, const std::string &data);

  Compiler &compiler;
  BackendSet &set;
  std::vector<std::shared_ptr<ProgramBackend>> backends;
  FileTolerance tolerance;
};

} // namespace glowplug::cli
