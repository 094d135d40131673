// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks through the parts of a model.

#include "core/locate/Locate.h"

#include "core/image/Types.h"
#include "core/locate/Search.h"
#include "core/reference/Interpreter.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using artifact::Place;

llvm::Expected<std::vector<PortInfo>>
glowplug::inputPortsOf(const Artifact &artifact) {
  llvm::Expected<ModelInterface> ports = ModelInterface::of(artifact);
  if (!ports)
    return ports.takeError();
  return ports->inputs().vec();
}

namespace {

/// The parts of a model, with the values between them.
class Walk {
public:
  explicit Walk(const LocateRequest &request)
      : request(request), artifact(request.model.artifact),
        buffers(artifact.body().buffers() ? artifact.body().buffers()->size()
                                          : 0) {}

  llvm::Expected<LocateResult> run();

private:
  llvm::Error placeInputs();
  /// Judges the part of \p step, and looks into it if it is wrong.
  llvm::Error visit(const artifact::Step &step);
  llvm::Expected<std::vector<Tensor>> inputsOf(const artifact::Step &step);
  llvm::Error lookInto(uint32_t part, llvm::ArrayRef<Tensor> inputs,
                       std::optional<Case> whole);
  void describe(uint32_t part, const Cutter &cutter,
                llvm::ArrayRef<uint32_t> ops, Case wrong);
  void announce(uint32_t part, const std::string &what) {
    if (request.progress)
      request.progress("part " + std::to_string(part) + ": " + what);
  }

  const LocateRequest &request;
  const Artifact &artifact;
  /// What the interpreter put into each buffer of the plan so far. A buffer
  /// holds one value, wherever it is to lie.
  std::vector<Tensor> buffers;
  /// Inputs of the parts, for a second walk.
  std::vector<std::pair<uint32_t, std::vector<Tensor>>> judged;
  LocateResult result;
};

} // namespace

llvm::Error Walk::placeInputs() {
  llvm::Expected<std::vector<PortInfo>> ports = inputPortsOf(artifact);
  if (!ports)
    return ports.takeError();
  if (ports->size() != request.inputs.size())
    return makeFault(FaultKind::usage, "model has " +
                                           llvm::Twine(ports->size()) +
                                           " inputs, but got " +
                                           llvm::Twine(request.inputs.size()));
  for (size_t i = 0; i < buffers.size(); ++i) {
    const artifact::Buffer &buffer =
        *artifact.body().buffers()->Get(static_cast<uint32_t>(i));
    const uint32_t index = buffer.index();
    if (buffer.place() == Place::input) {
      const PortInfo &port = (*ports)[index];
      const Tensor &given = request.inputs[index];
      if (!given && !port.bound)
        return makeFault(FaultKind::usage,
                         "input '" + port.name + "' is missing");
      if (given && (given.dtype() != port.dtype ||
                    given.shape() != llvm::ArrayRef<int64_t>(port.shape)))
        return makeFault(FaultKind::usage,
                         "input '" + port.name + "' needs " +
                             typeString(port.dtype, port.shape) + ", but got " +
                             given.typeString());
      buffers[i] = given ? given : port.bound;
    } else if (buffer.place() == Place::section) {
      llvm::ArrayRef<uint8_t> bytes = artifact.section(index);
      if (llvm::Error error =
              Tensor::borrow(DType::u8, static_cast<int64_t>(bytes.size()),
                             bytes)
                  .moveInto(buffers[i]))
        return error;
    }
  }
  return llvm::Error::success();
}

/// The contents of its buffers under the types that the part gives them:
/// reshapes between parts are no steps.
llvm::Expected<std::vector<Tensor>> Walk::inputsOf(const artifact::Step &step) {
  const image::Body &body =
      *image::GetProgram(request.model.parts[step.part()].image.data())->body();
  std::vector<Tensor> result;
  for (auto [value, buffer] :
       llvm::zip_equal(arrayOf(body.inputs()), arrayOf(step.inputs()))) {
    const image::Value &type = *body.values()->Get(value);
    const Tensor &held = buffers[buffer];
    if (held.dtype() == fromImage(type.dtype()))
      result.push_back(held.reshaped(arrayOf(type.shape())));
    else if (llvm::Error error = // a constant, whose bytes are in the artifact
             Tensor::borrow(fromImage(type.dtype()), arrayOf(type.shape()),
                            held.bytes())
                 .moveInto(result.emplace_back()))
      return std::move(error);
  }
  return result;
}

