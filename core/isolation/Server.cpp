// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes the calls that requests ask for, of one plugin in this process.

#include "core/isolation/Server.h"

#include "core/isolation/LastWords.h"
#include "core/isolation/Leaks.h"
#include "core/isolation/Records.h"
#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <utility>

namespace glowplug::isolation {
namespace {

std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

/// A program of the compiler, as a request has it.
struct GivenProgram {
  llvm::ArrayRef<uint8_t> image;
  std::vector<llvm::ArrayRef<uint8_t>> segments;
};

template <typename Ask>
llvm::Expected<GivenProgram> programIn(const Ask &ask,
                                       const Delivery &delivery) {
  auto image = delivery.at(ask.image());
  if (!image)
    return image.takeError();
  auto segments = delivery.at(ask.segments());
  if (!segments)
    return segments.takeError();
  return GivenProgram{*image, std::move(*segments)};
}

template <typename T>
wire::ReplyUnion reply(T value) {
  wire::ReplyUnion result;
  result.Set(std::move(value));
  return result;
}

} // namespace

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

void Server::keepAnswersInParcel() {
  backend->copyAnswersWith(
      [this](llvm::ArrayRef<uint8_t> bytes) { return parcel.copy(bytes); });
}

Server::Reply Server::open(const wire::Open &ask, int file) {
  if (backend)
    return llvm::createStringError("the worker holds a plugin already");
  leaveLastWordsIn(file);
  const std::string library = text(ask.library());
  llvm::Expected<std::shared_ptr<const Plugin>> plugin = [&] {
    if (!ask.manifest())
      return Plugin::open(library);
    llvm::Expected<PluginManifest> manifest =
        readManifest(text(ask.manifest()));
    if (!manifest)
      return llvm::Expected<std::shared_ptr<const Plugin>>(
          manifest.takeError());
    return Plugin::open(*manifest);
  }();
  if (!plugin)
    return plugin.takeError();
  std::vector<BackendOption> options;
  for (uint32_t i = 0; ask.options() && i < ask.options()->size(); ++i) {
    const wire::Option &option = *ask.options()->Get(i);
    options.push_back({text(option.key()), text(option.value())});
  }
  llvm::Expected<std::shared_ptr<Backend>> opened =
      Backend::create(*plugin, options);
  if (!opened)
    return opened.takeError();
  backend = *opened;
  keepAnswersInParcel();
  wire::OpenedT result = toWire(backend->info());
  result.schedules =
      (*plugin)->group(GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION) != nullptr;
  return reply(std::move(result));
}

llvm::Error Server::lookForLeaks(llvm::StringRef function,
                                 llvm::function_ref<llvm::Error()> call) {
  // Again it takes as long; one that takes long is not made again.
  const auto taken = std::chrono::steady_clock::now() - begin;
  if (!looksForLeaks || taken * leakCalls > leakPatience)
    return llvm::Error::success();
  backend->copyAnswersWith(
      [](llvm::ArrayRef<uint8_t> bytes) { return AlignedBytes(bytes); });
  llvm::Expected<uint64_t> bytes = leftBehindEachTime(call);
  keepAnswersInParcel();
  if (!bytes)
    return bytes.takeError();
  if (*bytes == 0)
    return llvm::Error::success();
  return brokenRule(backend->name(), function,
                    "leaves memory behind: " + llvm::Twine(*bytes) +
                        " bytes each time it is called");
}

Server::Reply Server::check(const wire::Check &ask, const Delivery &delivery) {
  auto image = delivery.at(ask.image());
  if (!image)
    return image.takeError();
  llvm::Expected<std::vector<Verdict>> verdicts = backend->check(*image);
  if (!verdicts)
    return verdicts.takeError();
  if (llvm::Error leak = lookForLeaks(
          "check", [&] { return backend->check(*image).takeError(); }))
    return std::move(leak);
  return reply(toWire(*verdicts));
}

Server::Reply Server::pack(llvm::Expected<CompiledProgram> made) {
  if (!made)
    return made.takeError();
  const CompiledProgram &program = compiled.emplace(std::move(*made));
  wire::CompiledT result;
  result.blob = std::make_unique<wire::Range>(parcel.add(program.blob));
  result.segments = parcel.add(program.segments);
  result.kept = program.keptSegments;
  result.requirement = program.requirement;
  result.workspace_bytes = program.workspaceBytes;
  return reply(std::move(result));
}

Server::Reply Server::compile(const wire::Compile &ask,
                              const Delivery &delivery) {
  auto given = programIn(ask, delivery);
  if (!given)
    return given.takeError();
  const auto compileIt = [&] {
    return backend->compile(given->image, given->segments);
  };
  llvm::Expected<CompiledProgram> made = compileIt();
  if (made)
    if (llvm::Error leak =
            lookForLeaks("compile", [&] { return compileIt().takeError(); }))
      return std::move(leak);
  return pack(std::move(made));
}

Server::Reply Server::machine() {
  llvm::Expected<std::optional<AlignedBytes>> made =
      backend->machineUnverified();
  if (!made)
    return made.takeError();
  wire::DescribedT result;
  if (*made) {
    machineBytes = std::move(**made);
    result.machine = std::make_unique<wire::Range>(parcel.add(machineBytes));
  }
  return reply(std::move(result));
}

Server::Reply Server::schedule(const wire::Schedule &ask,
                               const Delivery &delivery) {
  auto given = programIn(ask, delivery);
  if (!given)
    return given.takeError();
  const auto scheduleIt = [&] {
    return backend->scheduleUnverified(given->image, given->segments);
  };
  llvm::Expected<std::optional<InstrProgram>> made = scheduleIt();
  if (!made)
    return made.takeError();
  if (llvm::Error leak =
          lookForLeaks("schedule", [&] { return scheduleIt().takeError(); }))
    return std::move(leak);
  wire::ScheduledT result;
  if (*made) {
    const InstrProgram &program = scheduled.emplace(std::move(**made));
    result.machine = std::make_unique<wire::Range>(parcel.add(program.machine));
    result.program = std::make_unique<wire::Range>(parcel.add(program.program));
    result.segments = parcel.add(program.segments);
  }
  return reply(std::move(result));
}

Server::Reply Server::encode(const wire::Encode &ask,
                             const Delivery &delivery) {
  auto program = delivery.share(ask.program());
  if (!program)
    return program.takeError();
  auto segments = delivery.share(ask.segments());
  if (!segments)
    return segments.takeError();
  const InstrProgram given = {{}, std::move(*program), std::move(*segments)};
  llvm::Expected<CompiledProgram> made = backend->encode(given);
  if (made)
    if (llvm::Error leak = lookForLeaks(
            "encode", [&] { return backend->encode(given).takeError(); }))
      return std::move(leak);
  return pack(std::move(made));
}

Server::Reply Server::load(const wire::Load &ask,
                           std::shared_ptr<Delivery> delivery) {
  auto blob = delivery->at(ask.blob());
  if (!blob)
    return blob.takeError();
  auto segments = delivery->at(ask.segments());
  if (!segments)
    return segments.takeError();
  LoadRequest request;
  request.blob = *blob;
  request.requirement = text(ask.requirement());
  request.segments = std::move(*segments);
  request.threads = std::max<uint32_t>(1, ask.threads());
  auto executable = backend->load(request);
  if (!executable)
    return executable.takeError();
  if (llvm::Error leak = lookForLeaks("load and unload", [&] {
        auto again = backend->load(request);
        return again ? (*again)->close() : again.takeError();
      }))
    return std::move(leak);
  programs[nextProgram] = {std::move(delivery), std::move(*executable), {}};
  wire::LoadedT result;
  result.executable = nextProgram++;
  return reply(std::move(result));
}

llvm::Expected<LoadedProgram *> Server::programOf(uint32_t executable) {
  const auto found = programs.find(executable);
  if (found == programs.end())
    return llvm::createStringError("there is no executable " +
                                   llvm::Twine(executable));
  return &found->second;
}

static llvm::ArrayRef<wire::Range>
entries(const flatbuffers::Vector<const wire::Range *> *list) {
  if (!list)
    return {};
  return {reinterpret_cast<const wire::Range *>(list->Data()), list->size()};
}

Server::Reply Server::share(const wire::Share &ask, int file) {
  auto program = programOf(ask.executable());
  if (!program)
    return program.takeError();
  auto buffers =
      WorkerBuffers::map(file, entries(ask.inputs()), entries(ask.outputs()),
                         ask.workspace_bytes());
  if (!buffers)
    return buffers.takeError();
  (*program)->buffers = std::move(*buffers);
  return reply(wire::DoneT());
}

llvm::Error Server::runOnce(LoadedProgram &program) {
  WorkerBuffers &buffers = *program.buffers;
  llvm::SmallVector<gp_bytes> from;
  for (llvm::ArrayRef<uint8_t> input : buffers.inputs())
    from.push_back({input.data(), input.size()});
  llvm::SmallVector<void *> to;
  for (llvm::MutableArrayRef<uint8_t> output : buffers.outputs())
    to.push_back(output.data());
  buffers.open(isStrict);
  llvm::Error error = program.executable->run(from, to, buffers.workspace());
  const std::optional<std::string> overrun = buffers.close(isStrict);
  if (error)
    return error;
  if (overrun)
    return brokenRule(backend->name(), "run", *overrun);
  return llvm::Error::success();
}

Server::Reply Server::run(const wire::Run &ask) {
  auto program = programOf(ask.executable());
  if (!program)
    return program.takeError();
  LoadedProgram &runs = **program;
  if (!runs.buffers)
    return llvm::createStringError("the executable has no buffers");
  if (llvm::Error error = runOnce(runs))
    return std::move(error);
  if (!std::exchange(runs.hasRun, true))
    if (llvm::Error leak = lookForLeaks("run", [&] { return runOnce(runs); }))
      return std::move(leak);
  return reply(wire::DoneT());
}

Server::Reply Server::lastRun(const wire::LastRun &ask) {
  auto program = programOf(ask.executable());
  if (!program)
    return program.takeError();
  auto simulation = (*program)->executable->lastRun(
      {ask.spans(), ask.buffers(), ask.energy()});
  if (!simulation)
    return simulation.takeError();
  return reply(toWire(*simulation));
}

Server::Reply Server::unload(const wire::Unload &ask) {
  auto program = programOf(ask.executable());
  if (!program)
    return program.takeError();
  llvm::Error error = (*program)->executable->close();
  programs.erase(ask.executable());
  if (error)
    return std::move(error);
  return reply(wire::DoneT());
}

Server::Reply Server::close() {
  if (llvm::Error error = backend->close())
    return std::move(error);
  return reply(wire::DoneT());
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

Server::Reply Server::perform(const wire::Request &request, int file) {
  begin = std::chrono::steady_clock::now();
  std::optional<PartMark> part;
  if (request.part() != UINT32_MAX)
    part.emplace(request.part());
  if (request.ask_type() == wire::Ask::Open)
    return open(*request.ask_as_Open(), file);
  if (!backend)
    return llvm::createStringError("the worker holds no plugin");
  if (request.ask_type() == wire::Ask::Share)
    return share(*request.ask_as_Share(), file);
  auto delivery = Delivery::open(file);
  if (!delivery)
    return delivery.takeError();
  if (isStrict && request.ask_type() != wire::Ask::Load)
    (*delivery)->keepAddresses();
  switch (request.ask_type()) {
  case wire::Ask::Check:
    return check(*request.ask_as_Check(), **delivery);
  case wire::Ask::Compile:
    return compile(*request.ask_as_Compile(), **delivery);
  case wire::Ask::Machine:
    return machine();
  case wire::Ask::Schedule:
    return schedule(*request.ask_as_Schedule(), **delivery);
  case wire::Ask::Encode:
    return encode(*request.ask_as_Encode(), **delivery);
  case wire::Ask::Load:
    return load(*request.ask_as_Load(), std::move(*delivery));
  case wire::Ask::Run:
    return run(*request.ask_as_Run());
  case wire::Ask::LastRun:
    return lastRun(*request.ask_as_LastRun());
  case wire::Ask::Unload:
    return unload(*request.ask_as_Unload());
  case wire::Ask::Close:
    return close();
  default:
    return llvm::createStringError("the worker does not know the request");
  }
}

void Server::forgetAnswer() {
  parcel = {};
  compiled.reset();
  scheduled.reset();
  machineBytes = {};
}

wire::AnswerT Server::answer(const wire::Request &request, int file) {
  // To free much takes time, for which the host need not wait at the end.
  if (request.ask_type() != wire::Ask::Close)
    forgetAnswer();
  wire::AnswerT answer;
  if (Reply made = perform(request, file)) {
    answer.reply = std::move(*made);
  } else {
    forgetAnswer();
    answer.reply.Set(
        toWire(made.takeError(), backend ? backend->name() : "worker"));
  }
  return answer;
}

} // namespace glowplug::isolation
