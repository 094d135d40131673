// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads the programs of a compiled model and runs its plan.

#include "core/runtime/Session.h"

#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"
#include "core/support/FaultError.h"
#include "core/support/TrimOutputs.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <new>
#include <set>
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

llvm::Error Session::loadPart(uint32_t number) {
  if (programs[number])
    return llvm::Error::success();
  const artifact::Part &part = *artifact.plan().parts()->Get(number);
  llvm::Expected<std::shared_ptr<ProgramBackend>> backend =
      backendSet->openForRuns(text(part.backend()));
  if (!backend)
    return backend.takeError();
  LoadRequest request;
  request.blob = artifact.section(part.blob());
  request.requirement = text(part.requirement());
  for (uint32_t section : entries(part.segments()))
    request.segments.push_back(artifact.section(section));
  request.threads = std::max(1u, options.threads);
  request.workspaceBytes = part.workspace_bytes();
  const PartMark mark(number);
  llvm::Expected<std::unique_ptr<ProgramExecutable>> program =
      (*backend)->load(request);
  if (!program)
    return program.takeError();
  backends[number] = std::move(*backend);
  programs[number] = std::move(*program);
  return llvm::Error::success();
}

/// The numbers of the parts that body \p root and its bodies run, ascending.
static std::set<uint32_t> partsOf(const artifact::Plan &plan, uint32_t root) {
  std::set<uint32_t> parts;
  for (uint32_t number : bodiesFrom(plan, root)) {
    const auto *steps = plan.bodies()->Get(number)->steps();
    for (uint32_t i = 0; steps && i < steps->size(); ++i)
      if (steps->Get(i)->kind() == artifact::StepKind::run)
        parts.insert(steps->Get(i)->part());
  }
  return parts;
}

llvm::Error Session::load(uint32_t variant) {
  const artifact::Plan &plan = artifact.plan();
  const uint32_t root = plan.variants()->Get(variant)->body();
  uint64_t workspaceBytes = 0;
  std::string largest; // the backend that needs so much
  for (uint32_t i : partsOf(plan, root)) {
    if (llvm::Error error = loadPart(i))
      return error;
    const artifact::Part &part = *plan.parts()->Get(i);
    if (part.workspace_bytes() > workspaceBytes) {
      workspaceBytes = part.workspace_bytes();
      largest = text(part.backend());
    }
  }
  try {
    boundary.add(plan, root);
  } catch (const std::bad_alloc &) {
    return llvm::createStringError(
        "not enough memory for " +
        llvm::Twine(plan.bodies()->Get(root)->arena_bytes()) +
        " bytes of intermediate values");
  }
  try {
    if (workspaceBytes > workspace.size())
      workspace = ScratchMemory(workspaceBytes);
  } catch (const std::bad_alloc &) {
    return backendError(largest, GP_OUT_OF_MEMORY,
                        "needs a workspace of " + llvm::Twine(workspaceBytes) +
                            " bytes, but the machine has " +
                            llvm::Twine(machineBytes()) + " bytes of memory");
  }
  isLoaded[variant] = true;
  return llvm::Error::success();
}

