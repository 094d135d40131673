// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs one ONNX backend test.

#include "core/host/loops/CaseRunner.h"

#include "core/host/loops/DifferenceText.h"
#include "core/host/loops/Inputs.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

using namespace glowplug;

/// The folders with inputs and outputs, in order.
static std::vector<std::string> dataSets(const std::string &folder) {
  std::vector<std::string> result;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator entry(folder, code), end;
       !code && entry != end; entry.increment(code))
    if (llvm::sys::path::filename(entry->path()).starts_with("test_data_set_"))
      result.push_back(entry->path());
  llvm::sort(result);
  return result;
}

static CaseResult failed(const llvm::Twine &reason) {
  return {Outcome::failed, reason.str()};
}

CaseResult CaseRunner::run(const std::string &folder) {
  const std::vector<std::string> sets = dataSets(folder);
  if (sets.empty())
    return failed("there is no test_data_set_* beside the model");
  CaseResult result;
  for (const std::string &data : sets) {
    result = runDataSet(folder + "/model.onnx", data);
    if (result.outcome != Outcome::passed)
      break;
  }
  return result;
}

/// The same bytes as another type of the same size.
static Tensor reinterpret(const Tensor &tensor, DType type) {
  Tensor copy = llvm::cantFail(Tensor::zeros(type, tensor.shape()));
  llvm::copy(tensor.bytes(), copy.mutableBytes().begin());
  return copy;
}

/// Whether \p tensor stores bf16 as u16, as the files of ONNX's tests do: numpy
/// has no such type.
static bool storesBf16(const Tensor &tensor, DType type) {
  return type == DType::bf16 && tensor.dtype() == DType::u16;
}

/// Each element as a double.
static Tensor widen(const Tensor &tensor) {
  return Tensor::of<double>(tensor.shape(), toDoubles(tensor));
}

/// Compares as ONNX's own runner does, which sees the bits of bf16 as numbers.
static OutputComparison compareOutput(const Tensor &actual, const Tensor &truth,
                                      const FileTolerance &tolerance) {
  if (truth.dtype() != actual.dtype())
    return compareWithFiles(widen(reinterpret(actual, DType::u16)),
                            widen(truth), tolerance)
        .outputs.front();
  return compareWithFiles(actual, truth, tolerance).outputs.front();
}

/// Compares with files; empty if the outputs are right.
static std::string compareWithFolder(llvm::ArrayRef<PortInfo> ports,
                                     llvm::ArrayRef<Tensor> outputs,
                                     llvm::ArrayRef<ModelInput> declared,
                                     const std::string &data,
                                     const FileTolerance &tolerance) {
  llvm::Expected<FolderValues> values =
      readValueFolder(data, "output", declared);
  if (!values)
    return llvm::toString(values.takeError());
  llvm::ArrayRef<NamedTensor> expected = values->tensors;
  if (expected.size() != ports.size())
    return fmt::format("model has {} outputs, but expected are {}",
                       ports.size(), expected.size());
  for (size_t i = 0; i < ports.size(); ++i) {
    const Tensor &truth = expected[i].tensor;
    if ((truth.dtype() != outputs[i].dtype() &&
         !storesBf16(truth, outputs[i].dtype())) ||
        truth.shape() != outputs[i].shape())
      return fmt::format("output '{}' is {}, but expected is {}", ports[i].name,
                         outputs[i].typeString(), truth.typeString());
    const OutputComparison found = compareOutput(outputs[i], truth, tolerance);
    if (found.mismatches != 0)
      return differenceText(ports[i].name, found);
  }
  return "";
}

CaseResult CaseRunner::compareOutputs(const CompiledModel &compiled,
                                      llvm::ArrayRef<PortInfo> ports,
                                      llvm::ArrayRef<Tensor> inputs,
                                      llvm::ArrayRef<Tensor> outputs,
                                      const ModelSummary &model,
                                      const std::string &data) const {
  if (!options.truth.isReference) {
    const std::string wrong = compareWithFolder(ports, outputs, model.outputs,
                                                data, options.truth.tolerance);
    return wrong.empty() ? CaseResult{Outcome::passed, ""} : failed(wrong);
  }
  llvm::Expected<ReferenceOutputs> expected =
      runReference(compiled.reference, inputs, /*threads=*/1);
  if (!expected)
    return failed(llvm::toString(expected.takeError()));
  const Comparison comparison = compareWithReference(outputs, *expected);
  switch (comparison.verdict()) {
  case CompareVerdict::pass:
    return {Outcome::passed, ""};
  case CompareVerdict::notComparable:
    return {Outcome::notComparable, vacuousText(comparison)};
  case CompareVerdict::fail:
    break;
  }
  const size_t first = comparison.firstWrong();
  return failed(differenceText(ports[first].name, comparison.outputs[first]));
}

