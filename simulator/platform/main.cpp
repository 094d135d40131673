// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-platform: a small virtual platform. Its CPU runs the example of the
// driver, hw/driver/example.c, on the model of the NPU or on its RTL.

#include "simulator/model/NpuTarget.h"
#include "simulator/platform/Cpu.h"
#include "simulator/platform/Judge.h"
#include "simulator/platform/RtlTarget.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace {

using namespace glowplug::npu;
using namespace glowplug::npu::platform;

/// Where memory begins: not at 0, so that an address that was never set shows.
/// A multiple of all rows and banks of DRAM, so times are those of a part at 0.
constexpr std::uint64_t memoryBegin = 0x8000'0000;

struct Options {
  std::string part, npu = "model", config, outputs;
  bool withoutDmi = false;
};

Result<Config> configOf(const Options &options) {
  if (options.config.empty())
    return Config{};
  std::ifstream file(options.config);
  if (!file)
    return Fault{fmt::format("{}: cannot be read", options.config)};
  return readConfig(std::string(std::istreambuf_iterator<char>(file), {}));
}

/// The model or the hardware, with what only the model knows.
struct Device {
  std::unique_ptr<model::NpuPort> port;
  model::NpuTarget *target = nullptr;
};

Result<Device> makeDevice(const Options &options, const Config &config) {
  Device made;
  if (options.npu == "model") {
    auto target = std::make_unique<model::NpuTarget>("npu", config);
    made.target = target.get();
    made.port = std::move(target);
    return made;
  }
  auto target = RtlTarget::make("npu", config);
  if (!target)
    return target.fault();
  made.port = std::move(*target);
  return made;
}

/// As a boot loader does.
void load(const Part &part, Memory &memory) {
  const auto put = [&](const Segment &segment) {
    std::copy(segment.bytes.begin(), segment.bytes.end(),
              memory.at(memoryBegin + segment.offset, segment.bytes.size()));
  };
  put(part.commands);
  for (const Segment &segment : part.segments)
    put(segment);
}

/// Writes the outputs that lie in memory into files of \p folder.
void saveOutputs(const Part &part, Memory &memory,
                 const std::filesystem::path &folder) {
  std::filesystem::create_directories(folder);
  for (const Segment &output : part.outputs) {
    const std::uint8_t *bytes =
        memory.at(memoryBegin + output.offset, output.bytes.size());
    std::ofstream file(folder / (output.name + ".bin"), std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes),
               static_cast<std::streamsize>(output.bytes.size()));
    if (!file.flush())
      throw std::runtime_error(fmt::format("{}/{}.bin: cannot be written",
                                           folder.string(), output.name));
  }
}

/// Runs the example on \p cpu; what it reports goes to \p judge.
enum npu_error runExample(Cpu &cpu, const npu_part &part, Judge &judge) {
  struct Context {
    Cpu &cpu;
    Judge &judge;
  } context{cpu, judge};
  example_machine machine{};
  machine.platform = cpu.platform();
  machine.context = &context;
  machine.part = &part;
  machine.part_address = memoryBegin;
  machine.read_memory = [](void *self, std::uint64_t address) {
    return static_cast<Context *>(self)->cpu.readMemory(address);
  };
  machine.write_memory = [](void *self, std::uint64_t address,
                            std::uint64_t value) {
    static_cast<Context *>(self)->cpu.writeMemory(address, value);
  };
  machine.connect_interrupt = [](void *self, npu_device *device) {
    static_cast<Context *>(self)->cpu.connect(device);
  };
  machine.report = [](void *self, const example_run *run) {
    static_cast<Context *>(self)->judge.judge(*run);
  };
  return example_main(&machine);
}

int fail(std::string_view message) {
  fmt::print(stderr, "npu-platform: error: {}\n", message);
  return 1;
}

int simulate(const Options &options) {
  const auto config = configOf(options);
  if (!config)
    return fail(config.message());
  auto part =
      options.part.empty() ? makeAdditions(*config) : readPart(options.part);
  if (!part)
    return fail(part.message());
  auto device = makeDevice(options, *config);
  if (!device)
    return fail(device.message());
  const npu_part forDriver = part->forDriver();
  Memory memory("memory", memoryBegin, part->memoryBytes, !options.withoutDmi);
  load(*part, memory);
  Judge judge(*part, memory, memoryBegin);
  enum npu_error error = NPU_OK;
  Cpu cpu("cpu",
          [&](Cpu &self) { error = runExample(self, forDriver, judge); });
  sc_core::sc_signal<bool> interrupt("interrupt");
  cpu.registers.bind(device->port->registers);
  cpu.memory.bind(memory.host);
  device->port->memory.bind(memory.npu);
  device->port->interrupt.bind(interrupt);
  cpu.interrupt.bind(interrupt);
  fmt::print("part     {} on the {}\n", part->name, options.npu);
  sc_core::sc_start();
  if (error != NPU_OK)
    return fail(npu_error_text(error));
  if (cpu.errors() != 0)
    return fail(fmt::format("{} accesses of the CPU failed; the first: {}",
                            cpu.errors(), cpu.firstError()));
  if (cpu.interrupts() != judge.interrupts())
    return fail(fmt::format("the CPU needs {} interrupts, but got {}",
                            judge.interrupts(), cpu.interrupts()));
  if (!options.outputs.empty())
    saveOutputs(*part, memory, options.outputs);
  return judge.isWell() ? 0 : fail("not all runs are as they must be");
}

} // namespace

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  Options options;
  CLI::App app{"Runs the driver's example on a virtual platform: a part of a "
               "compiled model, twice, then broken, then stopped half-way.",
               "npu-platform"};
  app.add_option("PART", options.part,
                 "folder that `glowplug export` wrote [default: 1024 "
                 "additions]");
  app.add_option("--npu", options.npu, "what stands for the NPU")
      ->check(CLI::IsMember({"model", "rtl"}))
      ->capture_default_str();
  app.add_option("--config", options.config,
                 "sizes of the NPU, as hw/spec/npu.json")
      ->type_name("FILE.json");
  app.add_option("--outputs", options.outputs,
                 "write what lies in memory at the end into files there")
      ->type_name("DIR");
  app.add_flag("--no-dmi", options.withoutDmi,
               "the memory grants no direct pointers");
  app.footer("Exit status: 0 all runs are as they must be, 1 they are not, or "
             "the part cannot be run; others are wrong usage.");
  CLI11_PARSE(app, argc, argv);
  try {
    return simulate(options);
  } catch (const std::exception &problem) {
    return fail(problem.what());
  }
}
