// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs one ONNX backend test.

#pragma once

#include "core/driver/Compare.h"
#include "core/host/loops/Inputs.h"

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
  std::string reason;    ///< Empty if passed.
  bool fellBack = false; ///< Part of it ran on a backend that was not named.
};

/// What the outputs of a case are compared with.
struct CaseTruth {
  bool isReference = false; ///< The interpreter, instead of the case's files.
  FileTolerance tolerance;  ///< For files.
};

/// Runs the test in \p folder: model.onnx with each test_data_set_*, compared
/// with \p truth.
class CaseRunner {
public:
  CaseRunner(Compiler &compiler, BackendSet &set,
             std::vector<std::shared_ptr<ProgramBackend>> backends,
             const CaseTruth &truth)
      : compiler(compiler), set(set), backends(std::move(backends)),
        truth(truth) {}

  CaseResult run(const std::string &folder);

private:
  CaseResult compareOutputs(const CompiledModel &compiled,
                            llvm::ArrayRef<PortInfo> ports,
                            llvm::ArrayRef<Tensor> inputs,
                            llvm::ArrayRef<Tensor> outputs,
                            const std::string &data) const;
  llvm::Error compile(CompileRequest &request, const InputSource &source,
                      CompiledModel &compiled) const;
  CaseResult runDataSet(const std::string &model, const std::string &data);

  Compiler &compiler;
  BackendSet &set;
  std::vector<std::shared_ptr<ProgramBackend>> backends;
  CaseTruth truth;
};

} // namespace glowplug
