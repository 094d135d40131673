// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads the programs of a compiled model and runs its plan.

#include "core/runtime/Session.h"

#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <new>
#include <unistd.h>

using namespace glowplug;

static llvm::Error inputFault(const llvm::Twine &message) {
  return makeFault(FaultKind::usage, message);
}

/// The list's elements; none if it is not there.
template <typename T>
static llvm::ArrayRef<T> entries(const flatbuffers::Vector<T> *list) {
  if (!list)
    return {};
  return {list->data(), list->size()};
}

static std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

static bool isAligned(llvm::ArrayRef<uint8_t> bytes) {
  return reinterpret_cast<uintptr_t>(bytes.data()) % AlignedBytes::alignment ==
         0;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// How much memory there is.
static uint64_t machineBytes() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

static llvm::Expected<std::vector<PortInfo>>
portsOf(const Artifact &artifact,
        const flatbuffers::Vector<flatbuffers::Offset<artifact::Port>> *ports) {
  std::vector<PortInfo> result;
  for (uint32_t i = 0; ports && i < ports->size(); ++i) {
    const artifact::Port &port = *ports->Get(i);
    PortInfo info;
    info.name = text(port.name());
    info.dtype = static_cast<DType>(port.dtype());
    llvm::append_range(info.shape, entries(port.shape()));
    if (port.bound_section() != 0) {
      llvm::Expected<Tensor> bound = Tensor::borrow(
          info.dtype, info.shape, artifact.section(port.bound_section()));
      if (!bound)
        return bound.takeError();
      info.bound = std::move(*bound);
    }
    result.push_back(std::move(info));
  }
  return result;
}

llvm::Error Session::load(BackendSet &set, const SessionOptions &options) {
  const artifact::Plan &plan = artifact.plan();
  llvm::Expected<std::vector<PortInfo>> in = portsOf(artifact, plan.inputs());
  if (!in)
    return in.takeError();
  llvm::Expected<std::vector<PortInfo>> out = portsOf(artifact, plan.outputs());
  if (!out)
    return out.takeError();
  inputPorts = std::move(*in);
  outputPorts = std::move(*out);

  uint64_t workspaceBytes = 0;
  std::string largest; // the backend that needs so much
  for (uint32_t i = 0; plan.parts() && i < plan.parts()->size(); ++i) {
    const artifact::Part &part = *plan.parts()->Get(i);
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend =
        set.openForRuns(text(part.backend()));
    if (!backend)
      return backend.takeError();
    LoadRequest request;
    request.blob = artifact.section(part.blob());
    request.requirement = text(part.requirement());
    for (uint32_t number : entries(part.segments()))
      request.segments.push_back(artifact.section(number));
    request.threads = std::max(1u, options.threads);
    request.workspaceBytes = part.workspace_bytes();
    const PartMark mark(i);
    llvm::Expected<std::unique_ptr<ProgramExecutable>> program =
        (*backend)->load(request);
    if (!program)
      return program.takeError();
    backends.push_back(std::move(*backend));
    programs.push_back(std::move(*program));
    if (part.workspace_bytes() > workspaceBytes) {
      workspaceBytes = part.workspace_bytes();
      largest = text(part.backend());
    }
  }
  try {
    boundary = PlanMemory(plan);
  } catch (const std::bad_alloc &) {
    return llvm::createStringError("not enough memory for " +
                                   llvm::Twine(artifact.body().arena_bytes()) +
                                   " bytes of intermediate values");
  }
  try {
    workspace = ScratchMemory(workspaceBytes);
  } catch (const std::bad_alloc &) {
    return backendError(largest, GP_OUT_OF_MEMORY,
                        "needs a workspace of " + llvm::Twine(workspaceBytes) +
                            " bytes, but the machine has " +
                            llvm::Twine(machineBytes()) + " bytes of memory");
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Session>>
Session::create(Artifact artifact, BackendSet &backends,
                const SessionOptions &options) {
  std::unique_ptr<Session> session(new Session);
  session->artifact = std::move(artifact);
  if (llvm::Error error = session->load(backends, options))
    return std::move(error);
  return session;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

llvm::Expected<llvm::SmallVector<Tensor>>
Session::prepareInputs(llvm::ArrayRef<Tensor> inputs) const {
  if (inputs.size() != inputPorts.size())
    return inputFault("model has " + llvm::Twine(inputPorts.size()) +
                      " inputs, but got " + llvm::Twine(inputs.size()));
  llvm::SmallVector<Tensor> result;
  for (auto [port, given] : llvm::zip_equal(inputPorts, inputs)) {
    const std::string which = "input '" + port.name + "'";
    if (!given) {
      if (!port.bound)
        return inputFault(which + " is missing");
      result.push_back(port.bound);
      continue;
    }
    if (given.dtype() != port.dtype ||
        given.shape() != llvm::ArrayRef<int64_t>(port.shape))
      return inputFault(which + " needs " + typeString(port.dtype, port.shape) +
                        ", but got " + given.typeString());
    if (port.bound && given.bytes() != port.bound.bytes())
      return inputFault(
          which + " was bound when the model was compiled, and can have no "
                  "other value; compile the model again");
    if (port.dtype == DType::boolean &&
        llvm::any_of(given.bytes(), [](uint8_t byte) { return byte > 1; }))
      return inputFault(which + " holds a boolean that is neither 0 nor 1");
    if (isAligned(given.bytes())) {
      result.push_back(given);
      continue;
    }
    llvm::Expected<Tensor> copy = given.clone();
    if (!copy)
      return copy.takeError();
    result.push_back(std::move(*copy));
  }
  return result;
}

llvm::Error Session::runSteps(llvm::ArrayRef<Tensor> inputs,
                              llvm::MutableArrayRef<Tensor> outputs,
                              BeforeRun beforeRun, AfterRun afterRun) {
  StepData outer;
  for (const Tensor &input : inputs)
    outer.inputs.push_back(input.bytes());
  for (Tensor &output : outputs)
    outer.outputs.push_back(output.mutableBytes());
  lastParts.clear();
  auto runPart = [&](uint32_t part, const StepData &data) -> llvm::Error {
    const PartMark mark(part);
    if (!llvm::is_contained(lastParts, part))
      lastParts.push_back(part);
    if (llvm::Error error = beforeRun(part, data))
      return error;
    const bool needsSpace =
        artifact.plan().parts()->Get(part)->workspace_bytes() != 0;
    if (llvm::Error error = programs[part]->run(
            data.inputs, data.outputs, needsSpace ? workspace.data() : nullptr))
      return error;
    if (afterRun)
      afterRun(part, data);
    return llvm::Error::success();
  };
  return runBody(artifact, boundary, artifact.plan().variants()->Get(0)->body(),
                 outer, runPart);
}

llvm::Error Session::run(llvm::ArrayRef<Tensor> inputs,
                         llvm::MutableArrayRef<Tensor> outputs) {
  llvm::Expected<llvm::SmallVector<Tensor>> prepared = prepareInputs(inputs);
  if (!prepared)
    return prepared.takeError();
  if (outputs.size() != outputPorts.size())
    return inputFault("model has " + llvm::Twine(outputPorts.size()) +
                      " outputs, but was given " + llvm::Twine(outputs.size()));
  for (auto [port, tensor] : llvm::zip_equal(outputPorts, outputs))
    if (tensor.dtype() != port.dtype || !tensor.writable() ||
        tensor.shape() != llvm::ArrayRef<int64_t>(port.shape) ||
        !isAligned(tensor.bytes()))
      return inputFault("output '" + port.name +
                        "' needs an aligned, writable " +
                        typeString(port.dtype, port.shape) +
                        ", but was given " + tensor.typeString());

  std::lock_guard lock(mutex);
  return runSteps(*prepared, outputs, [](uint32_t, const StepData &) {
    return llvm::Error::success();
  });
}

llvm::Expected<std::vector<PartCosimulation>>
Session::cosim(llvm::ArrayRef<Tensor> inputs, const CosimRequest &request) {
  llvm::Expected<llvm::SmallVector<Tensor>> prepared = prepareInputs(inputs);
  if (!prepared)
    return prepared.takeError();
  llvm::Expected<std::vector<Tensor>> outputs = makeOutputs();
  if (!outputs)
    return outputs.takeError();
  std::vector<PartCosimulation> result;
  CosimRequest next = request;
  std::lock_guard lock(mutex);
  auto cosimPart = [&](uint32_t part, const StepData &data) -> llvm::Error {
    llvm::Expected<std::optional<Cosimulation>> one =
        programs[part]->cosim(data.inputs, next);
    if (!one)
      return one.takeError();
    if (*one) {
      result.push_back({part, backends[part]->name(), std::move(**one)});
      next.waves.reset();
    }
    return llvm::Error::success();
  };
  if (llvm::Error error = runSteps(*prepared, *outputs, cosimPart))
    return std::move(error);
  return result;
}

llvm::Expected<std::vector<PartReplay>>
Session::replays(llvm::ArrayRef<Tensor> inputs) {
  llvm::Expected<llvm::SmallVector<Tensor>> prepared = prepareInputs(inputs);
  if (!prepared)
    return prepared.takeError();
  llvm::Expected<std::vector<Tensor>> outputs = makeOutputs();
  if (!outputs)
    return outputs.takeError();
  std::vector<PartReplay> result;
  std::lock_guard lock(mutex);
  auto tell = [&](uint32_t part, const StepData &data) -> llvm::Error {
    llvm::Expected<std::optional<Replay>> one =
        programs[part]->replay(data.inputs);
    if (!one)
      return one.takeError();
    if (*one)
      result.push_back({part, backends[part]->name(), std::move(**one), {}});
    return llvm::Error::success();
  };
  auto keep = [&](uint32_t part, const StepData &data) {
    if (result.empty() || result.back().part != part)
      return;
    for (llvm::MutableArrayRef<uint8_t> output : data.outputs)
      result.back().outputs.push_back(llvm::ArrayRef<uint8_t>(output).vec());
  };
  if (llvm::Error error = runSteps(*prepared, *outputs, tell, keep))
    return std::move(error);
  return result;
}

llvm::Expected<std::vector<PartSimulation>>
Session::lastRun(const SimulationRequest &request) {
  std::lock_guard lock(mutex);
  std::vector<PartSimulation> result;
  for (uint32_t part : lastParts) {
    const PartMark mark(part);
    llvm::Expected<std::optional<Simulation>> simulation =
        programs[part]->lastRun(request);
    if (!simulation)
      return simulation.takeError();
    if (*simulation)
      result.push_back({part, backends[part]->name(), std::move(**simulation)});
  }
  return result;
}

llvm::Expected<std::vector<Tensor>> Session::makeOutputs() const {
  std::vector<Tensor> result;
  for (const PortInfo &port : outputPorts) {
    llvm::Expected<Tensor> tensor =
        Tensor::uninitialized(port.dtype, port.shape);
    if (!tensor)
      return tensor.takeError();
    result.push_back(std::move(*tensor));
  }
  return result;
}

llvm::Expected<std::vector<Tensor>>
Session::run(llvm::ArrayRef<Tensor> inputs) {
  llvm::Expected<std::vector<Tensor>> outputs = makeOutputs();
  if (!outputs)
    return outputs.takeError();
  if (llvm::Error error = run(inputs, *outputs))
    return std::move(error);
  return outputs;
}
