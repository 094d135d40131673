// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options of create(), and the machine that they describe.

#include "backends/npu-sim/plugin/Backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace glowplug::npusim {
namespace {

constexpr auto options = std::to_array<glue::Option>({
    {"npu", "",
     "JSON file with the sizes of the NPU, as hw/spec/npu.json; empty: those "
     "that stand there"},
    {"device", "in-process",
     "what runs programs: in-process, or process for the SystemC model"},
    {"device-path", "",
     "the npu-device to start with device=process, and for `glowplug cosim`; "
     "empty: the one installed with the plugin"},
    {"rtl", "",
     "with device=process: what Verilated RTL stands for, with commas: array, "
     "vector, depthwise, dma, fetch; or chip, which is all of the NPU"},
    {"lockstep", "off",
     "on: the clocks of the units of `rtl` never stand still, which is slower "
     "and may change nothing"},
    {"slow-memory", "",
     "with rtl=chip: STALL:LATENCY:SEED, a memory that is not ready in STALL % "
     "of the cycles and takes up to LATENCY cycles for a burst; its times are "
     "not those of the contract"},
    {"x-seed", "0",
     "with rtl=chip: not 0, but up to 2147483647, is the chip after power-up: "
     "what it does not reset holds bits drawn from this number, which changes "
     "no result and no time"},
    {"double-buffer", "on",
     "on, or off: load only what the next command needs, to compare with"},
    {"energy", "",
     "JSON file with the price of each action in picojoules, as "
     "`hw/spec/generate --energy-table` writes it; empty: those of "
     "hw/spec/energy.json"},
    {"check-races", "off",
     "on: refuse a program with accesses that no semaphore orders, as a test "
     "of the compiler"},
});

/// Far more than a configuration has.
constexpr std::size_t mostFileBytes = 1 << 20;

npu::Result<std::string> readFile(const std::string &path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(
      std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file)
    return npu::Fault{
        fmt::format("cannot open '{}': {}", path, std::strerror(errno))};
  std::string text(mostFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0)
    return npu::Fault{
        fmt::format("cannot read '{}': {}", path, std::strerror(errno))};
  if (text.size() > mostFileBytes)
    return npu::Fault{
        fmt::format("'{}' has more than {} bytes", path, mostFileBytes)};
  return text;
}

npu::Result<npu::Config> configOf(const std::string &path) {
  if (path.empty())
    return npu::Config{};
  auto text = readFile(path);
  if (!text)
    return text.fault();
  auto config = npu::readConfig(*text);
  if (!config)
    return npu::Fault{fmt::format("'{}': {}", path, config.message())};
  return config;
}

npu::Result<EnergyPrices> pricesOf(const std::string &path) {
  EnergyPrices prices;
  if (path.empty())
    return prices;
  auto text = readFile(path);
  if (!text)
    return text.fault();
  auto table = npu::readEnergyTable(*text, path);
  if (!table)
    return table.fault();
  prices.table = std::move(*table);
  prices.file = path;
  prices.note = fmt::format("Prices are those of {}. Areas are of 45 nm, and "
                            "leave wires out.",
                            path);
  return prices;
}

std::string describeTarget(const npu::Config &config) {
  return fmt::format(
      "{0}x{0} array, {1} KiB scratchpad, {2} KiB accumulator, {3} DRAM of {4} "
      "bytes per cycle",
      config.arrayRows, npu::scratchpadBytes(config) / 1024,
      npu::accumulatorRows(config) * config.arrayRows * 4 / 1024,
      config.dramBanked != 0 ? "banked" : "ideal", config.dramBytesPerCycle);
}

/// The hash decides; the parameters after it tell people what differs.
std::string requirementOf(const npu::Config &config) {
  std::string text =
      fmt::format("glowplug-npu {:016x}", npu::configHash(config));
  for (const npu::Parameter &parameter : npu::parameters)
    if (parameter.binds)
      text += fmt::format(" {}={}", parameter.name, config.*parameter.member);
  return text;
}

npu::Fault unexpected(const std::string &key, const std::string &value,
                      const char *expected) {
  return {
      fmt::format("option '{}' is '{}'; expected {}", key, value, expected)};
}

/// Reads the options one by one.
struct Parser {
  gp_backend &backend;
  bool usesProcess = false;
  npu::process::Options process{};