llvm::Error Session::choose(uint32_t variant) {
  if (!isLoaded[variant])
    if (llvm::Error error = load(variant))
      return error;
  body = artifact.plan().variants()->Get(variant)->body();
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Session>>
Session::create(Artifact artifact, BackendSet &backends,
                const SessionOptions &options) {
  std::unique_ptr<Session> session(new Session);
  session->artifact = std::move(artifact);
  session->backendSet = &backends;
  session->options = options;
  const auto *parts = session->artifact.plan().parts();
  session->programs.resize(parts ? parts->size() : 0);
  session->backends.resize(session->programs.size());
  if (llvm::Error error =
          ModelInterface::of(session->artifact).moveInto(session->ports))
    return std::move(error);
  session->isLoaded.resize(session->ports.variantCount());
  if (session->isLoaded.size() == 1) // what is wrong with it shows now
    if (llvm::Error error = session->choose(0))
      return std::move(error);
  return session;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

llvm::Expected<Session::PreparedInputs>
Session::prepareInputs(llvm::ArrayRef<Tensor> inputs) const {
  llvm::Expected<uint32_t> variant = ports.variantFor(inputs);
  if (!variant)
    return variant.takeError();
  PreparedInputs result{*variant, {}};
  for (auto [port, given] : llvm::zip_equal(ports.inputs(), inputs)) {
    const std::string which = "input '" + port.name + "'";
    if (!given) {
      result.tensors.push_back(port.bound);
      continue;
    }
    if (port.bound && given.bytes() != port.bound.bytes())
      return inputFault(
          which + " was bound when the model was compiled, and can have no "
                  "other value; compile the model again");
    if (port.dtype == DType::boolean &&
        llvm::any_of(given.bytes(), [](uint8_t byte) { return byte > 1; }))
      return inputFault(which + " holds a boolean that is neither 0 nor 1");
    if (isAligned(given.bytes())) {
      result.tensors.push_back(given);
      continue;
    }
    llvm::Expected<Tensor> copy = given.clone();
    if (!copy)
      return copy.takeError();
    result.tensors.push_back(std::move(*copy));
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
  return runBody(artifact, boundary, body, outer, runPart);
}

llvm::Error Session::run(llvm::ArrayRef<Tensor> inputs,
                         llvm::MutableArrayRef<Tensor> outputs) {
  llvm::Expected<PreparedInputs> prepared = prepareInputs(inputs);
  if (!prepared)
    return prepared.takeError();
  llvm::ArrayRef<PortInfo> expected = ports.largestOutputs(prepared->variant);
  if (outputs.size() != expected.size())
    return inputFault("model has " + llvm::Twine(expected.size()) +
                      " outputs, but was given " + llvm::Twine(outputs.size()));
  for (auto [port, tensor] : llvm::zip_equal(expected, outputs))
    if (tensor.dtype() != port.dtype || !tensor.writable() ||
        tensor.shape() != llvm::ArrayRef<int64_t>(port.shape) ||
        !isAligned(tensor.bytes()))
      return inputFault("output '" + port.name +
                        "' needs an aligned, writable " +
                        typeString(port.dtype, port.shape) +
                        ", but was given " + tensor.typeString());

  std::lock_guard lock(mutex);
  if (llvm::Error error = choose(prepared->variant))
    return error;
  return runSteps(prepared->tensors, outputs, [](uint32_t, const StepData &) {
    return llvm::Error::success();
  });
}

llvm::Expected<std::vector<PartCosimulation>>
Session::cosim(llvm::ArrayRef<Tensor> inputs, const CosimRequest &request) {
  llvm::Expected<PreparedInputs> prepared = prepareInputs(inputs);
  if (!prepared)
    return prepared.takeError();
  llvm::Expected<std::vector<Tensor>> outputs = makeOutputs(prepared->variant);
  if (!outputs)
    return outputs.takeError();
  std::vector<PartCosimulation> result;
  CosimRequest next = request;
  std::lock_guard lock(mutex);
  if (llvm::Error error = choose(prepared->variant))
    return std::move(error);
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
  if (llvm::Error error = runSteps(prepared->tensors, *outputs, cosimPart))
    return std::move(error);
  return result;
}

llvm::Expected<std::vector<PartReplay>>
Session::replays(llvm::ArrayRef<Tensor> inputs) {
  llvm::Expected<PreparedInputs> prepared = prepareInputs(inputs);
  if (!prepared)
    return prepared.takeError();
  llvm::Expected<std::vector<Tensor>> outputs = makeOutputs(prepared->variant);
  if (!outputs)
    return outputs.takeError();
  std::vector<PartReplay> result;
  std::lock_guard lock(mutex);
  if (llvm::Error error = choose(prepared->variant))
    return std::move(error);
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
  if (llvm::Error error = runSteps(prepared->tensors, *outputs, tell, keep))
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

llvm::Error Session::trim(std::vector<Tensor> &outputs) const {
  OutputExtents extents;
  for (const PortInfo &port : ports.outputs())
    extents.push_back(port.extents);
  if (llvm::Error error = trimOutputs(outputs, extents, outputs))
    return makeFault(FaultKind::backend, llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Expected<std::vector<Tensor>>
Session::makeOutputs(uint32_t variant) const {
  std::vector<Tensor> result;
  for (const PortInfo &port : ports.largestOutputs(variant)) {
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
  llvm::Expected<uint32_t> variant = ports.variantFor(inputs);
  if (!variant)
    return variant.takeError();
  llvm::Expected<std::vector<Tensor>> outputs = makeOutputs(*variant);
  if (!outputs)
    return outputs.takeError();
  if (llvm::Error error = run(inputs, *outputs))
    return std::move(error);
  if (llvm::Error error = trim(*outputs))
    return std::move(error);
  return outputs;
}
