// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model with units of hardware in place of its engines, against the model
// alone.

#include "simulator/cosim/Units.h"

#include "simulator/device/RaceDetector.h"
#include "simulator/model/Npu.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

#include <map>

using namespace glowplug::npu;
using namespace glowplug::npu::model;
using namespace glowplug::npu::test;

namespace {

/// SystemC elaborates once in a process.
Npu &npu() {
  static Npu instance("npu", Config{});
  return instance;
}

struct Outcome {
  std::vector<Record> records;
  std::vector<std::uint32_t> crcs;
  std::int64_t inHardware = 0;
};

Result<Outcome> simulate(const std::vector<Command> &commands,
                         const Machine &machine, Memories *memories,
                         const Npu::Units &units) {
  npu().units = units;
  npu().stopsAtConflicts = false; // random programs have some
  npu().wantsCrcs = memories != nullptr;
  npu().start(commands, machine, memories);
  sc_core::sc_start();
  npu().units = {};
  npu().wantsCrcs = false;
  const auto timeline = npu().result();
  if (!timeline)
    return timeline.fault();
  return Outcome{timeline->records, npu().crcs, npu().inHardware()};
}

/// The units for 8 and for 16 rows, made once.
Npu::Units unitsFor(const Config &config) {
  struct Made {
    std::array<std::unique_ptr<HardwareUnit>, 5> units;
    std::unique_ptr<FetchUnit> fetch;
  };
  static std::map<int, Made> all;
  auto &[units, fetch] = all[config.arrayRows];
  if (!fetch) {
    units[0] = std::move(*cosim::makeArray(config));
    units[1] = std::move(*cosim::makeVector(config));
    units[2] = std::move(*cosim::makeLoad(config));
    units[3] = std::move(*cosim::makeLoad(config));
    units[4] = std::move(*cosim::makeStore(config));
    fetch = std::move(*cosim::makeFetch(config));
  }
  return {units[0].get(), units[1].get(), units[2].get(),
          units[3].get(), units[4].get(), fetch.get()};
}

/// Some of \p all together, in all the ways that differ.
std::vector<Npu::Units> choicesOf(const Npu::Units &all) {
  const Npu::Units dma{
      .loadA = all.loadA, .loadW = all.loadW, .store = all.store};
  Npu::Units noFetch = all;
  noFetch.fetch = nullptr;
  return {{.loadA = all.loadA},
          {.loadW = all.loadW},
          {.store = all.store},
          dma,
          {.fetch = all.fetch},
          noFetch,
          all,
          {.array = all.array},
          {.vector = all.vector},
          {.array = all.array, .vector = all.vector}};
}

std::string textOf(const Npu::Units &units) {
  std::string text = npu().lockstep ? "in lockstep:" : "units:";
  for (int q = 0; q < queueCount; ++q)
    if (units.of(static_cast<Queue>(q)))
      text += " " + std::string(queueNames[q]);
  return units.fetch ? text + " fetch" : text;
}

/// Runs with each choice of units and compares with none. Returns how many
/// commands ran in hardware with the array and the vector unit.
std::int64_t expectEqual(const std::vector<Command> &commands,
                         const Config &config, const World *start) {
  const Machine machine = machineOf(config);
  const auto run = [&](const Npu::Units &units, World *world) {
    return simulate(commands, machine, world ? &world->memories : nullptr,
                    units);
  };
  std::optional<World> alone;
  if (start)
    alone.emplace(*start);
  const auto expected = run({}, alone ? &*alone : nullptr);
  EXPECT_TRUE(expected) << expected.message();
  EXPECT_EQ(expected->inHardware, 0);
  const Npu::Units all = unitsFor(config);
  static bool isLockstep = false;
  isLockstep = !isLockstep; // every choice both ways in the course of a test
  std::int64_t inHardware = 0;
  for (const Npu::Units &units : choicesOf(all)) {
    npu().lockstep = isLockstep = !isLockstep;
    SCOPED_TRACE(textOf(units));
    std::optional<World> world;
    if (start)
      world.emplace(*start);
    const auto outcome = run(units, world ? &*world : nullptr);
    if (!outcome) {
      ADD_FAILURE() << outcome.message();
      return 0;
    }
    for (std::size_t n = 0; n < commands.size(); ++n) {
      const Record &a = outcome->records[n], &b = expected->records[n];
      EXPECT_EQ(a, b) << "command " << n << ": " << a.start << " "
                      << a.frontFree << " " << a.end << " instead of "
                      << b.start << " " << b.frontFree << " " << b.end;
      if (::testing::Test::HasFailure())
        return 0;
    }
    EXPECT_EQ(outcome->crcs, expected->crcs);
    if (start) {
      EXPECT_TRUE(world->memories.scratchpad == alone->memories.scratchpad);
      EXPECT_TRUE(world->memories.accumulator == alone->memories.accumulator);
      EXPECT_TRUE(world->dram == alone->dram);
    }
    inHardware = outcome->inHardware;
  }
  npu().lockstep = false;
  return inHardware;
}

Config smallConfig(std::mt19937_64 &random) {
  Config config = randomConfig(random);
  config.arrayRows = random() % 2 == 0 ? 8 : 16;
  config.scratchpadBankBytes = 4096;
  config.accumulatorBankRows = 64;
  // As deep as the units are.
  config.arrayPipeCycles = Config{}.arrayPipeCycles;
  config.arrayMeshCycles = Config{}.arrayMeshCycles;
  config.vectorPipeCycles = Config{}.vectorPipeCycles;
  config.depthwiseFillCycles = Config{}.depthwiseFillCycles;
  config.dmaOutstanding = Config{}.dmaOutstanding;
  config.dmaStoreBursts = Config{}.dmaStoreBursts;
  config.dmaCopyCycles = Config{}.dmaCopyCycles;
  config.queueOpen = Config{}.queueOpen;
  config.fetchDepth = Config{}.fetchDepth;
  config.dramBytesPerCycle = Config{}.dramBytesPerCycle;
  return config;
}

/// No race between its commands, nor of one with itself.
bool isSound(const std::vector<Command> &commands, const Config &config) {
  for (const Command &command : commands)
    if (overlaps(command, command, config))
      return false;
  return findRaces(commands, config, 1).empty();
}

TEST(Cosim, TimesOfRandomProgramsAreEqual) {
  std::mt19937_64 random(31);
  std::int64_t inHardware = 0;
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const Config config = smallConfig(random);
    inHardware += expectEqual(
        randomProgram(random, config, {25, round % 8 == 7}), config, nullptr);
  }
  EXPECT_GT(inHardware, 1000);
}

