// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A run from begin to end.

#include "core/conformance/run/RunSuite.h"

#include "core/conformance/record/Journal.h"
#include "core/conformance/report/Folder.h"
#include "core/conformance/report/Suite.h"
#include "core/conformance/run/MachineTiles.h"
#include "core/conformance/run/Runner.h"
#include "core/isolation/IsolatedBackend.h"
#include "core/runtime/Errors.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <set>

namespace glowplug::conformance {

static constexpr const char *journalFile = "cases.jsonl";

llvm::Expected<std::shared_ptr<ProgramBackend>>
openSubject(const SuiteRequest &request) {
  return openInWorker(request.isolation)({request.plugin, std::nullopt},
                                         request.options);
}

static llvm::Expected<std::string> readText(const std::string &file) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return makeFault(FaultKind::usage,
                     file + ": cannot be read: " + buffer.getError().message(),
                     file);
  return (*buffer)->getBuffer().str();
}

AbiTarget abiTargetOf(const SuiteRequest &request) {
  AbiTarget target;
  target.library = request.plugin;
  target.options = request.options;
  target.deadline = request.isolation.callTimeout;
  return target;
}

/// Adds to \p plugin what the plugin says of itself.
static llvm::Error askPlugin(const SuiteRequest &request,
                             OpenedPlugin &plugin) {
  auto backend = openSubject(request);
  if (!backend)
    return backend.takeError();
  auto machine = (*backend)->machine();
  if (!machine) {
    llvm::Error error = machine.takeError();
    if (callEndOf(error) == CallEnd::killed)
      return error;
    llvm::consumeError(std::move(error)); // a case of level 0 says so
  } else if (*machine) {
    if (std::vector<int64_t> tiles = tilesOfMachine(**machine); !tiles.empty())
      plugin.claims.tiles = std::move(tiles);
  }
  plugin.name = (*backend)->name();
  plugin.version = (*backend)->version();
  return llvm::Error::success();
}

llvm::Expected<OpenedPlugin> openPlugin(const SuiteRequest &request) {
  OpenedPlugin plugin;
  auto manifest = manifestBeside(request.plugin);
  if (!manifest)
    return manifest.takeError();
  if (*manifest) {
    plugin.manifest = (*manifest)->file;
    llvm::Expected<std::string> text = readText(plugin.manifest);
    if (!text)
      return text.takeError();
    if (llvm::Error error =
            parseClaims(*text, plugin.manifest).moveInto(plugin.claims))
      return std::move(error);
  }
  for (unsigned i = 0;; ++i) {
    llvm::Error error = askPlugin(request, plugin);
    if (!error)
      return plugin;
    if (callEndOf(error) != CallEnd::killed || i == mostKilled)
      return std::move(error);
    llvm::consumeError(std::move(error));
  }
}

llvm::Expected<std::vector<SuiteCase>> plannedCases(const SuiteRequest &request,
                                                    const Claims &claims) {
  llvm::Expected<Globs> filter = Globs::parse(request.filter);
  if (!filter)
    return makeFault(FaultKind::usage, llvm::toString(filter.takeError()));
  std::vector<SuiteCase> cases = suiteCases({request.depth, claims});
  if (!request.filter.empty())
    llvm::erase_if(cases, [&](const SuiteCase &suiteCase) {
      return !filter->matches(suiteCase.name);
    });
  if (cases.empty())
    return makeFault(FaultKind::usage, "no case has a name that is asked for");
  return cases;
}

namespace {

class SuiteRun {
public:
  explicit SuiteRun(const SuiteRequest &request) : request(request) {}

  llvm::Expected<std::optional<Report>> run();

private:
  llvm::Error identify();
  llvm::Error plan();
  llvm::Error openJournal();
  llvm::Error runCases();
  void note(CaseRecord record);

  const SuiteRequest &request;
  OpenedPlugin plugin;
  RunData data;
  /// Of this shard, without those of the journal.
  std::vector<SuiteCase> cases;
  std::unique_ptr<Journal> journal;
  SuiteProgress progress;
  std::optional<Fault> journalFault;
};

} // namespace

