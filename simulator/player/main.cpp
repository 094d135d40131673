// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-player: plays cases of `glowplug conformance export-rtl` on the models of
// the NPU, and compares their signatures.

#include "simulator/player/Play.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace glowplug::npu;
namespace fs = std::filesystem;

namespace {

enum ExitStatus { passed = 0, failed = 1, wrongUsage = 2 };

struct Options {
  std::vector<std::string> folders;
  std::string device = "in-order", configFile;
  std::vector<std::string> rtl;
  bool commands = false;
  process::Options process;
};

/// The folders of cases in \p folder, sorted: those with a case.json.
std::vector<fs::path> casesIn(const fs::path &folder) {
  std::vector<fs::path> found;
  std::error_code code;
  for (fs::recursive_directory_iterator at(folder, code), end;
       !code && at != end; at.increment(code))
    if (at->path().filename() == "case.json")
      found.push_back(at->path().parent_path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Beside this program, where it was built, or among the plugins, where it is
/// installed; empty if it is in neither place.
std::string findDevice() {
  std::error_code code;
  const fs::path self = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const char *folder : {".", "../lib/glowplug/plugins"}) {
    const fs::path device = (self / folder / "npu-device").lexically_normal();
    if (fs::exists(device, code))
      return device.string();
  }
  return {};
}

Result<Config> configOf(const Options &options) {
  if (options.configFile.empty())
    return Config{};
  std::ifstream stream(options.configFile);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream)
    return Fault{fmt::format("{}: cannot be read", options.configFile)};
  auto config = readConfig(text);
  if (!config)
    return Fault{fmt::format("{}: {}", options.configFile, config.message())};
  return config;
}

/// A line for each command of a case.
void printCommands(const player::Case &given, const Timeline &timeline) {
  fmt::print("{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}\n", "command", "queue",
             "opcode", "dispatched", "start", "front_free", "end");
  for (std::size_t n = 0; n < given.commands.size(); ++n) {
    const Command command = *decodeCommand(given.commands[n]);
    const Record &record = timeline.records[n];
    fmt::print("{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}{:>11}\n", n,
               queueNames[headerOf(command).queue],
               commandInfos[command.index()].name, record.dispatched,
               record.start, record.frontFree, record.end);
  }
}

/// Plays one case and says in a line what came of it. Whether it passes.
bool play(const fs::path &folder, const Options &options,
          const Config &config) {
  const auto fail = [&](const std::string &why) {
    fmt::print("FAIL {}: {}\n", folder.string(), why);
    return false;
  };
  const auto given = player::readCase(folder);
  if (!given)
    return fail(given.message());
  const auto outcome =
      options.device == "model"
          ? player::playOnModel(*given, config, options.process)
          : player::playInOrder(*given, config);
  if (!outcome)
    return fail(outcome.message());
  if (const auto fault = player::judge(*given, outcome->memory))
    return fail(fault->message);
  std::string text = fmt::format("PASS {}: {} commands", folder.string(),
                                 given->commands.size());
  if (outcome->timeline)
    text += fmt::format(", {} cycles", outcome->timeline->cycles);
  if (outcome->inHardware)
    text += fmt::format(", {} in hardware", *outcome->inHardware);
  fmt::print("{}\n", text);
  if (options.commands)
    printCommands(*given, *outcome->timeline);
  return true;
}

int run(Options &options) {
  const auto config = configOf(options);
  if (!config) {
    fmt::print(stderr, "npu-player: error: {}\n", config.message());
    return wrongUsage;
  }
  for (const auto &[name, unit] : process::unitNames)
    if (std::find(options.rtl.begin(), options.rtl.end(), name) !=
        options.rtl.end())
      options.process.units |= unit;
  if (!options.rtl.empty())
    options.device = "model";
  if (options.process.executable.empty())
    options.process.executable = findDevice();
  if (options.commands && options.device != "model") {
    fmt::print(stderr,
               "npu-player: error: --commands needs --device model, but "
               "it is {}\n",
               options.device);
    return wrongUsage;
  }
  if (options.device == "model" && options.process.executable.empty()) {
    fmt::print(stderr, "npu-player: error: there is no npu-device beside this "
                       "program or among the plugins; see --device-path\n");
    return wrongUsage;
  }
  std::size_t played = 0, good = 0;
  for (const std::string &folder : options.folders) {
    const std::vector<fs::path> cases = casesIn(folder);
    if (cases.empty()) {
      fmt::print("FAIL {}: there is no case.json in it\n", folder);
      ++played;
    }
    for (const fs::path &found : cases) {
      ++played;
      good += play(found, options, *config) ? 1 : 0;
    }
  }
  fmt::print("{} of {} cases pass\n", good, played);
  return good == played ? passed : failed;
}

std::vector<std::string> unitNames() {
  std::vector<std::string> names;
  for (const auto &entry : process::unitNames)
    names.emplace_back(entry.name);
  return names;
}

void addOptions(CLI::App &app, Options &options) {
  app.add_option("FOLDER", options.folders, "cases, or folders with cases")
      ->required();
  app.add_option("--device", options.device,
                 "in-order: each command by its definition; model: the SystemC "
                 "model")
      ->check(CLI::IsMember({"in-order", "model"}))
      ->capture_default_str();
  app.add_option("--rtl", options.rtl,
                 "units of RTL in the model, separated by commas; chip: the "
                 "whole NPU in RTL in the place of the model")
      ->delimiter(',')
      ->check(CLI::IsMember(unitNames()));
  app.add_flag("--commands", options.commands,
               "a line for each command as well: when it was dispatched, "
               "started, left the front of its engine free, and ended; with "
               "--device model");
  app.add_flag("--go-on", options.process.goesOn,
               "let conflicts on banks go, which are a fault otherwise; with "
               "--device model");
  app.add_option("--npu", options.configFile,
                 "sizes of the machine, as the option npu of the backend")
      ->type_name("FILE");
  app.add_option("--device-path", options.process.executable,
                 "the program npu-device")
      ->type_name("FILE");
}

int runCommand(int argc, char **argv) {
  Options options;
  CLI::App app{"plays cases of `glowplug conformance export-rtl` on the models "
               "of the NPU; exits with 0 if all pass, 1 if one does not, and 2 "
               "for wrong usage",
               "npu-player"};
  addOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? passed : wrongUsage;
  }
  return run(options);
}

} // namespace

int main(int argc, char **argv) {
  // A case may ask for more memory than there is.
  try {
    return runCommand(argc, argv);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "npu-player: error: %s\n", error.what());
    return failed;
  }
}
