// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// graph-fuzz: random graphs on the cpu backend, against the interpreter.

#include "tests/fuzz/Campaign.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <csignal>
#include <optional>

using namespace glowplug;
using namespace glowplug::fuzz;
using namespace glowplug::graphs;

namespace {

/// What the command line says.
struct Arguments {
  CampaignOptions options;
  std::vector<std::string> only, backend, expected;
  std::string replay, sample;
  std::optional<uint64_t> print;
  bool list = false, keepLarge = false;

  void declare(CLI::App &app);
  /// Fills what needs more than one option; says what is wrong.
  std::optional<std::string> complete();
};

} // namespace

void Arguments::declare(CLI::App &app) {
  app.add_option("--seed", options.seed, "first seed");
  app.add_option("--count", options.count, "how many graphs");
  app.add_option("--jobs", options.jobs, "how many processes")
      ->check(CLI::Range(1u, 256u));
  app.add_option("--only", only, "operators, by name")->delimiter(',');
  app.add_flag("--strict", options.generator.strict,
               "keep to what ONNX itself defines");
  app.add_option("--dump", options.keep, "folder for failing cases");
  app.add_option("--timeout", options.seconds, "seconds for one graph");
  app.add_option("--shrink-seconds", options.shrinkSeconds,
                 "for one failing graph");
  app.add_flag("--no-shrink", keepLarge, "keep failing graphs as they are");
  app.add_option("--most-failures", options.mostFailures,
                 "end after so many failing graphs");
  app.add_option("--replay", replay, "folder of a kept case, to run again");
  app.add_option("--dump-ort", sample,
                 "write --count strict cases with the interpreter's outputs "
                 "into this folder");
  app.add_option("--print", print, "print the graph of a seed");
  app.add_option("--option", backend,
                 "another option of the cpu backend, KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--expect", expected,
                 "succeed only if each of these becomes of some graph: to see "
                 "a fault found")
      ->delimiter(',');
  app.add_flag("--list", list, "list the operators");
}

std::optional<std::string> Arguments::complete() {
  options.generator.only.insert(only.begin(), only.end());
  options.wantShrink = !keepLarge;
  options.generator.strict |= !sample.empty();
  for (const std::string &text : backend) {
    const size_t at = text.find('=');
    if (at == std::string::npos)
      return fmt::format("--option needs KEY=VALUE, but got '{}'", text);
    options.backend.push_back({text.substr(0, at), text.substr(at + 1)});
  }
  for (const std::string &name : expected) {
    const std::optional<Result> result = resultNamed(name);
    if (!result)
      return fmt::format("there is no outcome '{}'", name);
    options.expected.insert(*result);
  }
  const std::vector<std::string> names = operatorNames();
  for (const std::string &name : only)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return fmt::format("there is no operator '{}'; --list lists them", name);
  return std::nullopt;
}

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Runs random ONNX graphs on the cpu backend between guard "
               "pages, and compares them with the interpreter.");
  Arguments arguments;
  arguments.declare(app);
  CLI11_PARSE(app, argc, argv);
  if (const std::optional<std::string> fault = arguments.complete()) {
    fmt::print(stderr, "graph-fuzz: {}\n", *fault);
    return 2;
  }
  const CampaignOptions &options = arguments.options;
  if (arguments.list) {
    for (const std::string &name : operatorNames())
      fmt::print("{}\n", name);
    return 0;
  }
  if (arguments.print) {
    fmt::print("{}", textOf(generate(*arguments.print, options.generator)));
    return 0;
  }
  Campaign campaign(options);
  if (!arguments.replay.empty())
    return campaign.replay(arguments.replay) ? 0 : 1;
  if (!arguments.sample.empty())
    return campaign.writeSample(arguments.sample, options.count) ? 0 : 1;
  return campaign.run() ? 0 : 1;
}
