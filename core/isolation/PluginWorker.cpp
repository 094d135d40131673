// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A worker process that holds a plugin, as the host sees it.

#include "core/isolation/PluginWorker.h"

#include "core/isolation/Leaks.h"
#include "core/isolation/Protocol.h"
#include "core/isolation/Records.h"
#include "core/runtime/Errors.h"
#include "core/runtime/PluginCall.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <utility>

namespace glowplug::isolation {

using process::Exit;

PluginWorker::PluginWorker(const IsolationPolicy &policy, PluginFile file,
                           std::vector<BackendOption> options)
    : settings(policy), plugin(std::move(file)), options(std::move(options)) {
  if (settings.executable.empty()) {
    llvm::SmallString<128> path(libraryFolder());
    llvm::sys::path::append(path, "glowplug-worker");
    settings.executable = path.str().str();
  }
}

PluginWorker::~PluginWorker() {
  if (isAlive() && !description.name.empty()) {
    llvm::Expected<Answered> closed =
        call("destroy", asking(wire::CloseT()), -1, wire::Reply::Done);
    if (!closed)
      warn(llvm::toString(closed.takeError()));
  }
  // The worker is the last to have the memory of calls, and frees it.
  earlier.clear();
  last = {};
  leave();
  if (lastWords)
    munmap(lastWords, sizeof(LastWords));
}

void PluginWorker::warn(const std::string &what) const {
  if (settings.warn)
    settings.warn(what);
}

void PluginWorker::leave() {
  if (!isAlive())
    return;
  // Sanitizers look for leaks when a process exits.
  const bool isSanitized = isHostSanitized();
  if (!isSanitized && !settings.isStrict && !settings.mayStartProcesses) {
    process.dismiss();
    return;
  }
  const Exit &exit = process.finish(std::chrono::seconds(isSanitized ? 30 : 2));
  if (exit.how != Exit::How::Exited || exit.code != 0)
    warn(subject() + ": the worker did not end in order: " + exit.text);
}

const std::string &PluginWorker::subject() const {
  if (!description.name.empty())
    return description.name;
  return plugin.manifest ? plugin.manifest->name : plugin.library;
}

//===----------------------------------------------------------------------===//
// Start
//===----------------------------------------------------------------------===//

void PluginWorker::begin() {
  process::Command command;
  command.executable = settings.executable;
  command.protocol = protocol;
  command.isShown = settings.showsOutput;
  command.outputPrefix = llvm::sys::path::filename(subject()).str() + ": ";
  if (!settings.isConfined)
    command.arguments.emplace_back(unconfinedFlag);
  if (settings.mayStartProcesses)
    command.arguments.emplace_back(processesFlag);
  if (!settings.readable.empty()) {
    auto read = [&](llvm::StringRef path) {
      llvm::append_values(command.arguments, readFlag, path.str());
    };
    for (const std::string &path : settings.readable)
      read(path);
    read(llvm::sys::path::parent_path(plugin.library));
    read(llvm::sys::path::parent_path(settings.executable));
  }
  if (settings.isStrict)
    command.arguments.emplace_back(strictFlag);
  if (settings.isStrict && settings.looksForLeaks)
    command.arguments.emplace_back(leaksFlag);
  process::Limits limits;
  limits.memoryBytes = settings.memoryBytes;
  process = process::Process::begin(command, limits);
  hasBegun = true;
}

static CallEnd callEndOf(const Exit &exit) {
  switch (exit.how) {
  case Exit::How::Deadline:
    return CallEnd::late;
  case Exit::How::OutOfMemory:
    return CallEnd::memory;
  case Exit::How::Signalled:
    return exit.signal == SIGKILL ? CallEnd::killed : CallEnd::died;
  default:
    return CallEnd::died;
  }
}

llvm::Error PluginWorker::restart() {
  const std::lock_guard lock(mutex);
  earlier.clear();
  if (!std::exchange(hasBegun, false)) {
    begin();
    hasBegun = false;
  }
  process.awaitGreeting();
  if (const Exit *exit = process.exit())
    return backendError(subject(), GP_INTERNAL,
                        "the worker process '" + settings.executable +
                            "' did not start: " + exit->text,
                        callEndOf(*exit));
  return open();
}

llvm::Error PluginWorker::open() {
  if (!lastWords) {
    lastWordsFile = process::Descriptor(
        memfd_create("glowplug-last-words", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    void *at = MAP_FAILED;
    if (lastWordsFile &&
        ftruncate(lastWordsFile.get(), sizeof(LastWords)) == 0 &&
        fcntl(lastWordsFile.get(), F_ADD_SEALS,
              F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
      at = mmap(nullptr, sizeof(LastWords), PROT_READ | PROT_WRITE, MAP_SHARED,
                lastWordsFile.get(), 0);
    if (at == MAP_FAILED)
      return backendError(subject(), GP_OUT_OF_MEMORY,
                          "there is no memory to share with a worker");
    lastWords = static_cast<LastWords *>(at);
  }
  *lastWords = {};
  wire::OpenT ask;
  ask.library = plugin.library;
  if (plugin.manifest)
    ask.manifest = plugin.manifest->file;
  for (const BackendOption &option : options) {
    auto &to = *ask.options.emplace_back(std::make_unique<wire::OptionT>());
    to.key = option.key;
    to.value = option.value;
  }
  llvm::Expected<Answered> opened =
      callLocked("create", asking(std::move(ask)), lastWordsFile.get(),
                 wire::Reply::Opened);
  if (!opened)
    return opened.takeError();
  const auto &answer = opened->as<wire::Opened>();
  description = fromWire(answer);
  mayHaveSchedules = answer.schedules();
  earlier.push_back(std::move(last));
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

llvm::Expected<Answered> PluginWorker::call(llvm::StringRef function,
                                            wire::AskUnion ask, int file,
                                            wire::Reply wanted) {
  const std::lock_guard lock(mutex);
  return callLocked(function, std::move(ask), file, wanted);
}

llvm::Expected<Answered> PluginWorker::call(llvm::StringRef function,
                                            wire::AskUnion ask, Parcel &parcel,
                                            wire::Reply wanted) {
  llvm::Expected<int> file = parcel.seal();
  if (!file)
    return backendError(subject(), GP_OUT_OF_MEMORY,
                        function + ": " + llvm::toString(file.takeError()));
  return call(function, std::move(ask), *file, wanted);
}

llvm::Expected<Answered> PluginWorker::callLocked(llvm::StringRef function,
                                                  wire::AskUnion ask, int file,
                                                  wire::Reply wanted) {
  wire::RequestT request;
  request.ask = std::move(ask);
  request.part = currentPart();
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(wire::Request::Pack(builder, &request));
  last.name = function.str();
  last.request.assign(builder.GetBufferPointer(),
                      builder.GetBufferPointer() + builder.GetSize());
  // Where no call is kept, the memory is not either.
  const bool isKept = file >= 0 && !settings.reproFolder.empty();
  last.file =
      process::Descriptor(isKept ? fcntl(file, F_DUPFD_CLOEXEC, 0) : -1);
  if (!isAlive())
    return backendError(subject(), GP_DEVICE_LOST,
                        function + ": the worker process is gone");
  process::Deadline deadline = process::Clock::now() + settings.callTimeout;
  if (settings.isStrict && settings.looksForLeaks)
    *deadline += leakPatience;
  if (!process.send(requestKind, {std::as_bytes(std::span(last.request))}, file,
                    deadline))
    return lost();
  return receive(wanted, deadline);
}

llvm::Expected<Answered> PluginWorker::receive(wire::Reply wanted,
                                               process::Deadline deadline) {
  Answered answered;
  if (!process.receive(answered.message, mostPayload, deadline))
    return lost();
  auto refuse = [&](const std::string &why) {
    process.refuse(why);
    return lost();
  };
  const std::vector<std::byte> &payload = answered.message.payload;
  const auto *bytes = reinterpret_cast<const uint8_t *>(payload.data());
  flatbuffers::Verifier verifier(bytes, payload.size(), /*max_depth=*/64,
                                 /*max_tables=*/UINT32_MAX);
  if (answered.message.kind != answerKind || payload.empty() ||
      !verifier.VerifyBuffer<wire::Answer>(nullptr))
    return refuse("it answered with something that is no answer");
  const auto *answer = flatbuffers::GetRoot<wire::Answer>(bytes);
  if (const wire::Failed *failed = answer->reply_as_Failed()) {
    llvm::Error error = fromWire(*failed);
    // A refusal is an answer; what a plugin does wrong is worth a look.
    if (failed->code() != GP_INTERNAL)
      return std::move(error);
    Fault fault = faultOf(std::move(error));
    const llvm::StringRef message = fault.message;
    return backendError(fault.place, GP_INTERNAL,
                        kept(message.substr(fault.place.size() + 2).str()));
  }
  if (answer->reply_type() != wanted)
    return refuse(std::string("it answered with ") +
                  wire::EnumNameReply(answer->reply_type()) + " instead of " +
                  wire::EnumNameReply(wanted));
  auto delivery = Delivery::open(answered.message.file.get());
  if (!delivery)
    return refuse(llvm::toString(delivery.takeError()));
  answered.delivery = std::move(*delivery);
  return answered;
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

/// Text that a worker has written; it may not end.
template <size_t size>
static std::string text(const char (&words)[size]) {
  return {words, strnlen(words, size)};
}

llvm::Error PluginWorker::lost() {
  const Exit &exit = *process.exit();
  const std::string shown = text(lastWords->function);
  const std::string &function = shown.empty() ? last.name : shown;
  const std::string before = subject() + ": ";
  std::string message = text(lastWords->line);
  if (exit.how == Exit::How::Signalled && !message.empty()) {
    if (llvm::StringRef(message).starts_with(before))
      message.erase(0, before.size());
  } else if (exit.how == Exit::How::Deadline) {
    message = function + " took longer than " +
              std::to_string(settings.callTimeout.count() / 1000) +
              " s, and was ended";
  } else {
    message = function + " ended its process: " + exit.text;
  }
  return backendError(subject(), GP_INTERNAL, kept(message), callEndOf(exit));
}

/// \p word as a shell takes it back: quoted if it has to be.
static std::string shellWord(llvm::StringRef word) {
  const bool isPlain = llvm::all_of(word, [](char c) {
    return llvm::isAlnum(c) || llvm::StringRef("/._-+").contains(c);
  });
  if (isPlain)
    return word.str();
  std::string quoted = "'";
  for (const char c : word)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string PluginWorker::kept(const std::string &message) {
  if (settings.reproFolder.empty())
    return message;
  std::vector<const MadeCall *> calls;
  for (const MadeCall &call : earlier)
    calls.push_back(&call);
  calls.push_back(&last);
  llvm::Expected<std::string> folder =
      writeCalls(settings.reproFolder, subject(), calls, message);
  if (!folder)
    return message +
           " (it could not be kept: " + llvm::toString(folder.takeError()) +
           ")";
  if (settings.mostRepros != 0)
    forgetOldCalls(settings.reproFolder, settings.mostRepros);
  return message +
         "\n  to make the call again: " + shellWord(settings.executable) +
         " --replay " + shellWord(*folder);
}

llvm::Error PluginWorker::violation(llvm::StringRef function,
                                    const llvm::Twine &message) {
  const std::lock_guard lock(mutex);
  return backendError(subject(), GP_INTERNAL,
                      kept((function + " broke a rule: " + message).str()));
}

void PluginWorker::rememberLastCall() {
  const std::lock_guard lock(mutex);
  earlier.push_back(std::move(last));
  last = {};
}

} // namespace glowplug::isolation
