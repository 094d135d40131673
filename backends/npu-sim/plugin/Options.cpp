// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options of create(), and the machine that they describe.

#include "backends/npu-sim/plugin/Backend.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace glowplug::npusim {
namespace {

constexpr std::array<OptionInfo, 4> options{{
    {"npu", "",
     "JSON file with the sizes of the NPU, as hw/spec/npu.json; empty: those "
     "that stand there"},
    {"device", "in-process",
     "what runs programs: in-process, or process for the SystemC model"},
    {"double-buffer", "on",
     "on, or off: load only what the next command needs, to compare with"},
    {"check-races", "off",
     "on: refuse a program with accesses that no semaphore orders, as a test "
     "of the compiler"},
}};

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

std::string describeTarget(const npu::Config &config) {
  return fmt::format(
      "{0}x{0} array, {1} KiB scratchpad, {2} KiB accumulator, {3} DRAM of {4} "
      "bytes per cycle",
      config.arrayRows, npu::scratchpadBytes(config) / 1024,
      npu::accumulatorRows(config) * config.arrayRows * 4 / 1024,
      config.dramBanked != 0 ? "banked" : "ideal", config.dramBytesPerCycle);
}

/// The hash decides; the parameters behind it tell people what differs.
std::string requirementOf(const npu::Config &config) {
  std::string text =
      fmt::format("glowplug-npu {:016x}", npu::configHash(config));
  for (const npu::Parameter &parameter : npu::parameters)
    if (parameter.binds)
      text += fmt::format(" {}={}", parameter.name, config.*parameter.member);
  return text;
}

npu::Fault unexpected(const char *key, const std::string &value,
                      const char *expected) {
  return {
      fmt::format("option '{}' is '{}'; expected {}", key, value, expected)};
}

} // namespace

std::span<const OptionInfo> optionTable() { return options; }

npu::Result<std::unique_ptr<gp_backend>>
openBackend(const gp_host *host, std::span<const gp_option> given) {
  npu::Config config;
  CompileOptions compile;
  for (const gp_option &option : given) {
    const std::string key = option.key, value = option.value;
    if (key == "npu") {
      auto read = configOf(value);
      if (!read)
        return npu::Fault{"option 'npu': " + read.message()};
      config = *read;
    } else if (key == "device") {
      if (value == "process")
        return npu::Fault{"option 'device': this build has no model in a "
                          "process of its own; expected in-process"};
      if (value != "in-process")
        return unexpected("device", value, "in-process or process");
    } else if (key == "double-buffer") {
      if (value != "on" && value != "off")
        return unexpected("double-buffer", value, "on or off");
      compile.doubleBuffer = value == "on";
    } else if (key == "check-races") {
      if (value != "on" && value != "off")
        return unexpected("check-races", value, "on or off");
      compile.checkRaces = value == "on";
    } else {
      return npu::Fault{fmt::format(
          "unknown option '{}'; expected npu, device, double-buffer or "
          "check-races",
          key)};
    }
  }
  auto backend = std::make_unique<gp_backend>();
  backend->host = host;
  backend->config = config;
  backend->options = compile;
  backend->targetText = describeTarget(config);
  backend->requirement = requirementOf(config);
  return backend;
}

} // namespace glowplug::npusim
