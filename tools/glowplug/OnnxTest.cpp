// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug onnx-test: runs a tree of ONNX backend tests.

#include "core/driver/WorkerPool.h"
#include "core/host/loops/Build.h"
#include "core/host/loops/CaseRunner.h"
#include "tools/glowplug/Cli.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <iostream>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

bool hasFallenBack(const CaseResult &one) {
  return one.outcome == Outcome::passed && one.opCounts.back() != 0;
}

bool isUnmet(const CaseResult &one) {
  return one.outcome == Outcome::passed && !one.unmet.empty();
}

/// A result on its way from a worker.
std::string toText(const CaseResult &result) {
  return Json({{"outcome", int(result.outcome)},
               {"ops", result.opCounts},
               {"unmet", result.unmet},
               {"reason", result.reason}})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

CaseResult fromText(const std::string &text) {
  const Json result = Json::parse(text);
  return {static_cast<Outcome>(result["outcome"].get<int>()),
          result["reason"].get<std::string>(),
          result["ops"].get<std::vector<uint64_t>>(),
          result["unmet"].get<std::string>()};
}

class OnnxTestVerb : public Verb {
public:
  explicit OnnxTestVerb(CLI::App &app) {
    app.add_option("DIR", folder, "")->required();
    backends.add(app);
    backends.addRequire(app);
    addRecipe(app, recipe);
    app.add_option("--only", only, "run the cases whose path holds TEXT")
        ->type_name("TEXT");
    app.add_option("--timeout", timeout,
                   "seconds that one case may take [default: 60]")
        ->type_name("N")
        ->check(CLI::Range(1u, 86400u));
    app.add_option("--compare", compare,
                   "with 'files', those of the cases, or with 'reference' "
                   "[default: files]")
        ->type_name("WHAT")
        ->check(CLI::IsMember({"files", "reference"}));
    app.add_option("--relative-to-max", truth.tolerance.relativeToMax,
                   "elements are also right within X times the largest one "
                   "[default: 0]")
        ->type_name("X")
        ->check(CLI::Range(0.0, 1.0));
    app.add_flag("--summary", summary, "print the counts only");
    app.add_flag("--worker", isWorker,
                 "run the cases that come, for another one")
        ->group("");
    addJson(app, json);
    setHelp(app, {" DIR [options]",
                  {"/usr/share/libonnx-testdata/data/node",
                   "tests --backend mine --plugin ./mine.so --require "
                   "mine:some --compare reference"},
                  "0 all passed or unsupported, 2 wrong usage, 3 a case "
                  "crashed or lacks\n  what --require says, 4 a case failed, "
                  "5 a case cannot be compared"});
  }

  Status run() override;

private:
  void findCases();
  void runCases();
  Status serveCases();
  std::vector<std::string> workerArguments() const;
  void reportProgress(const std::string &name);
  Json answer() const;
  Json opCounts() const;
  void print() const;
  size_t countIf(llvm::function_ref<bool(const CaseResult &)> holds) const {
    return static_cast<size_t>(llvm::count_if(results, holds));
  }
  /// Cases that passed without an op on the first backend.
  size_t countIdle() const {
    return countIf([](const CaseResult &one) {
      return one.outcome == Outcome::passed && one.opCounts.front() == 0;
    });
  }
  /// Cases with an op on a backend that was not named.
  size_t countFellBack() const {
    return backends.order().size() < 2 ? 0 : countIf(hasFallenBack);
  }
  /// Cases that passed, but do not do as --require says.
  size_t countUnmet() const { return countIf(isUnmet); }
  size_t count(Outcome outcome) const {
    return countIf(
        [&](const CaseResult &one) { return one.outcome == outcome; });
  }

  std::string folder, only;
  BackendOptions backends;
  unsigned timeout = 60;
  std::string compare = "files";
  std::string recipe = "auto";
  CaseTruth truth{.tolerance = {.relativeToMax = 0}};
  bool summary = false;
  bool isWorker = false; // that a command with the same options has started

  std::vector<std::string> cases; // relative to the folder
  std::vector<CaseResult> results;
  size_t finished = 0;
  Stopwatch sinceReport;
};

/// How many worker processes: the machine this is made for has two cores.
constexpr unsigned workerCount = 2;

} // namespace

