// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases that are models.

#include "core/conformance/run/SuiteCase.h"

#include "core/conformance/graphs/Judge.h"
#include "core/conformance/rules/Compare.h"
#include "core/driver/Compiler.h"
#include "core/locate/Trial.h"
#include "core/runtime/BackendSet.h"
#include "core/runtime/Session.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {
namespace {

class ModelRun {
public:
  ModelRun(const ModelCase &modelCase, const Subject &subject,
           CaseRecord &record)
      : modelCase(modelCase), subject(subject), record(record) {}

  void run();

private:
  bool compile();
  /// Whether the plugin does any of it.
  bool countOps();
  bool load();
  void runTwice();
  void judge(const std::vector<Tensor> &outputs);

  const ModelCase &modelCase;
  const Subject &subject;
  CaseRecord &record;
  std::string bytes; ///< Of the model.
  std::vector<Tensor> inputs;
  CompiledModel compiled;
  BackendSet backends;
  std::unique_ptr<Session> session;
};

bool ModelRun::compile() {
  llvm::Expected<Compiler *> compiler = openCompiler();
  if (!compiler) {
    record.ending = Ending::suite;
    record.message = llvm::toString(compiler.takeError());
    return false;
  }
  CompileRequest request;
  request.model = ModelSource::onnx(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()},
      modelCase.name);
  request.backends = {subject.backend, referenceBackend()};
  request.wantReference = true;
  Fault fault;
  if ((*compiler)->compile(request, compiled, fault))
    return true;
  if (fault.kind == FaultKind::backend) {
    record.ending = Ending::failed;
    record.message = fault.message;
    return false;
  }
  // The generator knows more than the importer takes.
  record.ending = Ending::notApplicable;
  record.message = fault.message;
  return false;
}

bool ModelRun::countOps() {
  for (const ExplainedOp &op : compiled.ops) {
    ++record.ops;
    record.opsTaken += op.backend == subject.backend->name();
  }
  if (record.opsTaken != 0)
    return true;
  if (record.ops == 0) {
    record.ending = Ending::notApplicable;
    record.message = "all of it is computed at compile time";
    return false;
  }
  record.ending = Ending::refused;
  record.message = "takes none of its ops";
  return false;
}

bool ModelRun::load() {
  backends.add(subject.backend);
  SessionOptions options;
  options.threads = subject.threads;
  auto made = Session::create(compiled.artifact, backends, options);
  if (!made) {
    noteFailure(record, made.takeError());
    return false;
  }
  session = std::move(*made);
  return true;
}

void ModelRun::judge(const std::vector<Tensor> &outputs) {
  auto truth = graphs::Truth::make(std::move(compiled), inputs);
  if (!truth) {
    record.ending = Ending::suite;
    record.message = llvm::toString(truth.takeError());
    return;
  }
  const Comparison comparison = compareWithReference(outputs, truth->outputs());
  const graphs::Outcome outcome =
      graphs::judge(session->outputs(), outputs, *truth);
  for (auto [index, one] : llvm::enumerate(comparison.outputs)) {
    Measurement measured;
    measured.rule = "graph";
    measured.subject = "output " + std::to_string(index);
    measured.elements = one.elements;
    measured.worst = one.maxErrorOverLimit;
    // Elements that other decisions next to ties explain do not count.
    if (outcome.result == graphs::Result::wrong && one.mismatches != 0) {
      measured.mismatches = one.mismatches;
      std::string where;
      for (const int64_t position : one.first.index)
        where += (where.empty() ? "" : ",") + std::to_string(position);
      measured.where = "[" + where + "]";
      measured.got = one.first.got;
      measured.want = one.first.want;
      measured.limit = outcome.text;
    }
    record.measurements.push_back(std::move(measured));
  }
}

void ModelRun::runTwice() {
  auto first = session->run(inputs);
  if (!first)
    return noteFailure(record, first.takeError());
  auto second = session->run(inputs);
  if (!second)
    return noteFailure(record, second.takeError());
  judge(*first);
  if (!subject.claims.isDeterministic)
    return;
  for (auto [index, output] : llvm::enumerate(*second)) {
    Measurement measured = compareBytes(output, (*first)[index]);
    measured.rule = "R8";
    measured.subject = "second run, output " + std::to_string(index);
    record.measurements.push_back(std::move(measured));
  }
}

void ModelRun::run() {
  const graphs::Case made = modelCase.make(record.seed);
  bytes = made.model.SerializeAsString();
  inputs = made.inputs;
  if (compile() && countOps() && load())
    runTwice();
}

} // namespace

SuiteCase fromModel(ModelCase modelCase) {
  SuiteCase result;
  result.name = modelCase.name;
  result.level = modelCase.level;
  result.features = modelCase.features;
  result.depth = modelCase.depth;
  result.keep = [modelCase](const Subject &, const CaseRecord &record,
                            const std::string &folder) {
    return graphs::writeCase(folder, modelCase.make(record.seed));
  };
  result.run = [modelCase = std::move(modelCase)](const Subject &subject,
                                                  CaseRecord &record) {
    ModelRun(modelCase, subject, record).run();
  };
  return result;
}

} // namespace glowplug::conformance