TEST(Cosim, ResultsOfSequentialRandomProgramsAreEqual) {
  std::mt19937_64 random(32);
  std::int64_t inHardware = 0;
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const Config config = smallConfig(random);
    std::vector<Command> commands;
    do
      commands = randomProgram(random, config, {25, true});
    while (!isSound(commands, config));
    const World world(config, random);
    inHardware += expectEqual(commands, config, &world);
  }
  EXPECT_GT(inHardware, 300);
}

/// Commands of one queue follow each other without a wait, so that they
/// overlap in the pipes.
TEST(Cosim, ResultsOfOverlappingRandomProgramsAreEqual) {
  std::mt19937_64 random(33);
  std::int64_t inHardware = 0;
  for (int round = 0; round < 150 && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    const Config config = smallConfig(random);
    std::vector<Command> commands;
    do {
      commands.clear();
      for (int n = 0; n < 6; ++n)
        commands.push_back(randomCommand(
            random, config, round % 3 == 0 ? Queue::Matrix : Queue::Vector));
    } while (!isSound(commands, config));
    const World world(config, random, 0);
    inHardware += expectEqual(commands, config, &world);
  }
  EXPECT_GT(inHardware, 400);
}

TEST(Cosim, ProductsAreEqual) {
  for (const int rows : {8, 16})
    for (const int buffers : {1, 2}) {
      Config config;
      config.arrayRows = rows;
      config.dramBanked = 1;
      std::mt19937_64 random(34);
      const World world(config, random);
      const auto commands = gemmProgram({128, 64, 256, 64}, config, buffers);
      // Products and rescales.
      EXPECT_EQ(expectEqual(commands, config, &world),
                2 * (128 / 64) * (64 / rows));
    }
}

/// A convolution of 3 x 3 with padding, stride 2 and zero points, then its
/// rescale, then a transpose of the result.
TEST(Cosim, AConvolutionIsEqual) {
  Config config;
  std::mt19937_64 random(35);
  const World world(config, random);
  const auto program = assemble(
      ".extent 0 8192\n.extent 1 8192\n.extent 2 8192\n"
      "load load_a run=3136 signal=1\n"
      "load load_w dram_base=1 run=2304 spad_addr=65536 signal=2\n"
      "load load_w dram_base=1 dram_offset=4096 run=144 spad_addr=131072 "
      "signal=3\n"
      "matmul matrix wait=1 wait=2 signal=4 in_h=14 in_w=14 out_h=7 out_w=7 "
      "kernel_h=3 kernel_w=3 stride_h=2 stride_w=2 pad_top=1 pad_left=1 "
      "step_h=224 step_w=16 blocks=1 last_rows=16 weight_addr=65536 "
      "weight_row_step=16 weight_block_step=256 input_zp=-3 weight_zp=2\n"
      "vector vector wait=3 wait=4 count0=49 a_step0=1 bias=1 rescale=1 "
      "param_addr=131072 dst_addr=196608 dst_step0=16 out_min=-128 "
      "out_max=127\n"
      "transpose vector drain signal=5 src_addr=196608 src_row_step=16 "
      "dst_addr=229376 dst_row_step=16 src_step0=256 dst_step0=256 count0=3\n"
      "store store wait=5 dram_base=2 spad_addr=229376 run=768\n");
  ASSERT_TRUE(program) << program.message();
  const auto fault = checkCommands(program->commands, config, program->extents);
  ASSERT_FALSE(fault) << fault->message;
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  EXPECT_EQ(expectEqual(commands, config, &world), 3);
}

