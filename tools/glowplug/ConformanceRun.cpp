// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug conformance --plugin, list and run: what needs a plugin.

#include "core/conformance/run/RunSuite.h"
#include "tools/glowplug/Conformance.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Progress.h"
#include "tools/glowplug/StopSignal.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <thread>

using namespace glowplug;
using namespace glowplug::cli;
using namespace glowplug::conformance;

/// "2/8"
static void setShard(SuiteRequest &request, const std::string &text) {
  const auto [index, count] = llvm::StringRef(text).split('/');
  if (index.getAsInteger(10, request.shard) ||
      count.getAsInteger(10, request.shards) || request.shard == 0 ||
      request.shard > request.shards)
    fail(wrongUsage,
         "--shard needs I/N with I from 1 to N, but got '" + text + "'");
}

void PluginOptions::add(CLI::App &app) {
  app.add_option("--plugin", plugin, "the library of the plugin")
      ->type_name("FILE");
  app.add_option("--option", options, "a setting of its backend, repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--seed", seed, "of all random numbers")
      ->type_name("S")
      ->capture_default_str();
  app.add_option("--call-timeout", timeoutSeconds,
                 "what one call of the plugin may take, in seconds")
      ->type_name("N")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
}

SuiteRequest PluginOptions::request() const {
  if (plugin.empty())
    fail(wrongUsage,
         "needs --plugin FILE\n  see `glowplug conformance --help`");
  SuiteRequest request;
  request.plugin = plugin;
  for (const std::string &option : options) {
    auto [key, value] = keyValue(option, "--option");
    request.options.push_back({std::move(key), std::move(value)});
  }
  request.seed = seed;
  request.isolation.calls = IsolatedCalls::all;
  request.isolation.isStrict = true;
  // Cases of the ABI look for growth; this would make each call seven times.
  request.isolation.looksForLeaks = false;
  request.isolation.callTimeout = std::chrono::seconds(timeoutSeconds);
  return request;
}

void CaseOptions::add(CLI::App &app) {
  app.add_option("--level", level, "how many cases: smoke, quick or full")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"smoke", "quick", "full"}))
      ->capture_default_str();
  app.add_option("--filter", filter, "only cases of these names, repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
}

void CaseOptions::set(SuiteRequest &request) const {
  request.depth = *parseDepth(level);
  request.filter = filter;
}

void ConformanceRun::add(CLI::App &app) {
  plugin.add(app);
  suite.add(app);
  app.add_option("--out", folder, "folder for the report, or to go on in")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--shard", shard, "run the I-th of N parts of the suite")
      ->type_name("I/N");
  app.add_option("--jobs", jobs, "cases at a time; 0: one per processor")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--waivers", waivers, "failures that are known, in JSON")
      ->type_name("FILE");
  app.add_flag("--fresh", isFresh, "forget a run that is in the folder");
  app.add_flag("--stop-at-failure", stopsAtFailure,
               "end with the first case that fails");
  signing.add(app);
}

namespace {

/// One line that says how far the run is.
class Line {
public:
  void show(const SuiteProgress &progress) {
    const auto now = std::chrono::steady_clock::now();
    if (progress.done != progress.total && now - last < interval)
      return;
    last = now;
    listener.task(fmt::format("{} of {} cases, {} failed: {}", progress.done,
                              progress.total, progress.failures,
                              progress.name));
  }
  void begin(const std::string &stage) { listener.begin(stage); }

private:
  static constexpr std::chrono::milliseconds interval{200};
  Progress listener;
  std::chrono::steady_clock::time_point last;
};

/// What is wrong with a case, in lines.
std::string failureText(const CaseRecord &record) {
  std::string text = fmt::format("{}: {}, seed {}\n", record.name,
                                 verdictName(verdictOf(record)), record.seed);
  if (!record.message.empty())
    text += "  " + record.message + "\n";
  for (const Measurement &measured : record.measurements) {
    if (isWithin(measured))
      continue;
    if (measured.mismatches != 0)
      text += fmt::format("  {} {} at {}: got {}, want {} within {}; {} of {} "
                          "elements\n",
                          measured.rule, measured.subject, measured.where,
                          measured.got, measured.want, measured.limit,
                          measured.mismatches, measured.elements);
    if (measured.moments)
      text += fmt::format(
          "  {} {}: mean square {:.3g} of at most {:.3g}, mean {:.3g} of at "
          "most {:.3g}\n",
          measured.rule, measured.subject, measured.moments->square,
          measured.moments->squareLimit, measured.moments->bias,
          measured.moments->biasLimit);
  }
  if (!record.repro.empty())
    text += "  kept in " + record.repro + "\n";
  return text;
}

constexpr size_t mostShown = 10;

void printFailures(const Report &report) {
  size_t shown = 0;
  for (const JudgedCase &judged : report.cases) {
    if (isAllowed(judged.verdict))
      continue;
    if (++shown > mostShown) {
      fmt::print(dataFile(), "... and {} more; see the report\n",
                 report.failures() - mostShown);
      return;
    }
    fmt::print(dataFile(), "{}", failureText(judged.record));
  }
}

} // namespace

