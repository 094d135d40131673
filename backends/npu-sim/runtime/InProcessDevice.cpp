// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The device in this process.

#include "backends/npu-sim/runtime/Device.h"
#include "simulator/device/Execute.h"
#include "simulator/timing/Banks.h"

#include <algorithm>

namespace glowplug::npusim {

namespace {

class InProcessDevice : public Device {
public:
  explicit InProcessDevice(const npu::Config &config) : memories(config) {}

  npu::Result<npu::Timeline> load(const npu::Program &program,
                                  const Placement &placement) override {
    commands.clear();
    commands.reserve(program.commands.size());
    for (const npu::Encoded &code : program.commands)
      commands.push_back(*npu::decodeCommand(code));
    auto timeline = npu::replay(
        commands, {memories.config, placement.bases, placement.programBase});
    if (timeline)
      if (auto fault = npu::findBankFault(commands, *timeline, memories.config))
        return *fault;
    return timeline;
  }

  std::optional<npu::Fault> run(const Memory &memory) override {
    // Not 0, which would look right too often.
    std::fill(memories.scratchpad.begin(), memories.scratchpad.end(), 0xa5);
    std::fill(memories.accumulator.begin(), memories.accumulator.end(),
              0x5aa5c33c);
    memories.dram = memory;
    for (const npu::Command &command : commands)
      npu::execute(command, memories);
    return std::nullopt;
  }

private:
  npu::Memories memories;
  std::vector<npu::Command> commands;
};

} // namespace

std::unique_ptr<Device> makeInProcessDevice(const npu::Config &config) {
  return std::make_unique<InProcessDevice>(config);
}

} // namespace glowplug::npusim