/// A window of 5 x 5 with padding, stride 2 and zero points, then a pool of its
/// results, in words, that follows at once.
TEST(Cosim, ADepthwiseConvolutionIsEqual) {
  Config config;
  std::mt19937_64 random(36);
  const World world(config, random);
  const std::string text =
      "load load_a run=3136 signal=1\n"
      "load load_w dram_base=1 run=416 spad_addr=65536 signal=2\n"
      "load load_w dram_base=1 dram_offset=4096 run=144 spad_addr=131072 "
      "signal=3\n"
      "depthwise vector wait=1 wait=2 wait=3 op=mac in_h=14 in_w=14 out_h=7 "
      "out_w=7 kernel_h=5 kernel_w=5 stride_h=2 stride_w=2 pad_top=2 "
      "pad_left=2 step_h=224 step_w=16 weight_addr=65536 weight_zp_addr=65936 "
      "weight_zp_columns=1 input_zp=-3 bias=1 rescale=1 param_addr=131072 "
      "dst_addr=196608 dst_step0=16 dst_step1=112 out_min=-128 out_max=127\n"
      "depthwise vector drain op=max in_h=7 in_w=7 out_h=4 out_w=4 kernel_h=3 "
      "kernel_w=3 stride_h=2 stride_w=2 pad_top=1 pad_left=1 step_h=112 "
      "step_w=16 src_addr=196608 dst_kind=words dst_addr=229376 dst_step0=64 "
      "dst_step1=256 signal=5\n"
      "store store wait=5 dram_base=2 spad_addr=229376 run=1024\n";
  EXPECT_EQ(expectEqual(commandsOf(text), config, &world), 2);
}

/// The engine is as large as hw/spec/npu.json says; a machine may be larger.
TEST(Cosim, AWindowThatTheHardwareIsTooSmallForRunsInTheModel) {
  Config config;
  config.depthwiseLineWidth *= 2;
  config.depthwiseSumRows *= 2;
  std::mt19937_64 random(37);
  const World world(config, random);
  const std::string pool = "depthwise vector op=max step_w=16 dst_addr=131072 "
                           "dst_step0=16 out_min=-128 out_max=127 ";
  for (const auto &[fields, inHardware] :
       {std::pair("in_w=256 out_w=256", 1),
        {"in_w=257 out_w=256", 0},
        {"in_w=256 out_w=1024 kernel_w=4", 1},
        {"in_w=256 out_w=1025 kernel_w=4", 0},
        {"in_w=256 out_w=1025 kernel_w=3", 1}}) {
    SCOPED_TRACE(fields);
    EXPECT_EQ(expectEqual(commandsOf(pool + fields), config, &world),
              inHardware);
  }
}

/// A unit that does what a test says.
class FakeUnit : public HardwareUnit {
public:
  bool isReady = true;
  std::int64_t doneAfter = -1; ///< edges since begin()
  std::optional<Fault> problem;

  std::optional<Fault> begin(const Machine &, Memories *) override {
    edges = 0;
    return std::nullopt;
  }
  bool takes(const Command &) const override { return true; }
  Signals look(const Command *) override {
    return {isReady, edges == doneAfter};
  }
  void edge() override { ++edges; }
  std::optional<Fault> fault() const override { return problem; }

private:
  std::int64_t edges = 0;
};

std::string faultWith(FakeUnit unit) {
  const auto outcome =
      simulate(commandsOf("matmul matrix blocks=1 last_rows=16"),
               machineOf(Config{}), nullptr, {&unit, nullptr});
  return outcome ? "" : outcome.message();
}

void expectBegins(const std::string &text, std::string_view begin) {
  EXPECT_EQ(text.substr(0, begin.size()), begin) << text;
}

TEST(Cosim, AUnitThatMisbehavesIsAFault) {
  FakeUnit unit;
  unit.isReady = false;
  expectBegins(faultWith(unit),
               "command 0: the hardware does not take it in cycle ");
  unit = {};
  expectBegins(faultWith(unit), "command 0: the hardware has not ended");
  unit = {};
  unit.problem = Fault{"an access outside"};
  EXPECT_EQ(faultWith(unit), "an access outside");
}

/// The end that counts is the unit's own.
TEST(Cosim, AUnitThatIsLateRetiresLate) {
  FakeUnit unit;
  unit.doneAfter = 200;
  const auto outcome =
      simulate(commandsOf("matmul matrix blocks=1 last_rows=16"),
               machineOf(Config{}), nullptr, {&unit, nullptr});
  ASSERT_TRUE(outcome) << outcome.message();
  EXPECT_EQ(outcome->records[0].end, outcome->records[0].start + 199);
  EXPECT_EQ(outcome->records[0].frontFree, outcome->records[0].start + 1);
}

TEST(Cosim, AnotherSizeIsRefused) {
  Config config;
  const Npu::Units units = unitsFor(config);
  config.arrayRows = 32;
  const auto outcome =
      simulate(commandsOf("matmul matrix"), machineOf(config), nullptr, units);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.message(), "the hardware was built for 16 rows, but the "
                               "configuration has 32");
  EXPECT_FALSE(cosim::makeArray(config));
  EXPECT_FALSE(cosim::makeVector(config));
}

} // namespace
