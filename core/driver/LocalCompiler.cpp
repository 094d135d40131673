// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The functions of the compiler's library.

#include "core/driver/LocalCompiler.h"

#include "core/driver/Stages.h"
#include "core/image/instr/Reader.h"

using namespace glowplug;

namespace {

std::vector<ModelInput> portsOf(std::vector<DeclaredTensor> declared) {
  std::vector<ModelInput> result;
  for (DeclaredTensor &port : declared)
    result.push_back(
        {std::move(port.info.name), port.info.dtype,
         std::vector<int64_t>(port.info.shape.begin(), port.info.shape.end()),
         std::move(port.dimNames), port.hasShape, port.isSequence,
         port.isOptional});
  return result;
}

class LocalCompiler : public Compiler {
public:
  bool compile(const CompileRequest &request, CompiledModel &result,
               Fault &fault) override {
    result = {};
    if (llvm::Error error = runCompile(request, result)) {
      fault = faultOf(std::move(error), FaultKind::model);
      result = {};
      return false;
    }
    return true;
  }

  bool inputs(const ModelSource &model, std::vector<ModelInput> &result,
              Fault &fault) override {
    llvm::Expected<std::vector<DeclaredTensor>> declared =
        declaredInputs(importSource(model));
    if (!declared) {
      fault = faultOf(declared.takeError(), FaultKind::model);
      return false;
    }
    result = portsOf(std::move(*declared));
    return true;
  }

  bool summarise(const ModelSource &model, ModelSummary &result,
                 Fault &fault) override {
    llvm::Expected<ImportSummary> summary = summariseModel(importSource(model));
    if (!summary) {
      fault = faultOf(summary.takeError(), FaultKind::model);
      return false;
    }
    result = {portsOf(std::move(summary->inputs)),
              portsOf(std::move(summary->outputs)),
              std::move(summary->operators)};
    return true;
  }

  std::string instrText(llvm::ArrayRef<uint8_t> program,
                        llvm::ArrayRef<uint8_t> machine) override {
    return glowplug::instrText(program, machine);
  }
};

} // namespace

Compiler &glowplug::localCompiler() {
  static LocalCompiler compiler;
  return compiler;
}
