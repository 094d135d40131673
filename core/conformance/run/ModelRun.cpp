// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases that are models.

#include "core/conformance/run/KeepProgram.h"
#include "core/conformance/run/ModelJudge.h"
#include "core/conformance/run/SharedModel.h"

#include "core/locate/Locate.h"
#include "core/locate/Reduce.h"
#include "core/support/FaultError.h"

namespace glowplug::conformance {
namespace {

class ModelRun {
public:
  ModelRun(const ModelCase &modelCase, const Subject &subject,
           CaseRecord &record)
      : modelCase(modelCase), subject(subject), record(record) {}

  void run();

private:
  void runTwice();
  void judge(const std::vector<Tensor> &outputs);

  const ModelCase &modelCase;
  const Subject &subject;
  CaseRecord &record;
  std::string bytes; ///< Of the model.
  std::vector<Tensor> inputs;
  SharedModel model;
};

void ModelRun::judge(const std::vector<Tensor> &outputs) {
  if (modelCase.isExact && model.isInteger())
    judgeExactly(outputs, {bytes, inputs, ""}, subject, record);
  else if (auto truth = truthOf(model, inputs, record))
    judgeModel(outputs, model.session->outputs(), *truth, "", record);
}

void ModelRun::runTwice() {
  auto first = model.session->run(inputs);
  if (!first)
    return noteFailure(record, first.takeError());
  auto second = model.session->run(inputs);
  if (!second)
    return noteFailure(record, second.takeError());
  judge(*first);
  if (subject.claims.isDeterministic)
    compareOutputs(*second, *first, "R8", "second run, ", record);
}

void ModelRun::run() {
  llvm::Expected<graphs::Case> made = modelCase.make(record.seed);
  if (!made)
    return noteSuiteError(record, made.takeError());
  bytes = made->model.SerializeAsString();
  inputs = std::move(made->inputs);
  SharedModel::Settings settings;
  settings.name = modelCase.name;
  settings.wantReference = true;
  settings.isRandom = modelCase.isRandom;
  if (model.compile(bytes, subject.backend, settings, record) &&
      model.countOps(record) && model.load(subject.threads, record))
    runTwice();
}

/// Writes the program of the first part that the plugin gets wrong on its own
/// inputs, made smaller, into \p folder; nothing if there is none.
llvm::Error keepWrongPart(const graphs::Case &made, const std::string &name,
                          const Subject &subject, const std::string &folder) {
  llvm::Expected<Compiler *> compiler = openCompiler();
  if (!compiler)
    return compiler.takeError();
  const std::string bytes = made.model.SerializeAsString();
  CompileRequest request;
  request.model = ModelSource::onnx(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, name);
  request.backends = {subject.backend, referenceBackend()};
  request.partsOnly = true;
  CompiledModel compiled;
  Fault fault;
  if (!(*compiler)->compile(request, compiled, fault))
    return llvm::make_error<FaultError>(fault);
  BackendSet backends;
  backends.add(subject.backend);
  llvm::Expected<LocateResult> found =
      locate({compiled, made.inputs, backends, subject.threads});
  if (!found)
    return found.takeError();
  if (!found->location)
    return llvm::Error::success();
  llvm::Expected<ReducedCase> reduced = reduce(
      *subject.backend, std::move(found->location->wrong), subject.threads);
  if (!reduced)
    return reduced.takeError();
  return keepCase(reduced->wrong, subject, folder);
}

/// The model, and what is wrong in it.
llvm::Error keepModel(const ModelCase &modelCase, const Subject &subject,
                      const CaseRecord &record, const std::string &folder) {
  llvm::Expected<graphs::Case> made = modelCase.make(record.seed);
  if (!made)
    return made.takeError();
  if (llvm::Error error = graphs::writeCase(folder, *made))
    return error;
  return keepWrongPart(*made, modelCase.name, subject, folder);
}

} // namespace

SuiteCase fromModel(ModelCase modelCase) {
  SuiteCase result;
  result.name = modelCase.name;
  result.level = modelCase.level;
  result.features = modelCase.features;
  result.depth = modelCase.depth;
  result.keep = [modelCase](const Subject &subject, const CaseRecord &record,
                            const std::string &folder) {
    return keepModel(modelCase, subject, record, folder);
  };
  result.run = [modelCase = std::move(modelCase)](const Subject &subject,
                                                  CaseRecord &record) {
    ModelRun(modelCase, subject, record).run();
  };
  return result;
}

} // namespace glowplug::conformance
