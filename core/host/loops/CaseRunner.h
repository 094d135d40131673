// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one ONNX backend test.

#pragma once

#include "core/driver/Compare.h"
#include "core/host/loops/Inputs.h"
#include "core/host/loops/OpCounts.h"

#include <string>
#include <vector>

namespace glowplug {

enum class Outcome : uint8_t {
  passed,
  failed,
  notComparable, ///< Nothing is wrong, but the outputs say nothing.
  unsupported,
  crashed,
};

struct CaseResult {
  Outcome outcome = Outcome::crashed;
  std::string reason; ///< Empty if passed.
  /// How many ops each backend of the runner took, in their order; empty if the
  /// model was not compiled.
  std::vector<uint64_t> opCounts = {};
  std::string unmet = {}; ///< What it lacks of the requirements; or empty.
};

/// What the outputs of a case are compared with.
struct CaseTruth {
  bool isReference = false; ///< The interpreter, instead of the case's files.
  FileTolerance tolerance;  ///< For files.
};

/// What all cases have in common.
struct CaseOptions {
  CaseTruth truth;
  std::string recipe; ///< As in CompileRequest.
  std::vector<Requirement> required;
};

/// Runs ONNX backend tests.
class CaseRunner {
public:
  CaseRunner(Compiler &compiler, BackendSet &set,
             std::vector<std::shared_ptr<ProgramBackend>> backends,
             CaseOptions options)
      : compiler(compiler), set(set), backends(std::move(backends)),
        options(std::move(options)) {}

  /// Runs the test in \p folder: model.onnx with each test_data_set_*.
  CaseResult run(const std::string &folder);

private:
  CaseResult
  compareOutputs(const CompiledModel &compiled, llvm::ArrayRef<PortInfo> ports,
                 llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<Tensor> outputs,
                 const ModelSummary &model, const std::string &data) const;
  llvm::Error compile(CompileRequest &request, CompiledModel &compiled) const;
  CaseResult runDataSet(const std::string &model, const std::string &data);
  CaseResult runCompiled(const CompiledModel &compiled,
                         const ModelSummary &model,
                         const InputSource &source) const;

  Compiler &compiler;
  BackendSet &set;
  std::vector<std::shared_ptr<ProgramBackend>> backends;
  CaseOptions options;
};

} // namespace glowplug
