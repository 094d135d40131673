// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The device in a process of its own, as a client of it.

#include "backends/npu-sim/runtime/ProcessDevice.h"

#include "simulator/isa/Access.h"

#include <algorithm>
#include <dlfcn.h>
#include <filesystem>
#include <unistd.h>

namespace glowplug::npusim {

namespace {

class ProcessDevice : public Device {
public:
  ProcessDevice(const npu::Config &config, npu::process::Options options)
      : config(config), options(std::move(options)) {}

  npu::Result<npu::Timeline> load(const npu::Program &program,
                                  const Placement &placement) override {
    if (!client || client->isLost()) {
      client.reset();
      auto started = npu::process::Client::start(options);
      if (!started)
        return started.fault();
      client = std::move(*started);
    }
    if (auto fault = client->load(
            program, {config, placement.bases, placement.programBase}))
      return *fault;
    isStoredTo.fill(false);
    for (const npu::Encoded &code : program.commands)
      if (const auto command = npu::decodeCommand(code))
        for (const npu::Access &access : npu::accessesOf(*command, config))
          if (access.write && access.space == npu::Space::Dram)
            isStoredTo[access.base] = true;
    auto outcome = client->run({});
    if (!outcome)
      return outcome.fault();
    return std::move(outcome->timeline);
  }

  std::optional<npu::Fault> run(const Memory &memory) override {
    if (!client)
      return npu::Fault{"no program is loaded"};
    for (int i = 0; i < npu::baseRegisters; ++i) {
      const auto shared = client->memory(i);
      std::copy_n(memory[i].begin(), std::min(shared.size(), memory[i].size()),
                  shared.begin());
    }
    const auto outcome = client->run({.withData = true});
    if (!outcome)
      return outcome.fault();
    for (int i = 0; i < npu::baseRegisters; ++i) {
      const auto shared = client->memory(i);
      if (isStoredTo[i])
        std::copy_n(shared.begin(), std::min(shared.size(), memory[i].size()),
                    memory[i].begin());
    }
    return std::nullopt;
  }

private:
  npu::Config config;
  npu::process::Options options;
  std::unique_ptr<npu::process::Client> client;
  std::array<bool, npu::baseRegisters> isStoredTo{};
};

} // namespace

std::unique_ptr<Device>
makeProcessDevice(const npu::Config &config,
                  const npu::process::Options &options) {
  return std::make_unique<ProcessDevice>(config, options);
}

std::string findNpuDevice(std::string_view name) {
  namespace fs = std::filesystem;
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void *>(&findNpuDevice), &info) == 0 ||
      !info.dli_fname)
    return {};
  std::error_code error;
  const fs::path self = fs::canonical(info.dli_fname, error);
  if (error)
    return {};
  const auto isThere = [](const fs::path &path) {
    return access(path.c_str(), X_OK) == 0;
  };
  fs::path folder = self.parent_path();
  if (isThere(folder / name))
    return folder / name;
  // A plugin lies in lib/glowplug/plugins.
  for (int up = 0; up < 3; ++up) {
    folder = folder.parent_path();
    if (isThere(folder / "bin" / name))
      return folder / "bin" / name;
  }
  return {};
}

} // namespace glowplug::npusim
