// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The device in a process of its own against the one in this process.

#include "backends/npu-sim/runtime/ProcessDevice.h"

#include "simulator/timing/Banks.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::npusim;
using npu::test::World;

namespace {

npu::process::Options optionsOf(bool rtl = false) {
  npu::process::Options options;
  options.executable = findNpuDevice();
  if (rtl)
    options.units = npu::process::arrayUnit | npu::process::vectorUnit;
  return options;
}

npu::Program programOf(const std::vector<npu::Command> &commands) {
  npu::Program program;
  program.extents.fill(npu::test::randomExtent);
  for (const npu::Command &command : commands)
    program.commands.push_back(npu::encodeCommand(command));
  return program;
}

Placement placementOf(const npu::Config &config) {
  const npu::Machine machine = npu::test::machineOf(config);
  return {machine.bases, machine.programBase};
}

Memory memoryOf(World &world) {
  Memory memory;
  for (int i = 0; i < npu::baseRegisters; ++i)
    memory[i] = world.dram[i];
  return memory;
}

/// Loads and runs twice on both.
void expectEqual(Device &device, const std::vector<npu::Command> &commands,
                 const npu::Config &config, std::mt19937_64 &random) {
  const auto inProcess = makeInProcessDevice(config);
  const auto program = programOf(commands);
  const auto expected = inProcess->load(program, placementOf(config));
  const auto times = device.load(program, placementOf(config));
  ASSERT_TRUE(expected) << expected.message();
  ASSERT_TRUE(times) << times.message();
  EXPECT_EQ(times->records, expected->records);
  EXPECT_EQ(times->cycles, expected->cycles);
  World here(config, random);
  World there = here;
  for (int run = 0; run < 2; ++run) {
    ASSERT_FALSE(inProcess->run(memoryOf(here)));
    const auto fault = device.run(memoryOf(there));
    ASSERT_FALSE(fault) << fault->message;
    EXPECT_TRUE(here.dram == there.dram) << "run " << run;
  }
}

/// A random program in which no two commands meet on a bank.
std::vector<npu::Command> withoutConflicts(std::mt19937_64 &random,
                                           const npu::Config &config) {
  while (true) {
    auto commands = npu::test::randomProgram(random, config, {10, true});
    const auto timeline = npu::replay(commands, npu::test::machineOf(config));
    if (timeline && !npu::findBankFault(commands, *timeline, config))
      return commands;
  }
}

TEST(NpuProcessDevice, RandomProgramsGiveTheSame) {
  std::mt19937_64 random(51);
  for (int round = 0; round < 10 && !HasFailure(); ++round) {
    const npu::Config config = npu::test::randomConfig(random);
    const auto device = makeProcessDevice(config, optionsOf());
    for (int program = 0; program < 9; ++program)
      expectEqual(*device, withoutConflicts(random, config), config, random);
  }
}

TEST(NpuProcessDevice, AProductGivesTheSameWithAndWithoutHardware) {
  std::mt19937_64 random(52);
  const npu::Config config;
  for (const bool rtl : {false, true}) {
    const auto device = makeProcessDevice(config, optionsOf(rtl));
    expectEqual(*device, npu::test::gemmProgram({128, 64, 128, 64}, config),
                config, random);
  }
}

TEST(NpuProcessDevice, AConflictOnABankIsTheSameFault) {
  const npu::Config config;
  const auto program =
      programOf(npu::test::commandsOf("load load_a run=4096\n"
                                      "load load_w run=4096 spad_addr=8192\n"));
  for (const auto &device :
       {makeInProcessDevice(config), makeProcessDevice(config, optionsOf())}) {
    const auto times = device->load(program, placementOf(config));
    ASSERT_FALSE(times);
    EXPECT_EQ(times.message(), "bank conflict: commands 0 (load_a) and 1 "
                               "(load_w) both write bank 0 of the scratchpad");
  }
}

TEST(NpuProcessDevice, AMissingExecutableIsAFault) {
  npu::process::Options options;
  options.executable = "/nowhere/npu-device";
  const auto device = makeProcessDevice({}, options);
  const auto times = device->load({}, {});
  ASSERT_FALSE(times);
  EXPECT_EQ(times.message(),
            "device /nowhere/npu-device: it cannot be started: "
            "No such file or directory");
  EXPECT_TRUE(device->run({}));
}

TEST(NpuProcessDevice, ALostDeviceIsAFaultAndStartsAgain) {
  const std::string folder =
      testing::TempDir() + "npu-device-" + std::to_string(getpid());
  const std::string script = folder + ".sh", number = folder + ".pid";
  {
    std::ofstream out(script);
    out << "#!/bin/sh\necho $$ > " << number << "\nexec " << findNpuDevice()
        << " \"$@\"\n";
  }
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  npu::process::Options options = optionsOf();
  options.executable = script;
  const npu::Config config;
  std::mt19937_64 random(53);
  const auto commands = npu::test::gemmProgram({64, 16, 64, 64}, config);
  const auto device = makeProcessDevice(config, options);
  expectEqual(*device, commands, config, random);

  pid_t child = -1;
  std::ifstream(number) >> child;
  ASSERT_GT(child, 0);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  World world(config, random);
  const auto fault = device->run(memoryOf(world));
  ASSERT_TRUE(fault);
  EXPECT_NE(fault->message.find("it was ended by signal 9"), std::string::npos)
      << fault->message;
  const auto again = device->run(memoryOf(world));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->message, fault->message);
  expectEqual(*device, commands, config, random);
  std::filesystem::remove(script);
  std::filesystem::remove(number);
}

TEST(NpuProcessDevice, GarbageIsAFault) {
  npu::process::Options options;
  options.executable = "/bin/true";
  const auto device = makeProcessDevice({}, options);
  const auto times = device->load({}, {});
  ASSERT_FALSE(times);
  EXPECT_EQ(times.message(), "device /bin/true: it exited with status 0");
}

} // namespace