llvm::Error CaseRunner::compile(CompileRequest &request,
                                CompiledModel &compiled) const {
  Fault fault;
  if (!compiler.compile(request, compiled, fault))
    return llvm::make_error<FaultError>(std::move(fault));
  return llvm::Error::success();
}

/// How many ops of \p compiled each of \p backends took.
static std::vector<uint64_t>
countOps(const CompiledModel &compiled,
         llvm::ArrayRef<std::shared_ptr<ProgramBackend>> backends) {
  std::vector<uint64_t> result(backends.size(), 0);
  for (const auto &[name, count] : opCounts(compiled.artifact.plan()))
    for (auto [index, backend] : llvm::enumerate(backends))
      if (backend->name() == name)
        result[index] = count;
  return result;
}

CaseResult CaseRunner::runDataSet(const std::string &model,
                                  const std::string &data) {
  CompileRequest request;
  request.model = ModelSource::file(model);
  ModelSummary summary;
  if (Fault fault; !compiler.summarise(request.model, summary, fault))
    return failed(fault.message);
  // Inputs first: the import may have to bind some. A tensor that cannot be
  // read is no news if the model is not supported anyway.
  InputSource source;
  source.folder = data;
  std::string problem;
  if (llvm::Expected<FolderValues> values =
          readValueFolder(data, "input", summary.inputs)) {
    source.tensors = std::move(values->tensors);
    source.sizes = std::move(values->sizes);
  } else {
    problem = llvm::toString(values.takeError());
  }
  offerInputs(request, summary.inputs, source);
  request.backends = backends;
  for (const auto &backend : backends)
    request.settings.emplace_back("backend", backend->name());
  request.recipe = options.recipe;
  request.wantReference = options.truth.isReference;
  CompiledModel compiled;
  if (llvm::Error error = compile(request, compiled)) {
    const Fault fault = faultOf(std::move(error), FaultKind::model);
    const bool isUnsupported =
        fault.kind == FaultKind::unsupported || fault.kind == FaultKind::usage;
    return {isUnsupported ? Outcome::unsupported : Outcome::failed,
            fault.message};
  }
  CaseResult result = problem.empty() ? runCompiled(compiled, summary, source)
                                      : failed(problem);
  result.opCounts = countOps(compiled, backends);
  if (std::optional<Fault> unmet = findUnmet(compiled, options.required))
    result.unmet = unmet->message;
  return result;
}

CaseResult CaseRunner::runCompiled(const CompiledModel &compiled,
                                   const ModelSummary &model,
                                   const InputSource &source) const {
  llvm::Expected<std::unique_ptr<Session>> session =
      Session::create(compiled.artifact, set);
  if (!session)
    return failed(llvm::toString(session.takeError()));
  llvm::Expected<std::vector<Tensor>> inputs =
      makeInputs((*session)->inputs(), source);
  if (!inputs)
    return failed(llvm::toString(inputs.takeError()));
  for (auto [port, tensor] : llvm::zip_equal((*session)->inputs(), *inputs)) {
    if (storesBf16(tensor, port.dtype))
      tensor = reinterpret(tensor, port.dtype);
    // Four tests of ONNX 1.12 feed what their own models do not declare.
    if (tensor && tensor.shape() != llvm::ArrayRef<int64_t>(port.shape))
      return {Outcome::unsupported,
              "the test contradicts its model: input '" + port.name + "' is " +
                  tensor.typeString() + ", but declared is " +
                  typeString(port.dtype, port.shape)};
  }
  llvm::Expected<std::vector<Tensor>> outputs = (*session)->run(*inputs);
  if (!outputs)
    return failed(llvm::toString(outputs.takeError()));
  return compareOutputs(compiled, (*session)->outputs(), *inputs, *outputs,
                        model, source.folder);
}
