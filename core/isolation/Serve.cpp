// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The worker's side: one plugin, loaded into this process.

#include "core/isolation/Serve.h"

#include "core/isolation/Buffers.h"
#include "core/isolation/Parcel.h"
#include "core/isolation/Protocol.h"
#include "core/isolation/Records.h"
#include "core/isolation/Repro.h"
#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace glowplug::isolation {
namespace {

/// What the host reads when this process has died.
LastWords *lastWords = nullptr;

std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

void writeLastWords(const char *line, size_t length) {
  length = std::min(length, sizeof lastWords->line - 1);
  std::memcpy(lastWords->line, line, length);
  lastWords->line[length] = '\0';
}

/// A loaded program with what has to outlive it.
struct LoadedProgram {
  std::shared_ptr<Delivery> bytes;
  std::unique_ptr<Executable> executable;
  std::unique_ptr<WorkerBuffers> buffers;
};

/// Makes the calls that requests ask for.
class Server {
public:
  explicit Server(bool isStrict) : isStrict(isStrict) {}

  /// The answer to \p request, which came with \p file.
  wire::AnswerT answer(const wire::Request &request, int file);
  /// The file that goes with the last answer.
  llvm::Expected<process::Descriptor> file() const { return parcel.seal(); }

private:
  using Reply = llvm::Expected<wire::ReplyUnion>;

  Reply perform(const wire::Request &request, int file);
  Reply open(const wire::Open &ask, int file);
  Reply check(const wire::Check &ask, const Delivery &delivery);
  Reply compile(const wire::Compile &ask, const Delivery &delivery);
  Reply machine();
  Reply schedule(const wire::Schedule &ask, const Delivery &delivery);
  Reply encode(const wire::Encode &ask, const Delivery &delivery);
  Reply load(const wire::Load &ask, std::shared_ptr<Delivery> delivery);
  Reply share(const wire::Share &ask, int file);
  Reply run(const wire::Run &ask);
  Reply lastRun(const wire::LastRun &ask);
  Reply unload(const wire::Unload &ask);
  Reply close();
  Reply pack(llvm::Expected<CompiledProgram> compiled);
  llvm::Expected<LoadedProgram *> programOf(uint32_t executable);

  bool isStrict;
  std::shared_ptr<Backend> backend;
  std::map<uint32_t, LoadedProgram> programs;
  uint32_t nextProgram = 0;

  Parcel parcel; ///< what goes with the last answer
  /// What it refers to.
  std::optional<CompiledProgram> compiled;
  std::optional<InstrProgram> scheduled;
  AlignedBytes machineBytes;
};

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

Server::Reply Server::open(const wire::Open &ask, int file) {
  if (backend)
    return llvm::createStringError("the worker holds a plugin already");
  void *const page = mmap(nullptr, sizeof(LastWords), PROT_READ | PROT_WRITE,
                          MAP_SHARED, file, 0);
  if (page != MAP_FAILED) {
    lastWords = static_cast<LastWords *>(page);
    showPluginAnswers(&lastWords->answers);
    showPluginCalls(lastWords->function, sizeof lastWords->function);
    setAddressExplainer(WorkerBuffers::explain);
    reportFatalSignals(writeLastWords);
  }
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
  return reply(toWire(backend->info()));
}

Server::Reply Server::check(const wire::Check &ask, const Delivery &delivery) {
  auto image = delivery.at(ask.image());
  if (!image)
    return image.takeError();
  llvm::Expected<std::vector<Verdict>> verdicts = backend->check(*image);
  if (!verdicts)
    return verdicts.takeError();
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
  return pack(backend->compile(given->image, given->segments));
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
  llvm::Expected<std::optional<InstrProgram>> made =
      backend->scheduleUnverified(given->image, given->segments);
  if (!made)
    return made.takeError();
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
  return pack(backend->encode({{}, std::move(*program), std::move(*segments)}));
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

Server::Reply Server::run(const wire::Run &ask) {
  auto program = programOf(ask.executable());
  if (!program)
    return program.takeError();
  if (!(*program)->buffers)
    return llvm::createStringError("the executable has no buffers");
  WorkerBuffers &buffers = *(*program)->buffers;
  llvm::SmallVector<gp_bytes> from;
  for (llvm::ArrayRef<uint8_t> input : buffers.inputs())
    from.push_back({input.data(), input.size()});
  llvm::SmallVector<void *> to;
  for (llvm::MutableArrayRef<uint8_t> output : buffers.outputs())
    to.push_back(output.data());
  buffers.open(isStrict);
  llvm::Error error =
      (*program)->executable->run(from, to, buffers.workspace());
  const std::optional<std::string> overrun = buffers.close(isStrict);
  if (error)
    return std::move(error);
  if (overrun)
    return brokenRule(backend->name(), "run", *overrun);
  return reply(wire::DoneT());
}

Server::Reply Server::lastRun(const wire::LastRun &ask) {
  auto program = programOf(ask.executable());
  if (!program)
    return program.takeError();
  auto simulation =
      (*program)->executable->lastRun({ask.spans(), ask.buffers()});
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

wire::AnswerT Server::answer(const wire::Request &request, int file) {
  parcel = {};
  compiled.reset();
  scheduled.reset();
  wire::AnswerT answer;
  if (Reply made = perform(request, file))
    answer.reply = std::move(*made);
  else
    answer.reply.Set(
        toWire(made.takeError(), backend ? backend->name() : "worker"));
  return answer;
}

int serveBackend(process::Channel &channel, bool isStrict) {
  Server server(isStrict);
  process::Message message;
  while (!channel.receive(message, mostPayload, std::nullopt)) {
    const auto *request =
        flatbuffers::GetRoot<wire::Request>(message.payload.data());
    const wire::AnswerT answer = server.answer(*request, message.file.get());
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(wire::Answer::Pack(builder, &answer));
    llvm::Expected<process::Descriptor> file = server.file();
    if (!file) {
      llvm::errs() << llvm::toString(file.takeError()) << '\n';
      return 1;
    }
    if (channel.send(answerKind,
                     {std::as_bytes(std::span(builder.GetBufferPointer(),
                                              builder.GetSize()))},
                     file->get(), std::nullopt))
      return 1;
    message.file.reset();
  }
  return 0;
}

int replay(const char *folder) {
  Server server(/*isStrict=*/false);
  for (const std::string &name : keptCalls(folder)) {
    llvm::Expected<KeptCall> call = KeptCall::read(folder, name);
    if (!call) {
      llvm::errs() << llvm::toString(call.takeError()) << '\n';
      return 2;
    }
    const auto *request =
        flatbuffers::GetRoot<wire::Request>(call->request.data());
    const wire::AnswerT answer = server.answer(*request, call->file.get());
    llvm::outs() << name << ": ";
    if (const wire::FailedT *failed = answer.reply.AsFailed())
      llvm::outs() << failed->subject << ": " << failed->message << '\n';
    else
      llvm::outs() << "succeeded\n";
  }
  return 0;
}

} // namespace glowplug::isolation
