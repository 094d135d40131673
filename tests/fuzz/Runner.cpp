// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles, runs and compares one case.

#include "tests/fuzz/Runner.h"

#include "core/runtime/Session.h"
#include "tests/fuzz/Guard.h"
#include "tests/fuzz/Isolate.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::fuzz;
using namespace glowplug::graphs;

Runner::Runner(std::vector<Configuration> configurations)
    : all(std::move(configurations)) {}

/// Writes the model where the compiler reads it; one file per process.
std::string Runner::save(const Case &which) const {
  const char *folder = std::getenv("TMPDIR");
  const std::string path =
      fmt::format("{}/graph-fuzz-{}.onnx", folder ? folder : "/tmp", getpid());
  std::ofstream file(path, std::ios::binary);
  if (!which.model.SerializeToOstream(&file)) {
    std::perror(path.c_str());
    std::_Exit(2);
  }
  return path;
}

BackendSet &Runner::backends(size_t configuration) {
  std::unique_ptr<BackendSet> &set = opened[configuration];
  if (!set) {
    BackendSetOptions options;
    for (const BackendOption &option : all[configuration].options)
      options.options.push_back({"cpu", option});
    set = std::make_unique<BackendSet>(std::move(options));
  }
  return *set;
}

static Compiler &compiler() {
  static Compiler *const opened = llvm::cantFail(openCompiler());
  return *opened;
}

//===----------------------------------------------------------------------===//
// Running between guards
//===----------------------------------------------------------------------===//

namespace {

/// Guarded memory for all inputs and outputs of a session.
class GuardedRun {
public:
  GuardedRun(const Session &session, const Case &which, Guarded::Side side);

  llvm::Error run(Session &session) { return session.run(inputs, outputs); }
  /// What was written beside an input or output; empty if nothing was.
  std::string damage(const Session &session) const;
  std::vector<Tensor> outputs;

private:
  std::vector<std::unique_ptr<Guarded>> memory;
  std::vector<Tensor> inputs;
};

} // namespace

GuardedRun::GuardedRun(const Session &session, const Case &which,
                       Guarded::Side side) {
  for (const Tensor &given : which.inputs) {
    auto &guarded =
        memory.emplace_back(std::make_unique<Guarded>(given.byteCount(), side));
    if (given.byteCount() != 0)
      std::memcpy(guarded->data(), given.bytes().data(), given.byteCount());
    guarded->protect();
    inputs.push_back(llvm::cantFail(Tensor::borrow(
        given.dtype(), given.shape(), {guarded->data(), guarded->size()})));
  }
  for (const PortInfo &port : session.outputs()) {
    const auto bytes = static_cast<size_t>(*byteCount(port.dtype, port.shape));
    auto &guarded = memory.emplace_back(std::make_unique<Guarded>(bytes, side));
    outputs.push_back(llvm::cantFail(Tensor::borrowMutable(
        port.dtype, port.shape,
        llvm::MutableArrayRef<uint8_t>(guarded->data(), bytes))));
  }
}

std::string GuardedRun::damage(const Session &session) const {
  for (auto [index, guarded] : llvm::enumerate(memory)) {
    const ptrdiff_t at = guarded->firstChange();
    if (at == Guarded::untouched)
      continue;
    const bool isInput = index < inputs.size();
    const PortInfo &port = isInput ? session.inputs()[index]
                                   : session.outputs()[index - inputs.size()];
    return fmt::format("{} '{}' of {} bytes: the byte at {} was overwritten",
                       isInput ? "input" : "output", port.name, guarded->size(),
                       at);
  }
  return "";
}

//===----------------------------------------------------------------------===//
// A case
//===----------------------------------------------------------------------===//

static Outcome failureOf(const Fault &fault) {
  if (fault.kind == FaultKind::model)
    return {Result::refused, fault.message};
  if (fault.kind == FaultKind::backend)
    return {Result::failed, fault.message};
  return {Result::unsupported, fault.message};
}

