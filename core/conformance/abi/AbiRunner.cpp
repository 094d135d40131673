// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs cases of level L0 in worker processes.

#include "core/conformance/abi/AbiRunner.h"

#include "backend-api/process/Process.h"
#include "backend-api/process/Worker.h"
#include "core/conformance/abi/AbiServe.h"
#include "core/conformance/abi/Replay.h"
#include "core/support/Json.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>

namespace glowplug::conformance {

using process::Exit;

/// A process with the plugin, once it has been asked for the first case.
class AbiSession::Worker {
public:
  static llvm::Expected<std::unique_ptr<Worker>> start(const AbiTarget &target);
  ~Worker() {
    process.finish(std::chrono::milliseconds(500));
    if (words)
      munmap(words, sizeof(AbiLastWords));
  }

  AbiOutcome run(const AbiCase &one, const AbiTarget &target);
  ReplayAnswer replay(const ReplayAskT &ask, const AbiTarget &target);
  bool isAlive() const { return process.exit() == nullptr; }

private:
  llvm::Error shareWords();
  AbiOutcome lost(const AbiTarget &target);

  process::Process process;
  process::Descriptor wordsFile;
  AbiLastWords *words = nullptr;
};

static std::string openingOf(const AbiTarget &target) {
  llvm::json::Array options;
  for (const BackendOption &option : target.options)
    options.push_back(llvm::json::Array{option.key, option.value});
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(llvm::json::Object{
      {"library", target.library}, {"options", std::move(options)}});
  return text;
}

llvm::Error AbiSession::Worker::shareWords() {
  wordsFile = process::Descriptor(
      memfd_create("glowplug-last-words", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  void *at = MAP_FAILED;
  if (wordsFile && ftruncate(wordsFile.get(), sizeof(AbiLastWords)) == 0 &&
      fcntl(wordsFile.get(), F_ADD_SEALS,
            F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    at = mmap(nullptr, sizeof(AbiLastWords), PROT_READ | PROT_WRITE, MAP_SHARED,
              wordsFile.get(), 0);
  if (at == MAP_FAILED)
    return llvm::createStringError("there is no memory to share with a worker");
  words = static_cast<AbiLastWords *>(at);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<AbiSession::Worker>>
AbiSession::Worker::start(const AbiTarget &target) {
  auto worker = std::make_unique<Worker>();
  process::Command command;
  command.executable = target.worker;
  command.protocol = abiProtocol;
  command.isShown = false;
  process::Limits limits;
  limits.memoryBytes = target.memoryBytes;
  worker->process = process::Process::start(command, limits);
  if (llvm::Error error = worker->shareWords())
    return std::move(error);
  const bool isSent = worker->process.send(
      abiOpenKind, {process::bytesOfText(openingOf(target))},
      worker->wordsFile.get(), process::Clock::now() + target.deadline);
  // One that is killed is as lost as one that is killed later.
  if (!isSent && worker->process.exit()->signal != SIGKILL)
    return llvm::createStringError(
        "the worker process '" + target.worker +
        "' did not start: " + worker->process.exit()->text);
  return std::move(worker);
}

/// An outcome that a worker has written; it may be anything.
static std::optional<AbiOutcome> outcomeOf(std::string_view text) {
  llvm::Expected<llvm::json::Value> parsed =
      parseJson({text.data(), text.size()});
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return std::nullopt;
  }
  const llvm::json::Object *object = parsed->getAsObject();
  const std::optional<int64_t> result =
      object ? object->getInteger("result") : std::nullopt;
  if (!result || *result < 0 ||
      *result > static_cast<int64_t>(AbiResult::suite))
    return std::nullopt;
  auto textOf = [&](llvm::StringRef key) {
    return object->getString(key).value_or("").str();
  };
  AbiOutcome outcome;
  outcome.result = static_cast<AbiResult>(*result);
  outcome.reason = textOf("reason");
  outcome.want = textOf("want");
  outcome.got = textOf("got");
  outcome.seconds = object->getNumber("seconds").value_or(0);
  return outcome;
}

AbiOutcome AbiSession::Worker::run(const AbiCase &one,
                                   const AbiTarget &target) {
  const auto begin = process::Clock::now();
  const process::Deadline deadline = begin + target.deadline;
  process::Message answer;
  AbiOutcome outcome;
  if (process.send(abiCaseKind, {process::bytesOfText(one.name)}, -1,
                   deadline) &&
      process.receive(answer, mostAbiPayload, deadline)) {
    if (auto given = outcomeOf(answer.text());
        given && answer.kind == abiOutcomeKind)
      return *given;
    process.refuse("it answered with something that is no outcome");
  }
  outcome = lost(target);
  outcome.seconds =
      std::chrono::duration<double>(process::Clock::now() - begin).count();
  return outcome;
}

ReplayAnswer AbiSession::Worker::replay(const ReplayAskT &ask,
                                        const AbiTarget &target) {
  const process::Deadline deadline = process::Clock::now() + target.deadline;
  const std::vector<uint8_t> question = bytesOfAsk(ask);
  ReplayAnswer result;
  if (question.size() > mostAbiPayload) {
    result.outcome.result = AbiResult::resources;
    result.outcome.reason = "the program has " +
                            std::to_string(question.size()) +
                            " bytes, but at most " +
                            std::to_string(mostAbiPayload) + " can be sent";
    return result;
  }
  process::Message message;
  if (process.send(abiReplayAskKind,
                   {std::as_bytes(std::span<const uint8_t>(question))}, -1,
                   deadline) &&
      process.receive(message, mostAbiPayload, deadline)) {
    const std::string_view text = message.text();
    if (message.kind == abiReplayKind)
      result.replay = parseReplay(
          {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    if (result.replay)
      return result;
    if (auto given = outcomeOf(text); given && message.kind == abiOutcomeKind) {
      result.outcome = *given;
      return result;
    }
    process.refuse("it answered with something that is no replay");
  }
  result.outcome = lost(target);
  return result;
}

/// Text that a worker has written; it may not end.
template <size_t size>
static std::string textIn(const char (&place)[size]) {
  return {place, strnlen(place, size)};
}

AbiOutcome AbiSession::Worker::lost(const AbiTarget &target) {
  const Exit &exit = *process.exit();
  AbiOutcome outcome;
  outcome.function = textIn(words->function);
  outcome.signal = exit.signal;
  switch (exit.how) {
  case Exit::How::Deadline:
    outcome.result = AbiResult::timeout;
    outcome.reason =
        "took longer than " + std::to_string(target.deadline.count()) + " ms";
    break;
  case Exit::How::OutOfMemory:
    outcome.result = AbiResult::resources;
    outcome.reason = exit.text;
    break;
  default:
    outcome.result = AbiResult::crash;
    outcome.reason = textIn(words->line);
    if (outcome.reason.empty() || exit.how != Exit::How::Signalled)
      outcome.reason = exit.text;
  }
  return outcome;
}

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

AbiSession::AbiSession(AbiTarget given) : target(std::move(given)) {
  if (target.worker.empty()) {
    llvm::SmallString<128> path(libraryFolder());
    llvm::sys::path::append(path, "glowplug-conformance-worker");
    target.worker = path.str().str();
  }
  // Cases may change the folder of the worker.
  llvm::SmallString<128> library(target.library);
  if (!llvm::sys::fs::make_absolute(library))
    target.library = library.str().str();
}

AbiSession::~AbiSession() = default;

llvm::Error AbiSession::awaken(std::unique_ptr<Worker> &worker) const {
  if (worker && worker->isAlive())
    return llvm::Error::success();
  return Worker::start(target).moveInto(worker);
}

llvm::Expected<ReplayAnswer> AbiSession::replay(const ReplayAskT &ask) {
  if (llvm::Error error = awaken(shared))
    return std::move(error);
  return shared->replay(ask, target);
}

llvm::Expected<AbiOutcome> AbiSession::runIn(std::unique_ptr<Worker> &worker,
                                             const AbiCase &one) {
  if (llvm::Error error = awaken(worker))
    return std::move(error);
  AbiOutcome outcome = worker->run(one, target);
  if (!worker->isAlive())
    worker.reset();
  return outcome;
}

llvm::Expected<AbiOutcome> AbiSession::run(const AbiCase &one) {
  std::unique_ptr<Worker> own;
  if (one.isAlone)
    return runIn(own, one);
  const unsigned before = shared ? casesInShared : 0;
  llvm::Expected<AbiOutcome> outcome = runIn(shared, one);
  casesInShared = before + 1;
  if (!outcome || shared || before == 0)
    return outcome;
  // It ended its process: by itself, or because of what cases before it left?
  llvm::Expected<AbiOutcome> again = runIn(own, one);
  if (!again || !again->isAllowed())
    return again;
  outcome->reason += ", but only after " + std::to_string(before) +
                     " other cases in the same process";
  return outcome;
}

llvm::Expected<AbiOutcome> runAbiCase(const AbiTarget &target,
                                      const AbiCase &one) {
  return AbiSession(target).run(one);
}

llvm::Error runAbiCases(
    const AbiTarget &target, llvm::ArrayRef<const AbiCase *> cases,
    unsigned jobs,
    llvm::function_ref<void(const AbiCase &, const AbiOutcome &)> done) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::optional<std::string> problem;
  auto work = [&] {
    AbiSession session(target);
    for (size_t at = next++; at < cases.size(); at = next++) {
      llvm::Expected<AbiOutcome> outcome = session.run(*cases[at]);
      const std::lock_guard lock(mutex);
      if (!outcome) {
        const std::string why = llvm::toString(outcome.takeError());
        if (!problem)
          problem = why;
        next = cases.size();
        return;
      }
      done(*cases[at], *outcome);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  if (problem)
    return llvm::createStringError(*problem);
  return llvm::Error::success();
}

} // namespace glowplug::conformance