llvm::Error SuiteRun::identify() {
  if (llvm::Error error = openPlugin(request).moveInto(plugin))
    return error;
  Identity &identity = data.identity;
  if (llvm::Error error = suiteIdentity().moveInto(identity))
    return error;
  if (llvm::Error error = addPluginFiles(identity, request.plugin))
    return error;
  identity.pluginName = plugin.name;
  identity.pluginVersion = plugin.version;
  for (const BackendOption &option : request.options)
    identity.options.emplace_back(option.key, option.value);
  identity.level = depthName(request.depth).str();
  identity.seed = request.seed;
  identity.shard = request.shard;
  identity.shards = request.shards;
  identity.filter = request.filter;
  if (!request.waivers.empty()) {
    llvm::Expected<std::string> text = readText(request.waivers);
    if (!text)
      return text.takeError();
    if (llvm::Error error =
            parseWaivers(*text, request.waivers).moveInto(data.waivers))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error SuiteRun::plan() {
  if (llvm::Error error = plannedCases(request, plugin.claims).moveInto(cases))
    return error;
  for (const SuiteCase &suiteCase : cases)
    data.planned.push_back(suiteCase.name);
  llvm::erase_if(cases, [&](const SuiteCase &suiteCase) {
    return shardOf(suiteCase.name, request.shards) != request.shard;
  });
  return llvm::Error::success();
}

llvm::Error SuiteRun::openJournal() {
  if (std::error_code error = llvm::sys::fs::create_directories(request.folder))
    return makeFault(FaultKind::resources,
                     request.folder + ": cannot be made: " + error.message(),
                     request.folder);
  if (request.isFresh) {
    llvm::sys::fs::remove(request.folder + "/" + journalFile);
    llvm::sys::fs::remove_directories(request.folder + "/failures");
  }
  if (llvm::Error error = Journal::open(request.folder + "/" + journalFile,
                                        runKey(data.identity))
                              .moveInto(journal))
    return error;
  data.records = journal->earlier();
  std::set<std::string> known;
  for (const CaseRecord &record : data.records)
    known.insert(record.name);
  llvm::erase_if(cases, [&](const SuiteCase &suiteCase) {
    return known.count(suiteCase.name) != 0;
  });
  progress.done = data.records.size();
  progress.total = progress.done + cases.size();
  progress.failures = static_cast<size_t>(
      llvm::count_if(data.records, [](const CaseRecord &record) {
        return !isAllowed(verdictOf(record));
      }));
  return llvm::Error::success();
}

void SuiteRun::note(CaseRecord record) {
  if (llvm::Error error = journal->append(record)) {
    journalFault = faultOf(std::move(error));
    return;
  }
  ++progress.done;
  progress.failures += !isAllowed(verdictOf(record));
  progress.name = record.name;
  data.records.push_back(std::move(record));
  if (request.progress)
    request.progress(progress);
}

llvm::Error SuiteRun::runCases() {
  RunnerSettings settings;
  settings.options = request.options;
  settings.abi = abiTargetOf(request);
  settings.openLimited = [&](uint64_t bytes) {
    SuiteRequest limited = request;
    limited.isolation.memoryBytes = bytes;
    // One worker: a second that cannot start would fail a call of the first.
    limited.isolation.isStrict = false;
    // Processes that lack memory say so in many ways.
    limited.isolation.showsOutput = false;
    return openSubject(limited);
  };
  settings.seed = request.seed;
  settings.jobs = request.jobs;
  settings.keepFolder = request.folder;
  settings.stopsAtFailure = request.stopsAtFailure;
  std::atomic<bool> isFull = false;
  settings.isStopped = [&] {
    return isFull || (request.isStopped && request.isStopped());
  };
  llvm::Error error = conformance::runCases(
      cases, plugin.claims, [&] { return openSubject(request); }, settings,
      [&](CaseRecord record) {
        note(std::move(record));
        isFull = journalFault.has_value();
      });
  if (!error && journalFault)
    return llvm::make_error<FaultError>(*journalFault);
  return error;
}

llvm::Expected<std::optional<Report>> SuiteRun::run() {
  Environment environment;
  environment.shard = request.shard;
  environment.started = timeText();
  environment.command = request.command;
  environment.jobs = request.jobs;
  environment.machine = thisMachine();
  for (auto step : {&SuiteRun::identify, &SuiteRun::plan,
                    &SuiteRun::openJournal, &SuiteRun::runCases})
    if (llvm::Error error = (this->*step)())
      return std::move(error);
  if (progress.done != progress.total && !request.stopsAtFailure)
    return std::nullopt;
  environment.finished = timeText();
  data.environments.push_back(std::move(environment));
  llvm::Expected<Report> report = makeReport(std::move(data));
  if (!report)
    return report.takeError();
  if (llvm::Error error = writeReportFolder(*report, request.folder))
    return std::move(error);
  return std::optional<Report>(std::move(*report));
}

llvm::Expected<std::optional<Report>> runSuite(const SuiteRequest &request) {
  return SuiteRun(request).run();
}

} // namespace glowplug::conformance