void OnnxTestVerb::findCases() {
  if (!llvm::sys::fs::is_directory(folder))
    fail(wrongUsage, "'" + folder + "' is not a folder");
  std::error_code code;
  for (llvm::sys::fs::recursive_directory_iterator entry(folder, code), end;
       !code && entry != end; entry.increment(code)) {
    llvm::StringRef path = entry->path();
    if (llvm::sys::path::filename(path) != "model.onnx")
      continue;
    llvm::StringRef name = llvm::sys::path::parent_path(path);
    name.consume_front(folder);
    name = name.ltrim('/');
    if (name.contains(only))
      cases.push_back(name.empty() ? "." : name.str());
  }
  llvm::sort(cases);
  if (cases.empty())
    fail(wrongUsage,
         "there is no model.onnx below '" + folder + "'" +
             (only.empty() ? "" : " whose path holds '" + only + "'"));
}

void OnnxTestVerb::reportProgress(const std::string &name) {
  ++finished;
  if (sinceReport.ms() < 1000)
    return;
  sinceReport = Stopwatch();
  const char *const begin = isatty(STDERR_FILENO) != 0 ? "\r\033[K" : "";
  const char *const end = isatty(STDERR_FILENO) != 0 ? "" : "\n";
  fmt::print(stderr, "{}{} of {} cases: {}{}", begin, finished, cases.size(),
             name, end);
  std::fflush(stderr);
}

/// What makes another one of this command do as this one would.
std::vector<std::string> OnnxTestVerb::workerArguments() const {
  std::vector<std::string> arguments = {
      "onnx-test",
      folder,
      "--worker",
      "--compare",
      compare,
      "--relative-to-max",
      fmt::to_string(truth.tolerance.relativeToMax),
      "--recipe",
      recipe};
  llvm::append_range(arguments, backends.arguments());
  return arguments;
}

void OnnxTestVerb::runCases() {
  // What is wrong with the backends is one error, not one for each worker.
  backends.requirements(false);
  BackendSet set = backends.makeSet();
  for (const std::string &name : backends.order())
    orFail(set.open(name));
  noteReplacements(set);

  JobWorkers workers;
  workers.executable = llvm::sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&addOnnxTest));
  workers.arguments = workerArguments();
  workers.count = workerCount;
  workers.timeoutSeconds = timeout;
  results.resize(cases.size());
  runJobs(cases, workers, [&](size_t index, JobResult job) {
    results[index] = job.crashed ? CaseResult{Outcome::crashed, job.text}
                                 : fromText(job.text);
    reportProgress(cases[index]);
  });
  if (isatty(STDERR_FILENO) != 0)
    std::cerr << "\r\033[K" << std::flush;
}

Status OnnxTestVerb::serveCases() {
  backends.isolation.calls = IsolatedCalls::none; // this is a worker already
  BackendSet set = backends.makeSet();
  std::vector<std::shared_ptr<ProgramBackend>> order;
  for (const std::string &name : backends.order())
    order.push_back(orFail(set.open(name)));
  CaseOptions options;
  options.truth = truth;
  options.recipe = recipe == "auto" ? "" : recipe;
  options.required = backends.requirements(false);
  CaseRunner runner(*orFail(theCompiler()), set, std::move(order), options);
  return static_cast<Status>(serveJobs([&](const std::string &name) {
    return toText(runner.run(folder + "/" + name));
  }));
}

/// Over all cases that were compiled.
Json OnnxTestVerb::opCounts() const {
  Json counts = Json::object();
  for (auto [index, name] : llvm::enumerate(backends.order())) {
    uint64_t sum = 0;
    for (const CaseResult &one : results)
      sum += one.opCounts.empty() ? 0 : one.opCounts[index];
    counts[name] = sum;
  }
  return counts;
}