  std::optional<npu::Fault> parse(const std::string &key,
                                  const std::string &value) {
    if (key == "npu") {
      auto config = configOf(value);
      if (!config)
        return npu::Fault{"option 'npu': " + config.message()};
      backend.config = *config;
      return std::nullopt;
    }
    if (key == "device") {
      if (value != "in-process" && value != "process")
        return unexpected("device", value, "in-process or process");
      usesProcess = value == "process";
      return std::nullopt;
    }
    if (key == "device-path") {
      process.executable = value;
      return std::nullopt;
    }
    if (key == "rtl") {
      const auto units = readUnits(value);
      if (!units)
        return npu::Fault{"option 'rtl': " + units.message()};
      process.units = *units;
      return std::nullopt;
    }
    if (key == "energy") {
      auto prices = pricesOf(value);
      if (!prices)
        return npu::Fault{"option 'energy': " + prices.message()};
      backend.energy = std::move(*prices);
      return std::nullopt;
    }
    if (key == "slow-memory")
      return parseMemory(value);
    if (key == "lockstep")
      return parseSwitch(key, value, process.lockstep);
    if (key == "x-seed")
      return parseXSeed(value);
    if (key == "double-buffer")
      return parseSwitch(key, value, backend.options.doubleBuffer);
    if (key == "check-races")
      return parseSwitch(key, value, backend.options.checkRaces);
    std::string known;
    for (const glue::Option &option : options)
      known += (known.empty() ? "" : ", ") + std::string(option.key);
    return npu::Fault{
        fmt::format("unknown option '{}'; expected one of {}", key, known)};
  }

  /// Called after the last option: checks how the options fit each other.
  std::optional<npu::Fault> finish() {
    if (!usesProcess && process.units != 0)
      return npu::Fault{"option 'rtl' needs device=process"};
    if (process.memory.isAny() && (process.units & npu::process::chipUnit) == 0)
      return npu::Fault{"option 'slow-memory' needs rtl=chip"};
    if (process.xSeed != 0 && (process.units & npu::process::chipUnit) == 0)
      return npu::Fault{"option 'x-seed' needs rtl=chip"};
    backend.hasOwnDevice = !process.executable.empty();
    if (!backend.hasOwnDevice)
      process.executable = findNpuDevice();
    if (process.executable.empty() && usesProcess)
      return npu::Fault{"option 'device': there is no npu-device beside the "
                        "plugin; give its path as 'device-path'"};
    backend.usesProcess = usesProcess;
    backend.process = std::move(process);
    return std::nullopt;
  }

private:
  std::optional<npu::Fault> parseMemory(const std::string &value) {
    if (value.empty())
      return std::nullopt;
    unsigned stall = 0, latency = 0;
    unsigned long long seed = 0;
    int end = 0;
    const int fields = std::sscanf(value.c_str(), "%5u:%6u:%19llu%n", &stall,
                                   &latency, &seed, &end);
    if (fields != 3 || static_cast<std::size_t>(end) != value.size() ||
        stall > 99 || latency > 10'000)
      return unexpected("slow-memory", value,
                        "STALL:LATENCY:SEED, with STALL up to 99 and LATENCY "
                        "up to 10000");
    process.memory = {stall, latency, seed};
    return std::nullopt;
  }

  std::optional<npu::Fault> parseXSeed(const std::string &value) {
    const char *const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, process.xSeed);
    if (read.ec != std::errc() || read.ptr != end ||
        process.xSeed > npu::process::mostXSeed)
      return unexpected("x-seed", value, "a number from 0 to 2147483647");
    return std::nullopt;
  }

  static std::optional<npu::Fault>
  parseSwitch(const std::string &key, const std::string &value, bool &target) {
    if (value != "on" && value != "off")
      return unexpected(key, value, "on or off");
    target = value == "on";
    return std::nullopt;
  }
};

} // namespace

std::span<const glue::Option> optionTable() { return options; }

npu::Result<npu::process::UnitSet> readUnits(const std::string &list) {
  npu::process::UnitSet units = 0;
  std::size_t begin = 0;
  while (begin < list.size()) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string name = list.substr(begin, end - begin);
    begin = end + 1;
    std::string known;
    bool isKnown = false;
    for (const auto &entry : npu::process::unitNames) {
      known += (known.empty() ? "" : ", ") + std::string(entry.name);
      if (entry.name == name) {
        units |= entry.unit;
        isKnown = true;
      }
    }
    if (!isKnown)
      return npu::Fault{fmt::format("needs units of {}, with commas, but got "
                                    "'{}'",
                                    known, list)};
  }
  return units;
}

npu::Result<std::unique_ptr<gp_backend>>
openBackend(const gp_host *host, std::span<const gp_option> given) {
  auto backend = std::make_unique<gp_backend>();
  backend->host = host;
  Parser parser{*backend};
  for (const gp_option &option : given)
    if (auto fault = parser.parse(option.key, option.value))
      return *fault;
  if (auto fault = parser.finish())
    return *fault;
  backend->targetText = describeTarget(backend->config);
  backend->requirement = requirementOf(backend->config);
  return backend;
}

std::unique_ptr<Device> makeDevice(const gp_backend &backend) {
  return backend.usesProcess
             ? makeProcessDevice(backend.config, backend.process)
             : makeInProcessDevice(backend.config);
}

} // namespace glowplug::npusim