Outcome Runner::runOne(const Case &which, size_t configuration,
                       unsigned threads, const std::string &path,
                       std::optional<Truth> &truth) {
  const std::string &name = all[configuration].name;
  BackendSet &set = backends(configuration);
  auto failed = [](llvm::Error error) {
    return Outcome{Result::failed, llvm::toString(std::move(error))};
  };
  auto backend = set.open("cpu");
  if (!backend)
    return failed(backend.takeError());
  CompileRequest request;
  request.model = ModelSource::file(path);
  request.backends = {*backend};
  request.wantReference = !truth;
  CompiledModel compiled;
  Fault fault;
  setStage("compiling, " + name);
  if (!compiler().compile(request, compiled, fault))
    return failureOf(fault);
  SessionOptions options;
  options.threads = threads;
  setStage("loading, " + name);
  auto session = Session::create(compiled.artifact, set, options);
  if (!session)
    return failed(session.takeError());
  std::optional<GuardedRun> runs[2];
  for (Guarded::Side side : {Guarded::Side::end, Guarded::Side::begin}) {
    setStage(std::string("running, ") + name +
             (side == Guarded::Side::end ? ", tensors end at a guard page"
                                         : ", tensors begin at a guard page"));
    GuardedRun &run =
        runs[side == Guarded::Side::begin].emplace(**session, which, side);
    if (llvm::Error error = run.run(**session))
      return {Result::stopped, llvm::toString(std::move(error))};
    const std::string damage = run.damage(**session);
    if (!damage.empty())
      return {Result::overrun, damage};
  }
  if (!truth) {
    setStage("interpreting");
    auto made = Truth::make(std::move(compiled), which.inputs);
    if (!made)
      return failed(made.takeError());
    truth.emplace(std::move(*made));
  }
  setStage("comparing, " + name);
  for (auto [port, a, b] :
       llvm::zip((*session)->outputs(), runs[0]->outputs, runs[1]->outputs))
    if (a.bytes() != b.bytes())
      return {Result::unstable, "two runs differ in output '" + port.name +
                                    "'" + worstElement(a, b)};
  return judge((*session)->outputs(), runs[0]->outputs, *truth);
}

Outcome Runner::run(const Case &which, uint64_t seed) {
  const std::string path = save(which);
  std::vector<size_t> chosen{0};
  if (all.size() > 1)
    chosen.push_back(1 + seed % (all.size() - 1));
  std::optional<Truth> truth;
  Outcome result;
  for (size_t configuration : chosen) {
    const unsigned threads = seed / all.size() % 4 == 0 ? 2 : 1;
    Outcome outcome = runOne(which, configuration, threads, path, truth);
    if (outcome.result == Result::passed)
      continue;
    outcome.text = all[configuration].name + ": " + outcome.text;
    result = std::move(outcome);
    if (result.result != Result::decided)
      break;
  }
  unlink(path.c_str());
  return result;
}

//===----------------------------------------------------------------------===//
// The interpreter
//===----------------------------------------------------------------------===//

std::optional<std::map<std::string, Tensor>>
Runner::intermediates(const Case &which) {
  const std::string path = save(which);
  CompileRequest request;
  request.model = ModelSource::file(path);
  request.backends = {referenceBackend()};
  for (const onnx::NodeProto &node : which.model.graph().node())
    for (const std::string &name : node.output())
      if (!name.empty())
        request.extraOutputs.push_back(name);
  CompiledModel compiled;
  Fault fault;
  BackendSet set;
  if (!compiler().compile(request, compiled, fault))
    return std::nullopt;
  auto session = Session::create(compiled.artifact, set);
  if (!session) {
    llvm::consumeError(session.takeError());
    return std::nullopt;
  }
  auto outputs = (*session)->run(which.inputs);
  if (!outputs) {
    llvm::consumeError(outputs.takeError());
    return std::nullopt;
  }
  unlink(path.c_str());
  std::map<std::string, Tensor> result;
  for (auto [port, tensor] : llvm::zip((*session)->outputs(), *outputs))
    result[port.name] = tensor;
  return result;
}

llvm::Expected<ReferenceOutputs> Runner::expected(const Case &which) {
  auto values = intermediates(which);
  if (!values)
    return llvm::createStringError("the interpreter does not take it");
  for (const auto &[name, tensor] : *values)
    if (isFloat(tensor.dtype()) &&
        !llvm::all_of(toDoubles(tensor),
                      [](double x) { return std::isfinite(x); }))
      return llvm::createStringError("'" + name + "' is not finite");
  const std::string path = save(which);
  CompileRequest request;
  request.model = ModelSource::file(path);
  request.backends = {referenceBackend()};
  request.wantReference = true;
  CompiledModel compiled;
  Fault fault;
  const bool made = compiler().compile(request, compiled, fault);
  unlink(path.c_str());
  if (!made)
    return llvm::createStringError(fault.message);
  return runReference(compiled.reference, which.inputs, 1);
}
