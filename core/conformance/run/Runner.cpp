// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A queue of cases, and threads that take from it.

#include "core/conformance/run/Runner.h"

#include "core/conformance/record/Verdict.h"
#include "core/runtime/Errors.h"

#include "llvm/Support/FileSystem.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace glowplug::conformance {
namespace {

class Run {
public:
  Run(const std::vector<SuiteCase> &cases, const Claims &claims,
      const OpenSubject &open, const RunnerSettings &settings,
      const std::function<void(CaseRecord)> &finished)
      : cases(cases), claims(claims), open(open), settings(settings),
        finished(finished) {}

  llvm::Error all();

private:
  llvm::Expected<std::shared_ptr<ProgramBackend>> openOnce();
  void work();
  bool isStopped() const {
    return hasEnded || (settings.isStopped && settings.isStopped());
  }
  CaseRecord once(const SuiteCase &suiteCase, const Subject &subject);
  CaseRecord attempt(const SuiteCase &suiteCase, const Subject &subject);
  void keep(const SuiteCase &suiteCase, const Subject &subject,
            CaseRecord &record);

  const std::vector<SuiteCase> &cases;
  const Claims &claims;
  const OpenSubject &open;
  const RunnerSettings &settings;
  const std::function<void(CaseRecord)> &finished;
  std::atomic<size_t> next = 0;
  std::atomic<bool> hasEnded = false;
  std::mutex mutex; ///< Of what follows, and of finished().
  llvm::Error problem = llvm::Error::success();
};

/// One attempt. If its worker is killed, it does not count, and there is
/// another; but a plugin may also kill itself, again and again.
CaseRecord Run::once(const SuiteCase &suiteCase, const Subject &subject) {
  CaseRecord record = runCase(suiteCase, subject, settings.seed);
  for (unsigned i = 0; record.wasKilled && i < mostKilled; ++i)
    record = runCase(suiteCase, subject, settings.seed);
  return record;
}

CaseRecord Run::attempt(const SuiteCase &suiteCase, const Subject &subject) {
  CaseRecord record = once(suiteCase, subject);
  const Verdict verdict = verdictOf(record);
  if (isAllowed(verdict) || verdict == Verdict::suite)
    return record;
  for (unsigned i = 0; i < settings.retries; ++i) {
    const CaseRecord again = once(suiteCase, subject);
    ++record.retries;
    record.otherEndings += verdictOf(again) != verdict;
  }
  if (!settings.keepFolder.empty() && suiteCase.keep)
    keep(suiteCase, subject, record);
  return record;
}

void Run::keep(const SuiteCase &suiteCase, const Subject &subject,
               CaseRecord &record) {
  const std::string below = failureFolder(record.name);
  const std::string folder = settings.keepFolder + "/" + below;
  llvm::Error error =
      llvm::errorCodeToError(llvm::sys::fs::create_directories(folder));
  if (!error)
    error = suiteCase.keep(subject, record, folder);
  if (!error) {
    record.repro = below;
    return;
  }
  record.message +=
      (record.message.empty() ? "" : "\n") +
      ("it could not be kept: " + llvm::toString(std::move(error)));
}

llvm::Expected<std::shared_ptr<ProgramBackend>> Run::openOnce() {
  for (unsigned i = 0;; ++i) {
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend = open();
    if (backend)
      return backend;
    llvm::Error error = backend.takeError();
    if (callEndOf(error) != CallEnd::killed || i == mostKilled)
      return std::move(error);
    llvm::consumeError(std::move(error));
  }
}

void Run::work() {
  llvm::Expected<std::shared_ptr<ProgramBackend>> backend = openOnce();
  if (!backend) {
    const std::lock_guard lock(mutex);
    problem = llvm::joinErrors(std::move(problem), backend.takeError());
    hasEnded = true;
    return;
  }
  std::optional<AbiSession> abi;
  if (settings.abi)
    abi.emplace(*settings.abi);
  const Subject subject = {*backend,
                           claims,
                           settings.options,
                           2,
                           abi ? &*abi : nullptr,
                           settings.openLimited};
  while (!isStopped()) {
    const size_t index = next++;
    if (index >= cases.size())
      return;
    CaseRecord record = attempt(cases[index], subject);
    const bool isBad = !isAllowed(verdictOf(record));
    const std::lock_guard lock(mutex);
    if (isBad && settings.stopsAtFailure)
      hasEnded = true;
    finished(std::move(record));
  }
}

llvm::Error Run::all() {
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < settings.jobs; ++i)
    threads.emplace_back([this] { work(); });
  work();
  for (std::thread &thread : threads)
    thread.join();
  return std::move(problem);
}

} // namespace

std::string failureFolder(llvm::StringRef name) {
  std::string folder = "failures/";
  for (const char c : name)
    folder += c == '/' ? '_' : c;
  return folder;
}

llvm::Error runCases(const std::vector<SuiteCase> &cases, const Claims &claims,
                     const OpenSubject &open, const RunnerSettings &settings,
                     const std::function<void(CaseRecord)> &finished) {
  return Run(cases, claims, open, settings, finished).all();
}

} // namespace glowplug::conformance