Status ConformanceRun::run(bool json) {
  signing.check();
  SuiteRequest request = plugin.request();
  suite.set(request);
  if (!shard.empty())
    setShard(request, shard);
  request.folder = folder;
  request.waivers = waivers;
  request.jobs =
      jobs != 0 ? jobs : std::max(1u, std::thread::hardware_concurrency());
  request.stopsAtFailure = stopsAtFailure;
  request.isFresh = isFresh;
  request.command = fmt::format("glowplug conformance --plugin {} --level {}",
                                request.plugin, suite.level);
  const StopSignal signal;
  request.isStopped = [] { return StopSignal::isAsked(); };
  std::optional<Report> report;
  {
    Line line;
    line.begin("running cases");
    request.progress = [&](const SuiteProgress &progress) {
      line.show(progress);
    };
    report = orFail(runSuite(request));
  }
  if (!report)
    fail(interrupted, "stopped; the same command goes on in '" + folder + "'");
  signing.sign(folder);
  if (json)
    printJson({{"folder", folder}, {"result", resultJson(*report)}});
  else {
    printFailures(*report);
    fmt::print(dataFile(), "{}report   {}/{}\n", resultText(*report), folder,
               pageFile);
  }
  return report->hasPassed() ? done : comparisonFailed;
}

namespace {

class ListVerb : public Verb {
public:
  ListVerb(CLI::App &app, bool &json) : wantsJson(json) {
    plugin.add(app);
    suite.add(app);
    addJson(app, json);
    setHelp(app, {" --plugin FILE [options]",
                  {"--plugin ./mine.so --level smoke",
                   "--plugin ./mine.so --filter 'ops/Conv/*'"},
                  "0 done, 2 wrong usage, 3 the plugin cannot be used"});
  }

  Status run() override {
    SuiteRequest request = plugin.request();
    suite.set(request);
    const OpenedPlugin opened = orFail(openPlugin(request));
    cli::Json names = cli::Json::array();
    for (const SuiteCase &suiteCase :
         orFail(plannedCases(request, opened.claims))) {
      if (wantsJson)
        names.push_back({{"name", suiteCase.name},
                         {"claimed", opened.claims.covers(suiteCase.features)},
                         {"features", suiteCase.features}});
      else
        fmt::print(dataFile(), "{}\n", suiteCase.name);
    }
    if (wantsJson)
      printJson({{"cases", std::move(names)}});
    return done;
  }

private:
  bool &wantsJson;
  PluginOptions plugin;
  CaseOptions suite;
};

class RunVerb : public Verb {
public:
  RunVerb(CLI::App &app, bool &json) : wantsJson(json) {
    app.add_option("CASE", name, "")->required();
    plugin.add(app);
    app.add_option("--out", folder, "keep a failure below this folder")
        ->type_name("DIR");
    addJson(app, json);
    setHelp(app, {" CASE --plugin FILE [options]",
                  {"ops/Map/f32/add.f32.f32.f32.b2.D6 --plugin ./mine.so"},
                  "0 it passes, 2 wrong usage, 3 the plugin cannot be used,\n  "
                  "4 it does not pass"});
  }

  Status run() override;

private:
  bool &wantsJson;
  std::string name, folder;
  PluginOptions plugin;
};

} // namespace

Status RunVerb::run() {
  SuiteRequest request = plugin.request();
  request.depth = Depth::full;
  const OpenedPlugin opened = orFail(openPlugin(request));
  std::vector<SuiteCase> cases = orFail(plannedCases(request, opened.claims));
  llvm::erase_if(cases, [&](const SuiteCase &suiteCase) {
    return suiteCase.name != name;
  });
  if (cases.empty())
    fail(wrongUsage,
         "there is no case '" + name + "'\n  see `glowplug conformance list`");
  RunnerSettings settings;
  settings.options = request.options;
  settings.abi = abiTargetOf(request);
  settings.seed = request.seed;
  settings.keepFolder = folder;
  std::optional<CaseRecord> record;
  if (llvm::Error error = runCases(
          cases, opened.claims, [&] { return openSubject(request); }, settings,
          [&](CaseRecord made) { record = std::move(made); }))
    fail(std::move(error));
  const conformance::Verdict verdict = verdictOf(*record);
  if (wantsJson)
    printJson({{"name", record->name},
               {"verdict", verdictName(verdict)},
               {"seed", record->seed},
               {"message", record->message}});
  else
    fmt::print(dataFile(), "{}", failureText(*record));
  return isAllowed(verdict) ? done : comparisonFailed;
}

std::unique_ptr<Verb> cli::addConformanceList(CLI::App &app, bool &json) {
  return std::make_unique<ListVerb>(
      *app.add_subcommand("list", "the cases for a plugin"), json);
}

std::unique_ptr<Verb> cli::addConformanceCase(CLI::App &app, bool &json) {
  return std::make_unique<RunVerb>(
      *app.add_subcommand("run", "one case, with all that is wrong"), json);
}
