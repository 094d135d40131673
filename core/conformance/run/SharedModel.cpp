// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles and loads models for the plugin under test.

#include "core/conformance/run/SharedModel.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {

bool SharedModel::compile(const std::string &bytes,
                          std::shared_ptr<ProgramBackend> given,
                          const Settings &settings, CaseRecord &record) {
  backend = std::move(given);
  llvm::Expected<Compiler *> compiler = openCompiler();
  if (!compiler) {
    noteSuiteError(record, compiler.takeError());
    return false;
  }
  CompileRequest request;
  request.model = ModelSource::onnx(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()},
      settings.name);
  request.backends = {backend, referenceBackend()};
  request.recipe = settings.recipe;
  request.wantReference = settings.wantReference;
  Fault fault;
  if ((*compiler)->compile(request, compiled, fault))
    return true;
  record.message = fault.message;
  if (fault.kind == FaultKind::backend)
    record.ending = Ending::failed;
  else // a generator knows more than the importer takes
    record.ending = settings.isRandom ? Ending::notApplicable : Ending::suite;
  return false;
}

uint64_t SharedModel::opsTaken() const {
  return llvm::count_if(compiled.ops, [&](const ExplainedOp &op) {
    return op.backend == backend->name();
  });
}

bool SharedModel::isInteger() const {
  return llvm::all_of(compiled.ops, [&](const ExplainedOp &op) {
    return op.backend != backend->name() || op.isInteger;
  });
}

bool SharedModel::countOps(CaseRecord &record) const {
  record.ops = ops();
  record.opsTaken = opsTaken();
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

bool SharedModel::load(unsigned threads, CaseRecord &record) {
  backends.add(backend);
  SessionOptions options;
  options.threads = threads;
  auto made = Session::create(compiled.artifact, backends, options);
  if (!made) {
    noteFailure(record, made.takeError());
    return false;
  }
  session = std::move(*made);
  return true;
}

} // namespace glowplug::conformance