/// The name of a value, or of the op that makes it; may be empty.
static std::string nameOf(const image::Body &body, uint32_t value) {
  const image::Value &found = *body.values()->Get(value);
  if (!textOf(found.name()).empty())
    return textOf(found.name()).str();
  for (const image::Op *op : *body.ops())
    if (llvm::is_contained(arrayOf(op->results()), value))
      return textOf(op->name()).str();
  return "";
}

void Walk::describe(uint32_t part, const Cutter &cutter,
                    llvm::ArrayRef<uint32_t> ops, Case wrong) {
  Location location;
  location.part = part;
  location.partOps = static_cast<uint32_t>(cutter.ops().size());
  for (uint32_t op : ops)
    location.ops.push_back({op, cutter.kindOf(op), cutter.nameOf(op)});
  const image::Body &body =
      *image::GetProgram(wrong.program.image.data())->body();
  for (uint32_t output : arrayOf(body.outputs())) {
    const image::Value &value = *body.values()->Get(output);
    location.outputTypes.push_back(
        typeString(fromImage(value.dtype()), arrayOf(value.shape())));
    location.outputNames.push_back(nameOf(body, output));
  }
  location.wrong = std::move(wrong);
  result.location = std::move(location);
}

/// Cuts a part: one that is wrong as a \p whole, or, without that, each op.
llvm::Error Walk::lookInto(uint32_t part, llvm::ArrayRef<Tensor> inputs,
                           std::optional<Case> whole) {
  const PartImage &program = request.model.parts[part];
  llvm::Expected<std::shared_ptr<ProgramBackend>> backend =
      request.backends.open(program.backend);
  if (!backend)
    return backend.takeError();
  llvm::Expected<std::unique_ptr<Search>> search =
      Search::create(**backend, program, inputs, request.threads);
  if (!search)
    return search.takeError();
  (*search)->progress = [&](const std::string &stage) {
    announce(part, stage);
  };
  std::vector<uint32_t> ops;
  llvm::Expected<std::optional<Case>> found =
      whole ? (*search)->bisect(ops) : (*search)->scan(ops);
  if (!found)
    return found.takeError();
  result.programs += (*search)->judged();
  if (!*found)
    *found = std::move(whole);
  if (*found)
    describe(part, (*search)->cutter(), ops, std::move(**found));
  return llvm::Error::success();
}

llvm::Error Walk::visit(const artifact::Step &step) {
  const uint32_t number = step.part();
  const PartImage &part = request.model.parts[number];
  llvm::Expected<std::vector<Tensor>> inputs = inputsOf(step);
  if (!inputs)
    return inputs.takeError();
  std::vector<Tensor> made;
  if (part.backend == referenceBackendName) {
    announce(number, "interpreting");
    InterpreterOptions options;
    options.threads = request.threads;
    if (llvm::Error error = interpret(*image::GetProgram(part.image.data()),
                                      *inputs, part.segments, options)
                                .moveInto(made))
      return error;
  } else {
    announce(number, "judging the whole");
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend =
        request.backends.open(part.backend);
    if (!backend)
      return backend.takeError();
    llvm::Expected<Judgement> judgement =
        judge(**backend, part, *inputs, request.threads);
    if (!judgement)
      return judgement.takeError();
    ++result.parts;
    ++result.programs;
    if (judgement->isBad())
      return lookInto(number, *inputs,
                      Case{part, *inputs, std::move(*judgement)});
    made = judgement->expected.declared;
    judged.emplace_back(number, std::move(*inputs));
  }
  for (auto [buffer, tensor] : llvm::zip_equal(arrayOf(step.outputs()), made))
    buffers[buffer] = tensor;
  return llvm::Error::success();
}

llvm::Expected<LocateResult> Walk::run() {
  if (llvm::Error error = placeInputs())
    return std::move(error);
  const auto *steps = artifact.body().steps();
  for (uint32_t i = 0; steps && i < steps->size(); ++i) {
    const artifact::Step &step = *steps->Get(i);
    if (step.kind() == artifact::StepKind::if_ ||
        step.kind() == artifact::StepKind::loop)
      return makeFault(FaultKind::unsupported,
                       "the model has branches or loops, in which ops cannot "
                       "be located yet");
    if (step.kind() != artifact::StepKind::run)
      continue; // copies of outputs come last
    if (llvm::Error error = visit(step))
      return std::move(error);
    if (result.location)
      return std::move(result);
  }
  for (const auto &[part, inputs] : judged) {
    if (llvm::Error error = lookInto(part, inputs, std::nullopt))
      return std::move(error);
    if (result.location)
      break;
  }
  return std::move(result);
}

llvm::Expected<LocateResult> glowplug::locate(const LocateRequest &request) {
  return Walk(request).run();
}
