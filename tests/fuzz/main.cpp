// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// graph-fuzz: random graphs on the cpu backend, against the interpreter.

#include "tests/fuzz/Campaign.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <csignal>

using namespace glowplug;
using namespace glowplug::fuzz;

int main(int argc, char **argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CampaignOptions options;
  std::vector<std::string> only, backend, expected;
  std::string replay, sample;
  uint64_t print = 0;
  bool list = false, keepLarge = false;
  CLI::App app("Runs random ONNX graphs on the cpu backend between guard "
               "pages, and compares them with the interpreter.");
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
  auto *const dump =
      app.add_option("--dump-ort", sample,
                     "write --count strict cases with the interpreter's "
                     "outputs into this folder");
  auto *const printed =
      app.add_option("--print", print, "print the graph of a seed");
  app.add_option("--option", backend,
                 "another option of the cpu backend, KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--expect", expected,
                 "succeed only if each of these becomes of some graph: to see "
                 "a fault found")
      ->delimiter(',');
  app.add_flag("--list", list, "list the operators");
  CLI11_PARSE(app, argc, argv);
  options.generator.only.insert(only.begin(), only.end());
  options.wantShrink = !keepLarge;
  for (const std::string &text : backend) {
    const size_t at = text.find('=');
    if (at == std::string::npos) {
      fmt::print(stderr, "graph-fuzz: --option needs KEY=VALUE, but got '{}'\n",
                 text);
      return 2;
    }
    options.backend.push_back({text.substr(0, at), text.substr(at + 1)});
  }
  for (const std::string &name : expected) {
    const std::optional<Result> result = resultNamed(name);
    if (!result) {
      fmt::print(stderr, "graph-fuzz: there is no outcome '{}'\n", name);
      return 2;
    }
    options.expected.insert(*result);
  }
  const std::vector<std::string> names = operatorNames();
  for (const std::string &name : only)
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      fmt::print(stderr,
                 "graph-fuzz: there is no operator '{}'; --list lists "
                 "them\n",
                 name);
      return 2;
    }
  if (list) {
    for (const std::string &name : names)
      fmt::print("{}\n", name);
    return 0;
  }
  if (printed->count() != 0) {
    fmt::print("{}", textOf(generate(print, options.generator)));
    return 0;
  }
  if (dump->count() != 0)
    options.generator.strict = true;
  Campaign campaign(options);
  if (!replay.empty())
    return campaign.replay(replay) ? 0 : 1;
  if (dump->count() != 0)
    return campaign.writeSample(sample, options.count) ? 0 : 1;
  return campaign.run() ? 0 : 1;
}