Json OnnxTestVerb::answer() const {
  Json failures = Json::array(), unsupported = Json::array(),
       vacuous = Json::array(), unmet = Json::array();
  for (auto [name, result] : llvm::zip_equal(cases, results)) {
    if (result.outcome == Outcome::unsupported)
      unsupported.push_back({{"name", name}, {"reason", result.reason}});
    if (result.outcome == Outcome::notComparable)
      vacuous.push_back({{"name", name}, {"reason", result.reason}});
    if (isUnmet(result))
      unmet.push_back({{"name", name}, {"reason", result.unmet}});
    if (result.outcome == Outcome::failed || result.outcome == Outcome::crashed)
      failures.push_back(
          {{"name", name},
           {"status", result.outcome == Outcome::failed ? "failed" : "crashed"},
           {"reason", result.reason}});
  }
  return {{"backend", backends.order().front()},
          {"total", cases.size()},
          {"passed", count(Outcome::passed)},
          {"passed_without_op", countIdle()},
          {"op_counts", opCounts()},
          {"failed", count(Outcome::failed)},
          {"not_comparable", count(Outcome::notComparable)},
          {"unsupported", count(Outcome::unsupported)},
          {"crashed", count(Outcome::crashed)},
          {"fell_back", countFellBack()},
          {"unmet", countUnmet()},
          {"failures", std::move(failures)},
          {"not_comparable_cases", std::move(vacuous)},
          {"unsupported_cases", std::move(unsupported)},
          {"unmet_cases", std::move(unmet)}};
}

static const char *wordFor(Outcome outcome) {
  switch (outcome) {
  case Outcome::passed:
    return "passed";
  case Outcome::failed:
    return "FAILED";
  case Outcome::notComparable:
    return "not comparable";
  case Outcome::unsupported:
    return "unsupported";
  case Outcome::crashed:
    return "CRASHED";
  }
  llvm_unreachable("unknown outcome");
}

void OnnxTestVerb::print() const {
  for (auto [name, result] : llvm::zip_equal(cases, results)) {
    if (summary)
      continue;
    if (isUnmet(result))
      fmt::print(dataFile(), "{:<14} {}: {}\n", "lacking", name, result.unmet);
    if (result.outcome == Outcome::passed)
      continue;
    fmt::print(dataFile(), "{:<14} {}: {}\n", wordFor(result.outcome), name,
               result.reason);
  }
  const std::string first = backends.order().front();
  fmt::print(dataFile(), "{}: {} cases, {} passed", first, cases.size(),
             count(Outcome::passed));
  if (countIdle() != 0)
    fmt::print(dataFile(), " ({} of them without an op on {})", countIdle(),
               first);
  fmt::print(dataFile(),
             ", {} failed, {} not comparable, {} unsupported, {} crashed",
             count(Outcome::failed), count(Outcome::notComparable),
             count(Outcome::unsupported), count(Outcome::crashed));
  if (countFellBack() != 0)
    fmt::print(dataFile(), "; {} with ops on the interpreter", countFellBack());
  if (countUnmet() != 0)
    fmt::print(dataFile(), "; {} passed, but not as --require says",
               countUnmet());
  fmt::print(dataFile(), "\n");
  std::vector<std::string> counts;
  const Json sums = opCounts(); // outlives its items
  for (const auto &[name, sum] : sums.items())
    counts.push_back(fmt::format("{} on {}", sum.get<uint64_t>(), name));
  fmt::print(dataFile(), "ops: {}\n", fmt::join(counts, ", "));
}

Status OnnxTestVerb::run() {
  truth.isReference = compare == "reference";
  if (isWorker)
    return serveCases();
  findCases();
  runCases();
  if (json)
    printJson(answer());
  else
    print();
  if (count(Outcome::failed) != 0)
    return comparisonFailed;
  if (count(Outcome::crashed) != 0 || countUnmet() != 0)
    return backendFailed;
  return count(Outcome::notComparable) != 0 ? notComparable : done;
}

std::unique_ptr<Verb> cli::addOnnxTest(CLI::App &app) {
  return std::make_unique<OnnxTestVerb>(
      *app.add_subcommand("onnx-test", "run a tree of ONNX backend tests"));
}
