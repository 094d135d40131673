// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The three DMA engines and fetch on one bus. With a memory as the contract has
// it, every command ends and every command of a program is dispatched in the
// cycle of simulator/timing/Bus; with any other, all bytes are the same.

#include "Vbus16.h"
#include "Vbus32.h"
#include "Vbus8.h"

#include "tests/rtl/AxiSlave.h"
#include "tests/rtl/DmaBench.h"

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

constexpr int engines = 3;
constexpr std::array<Queue, engines> queues{Queue::LoadA, Queue::LoadW,
                                            Queue::Store};

/// The queue of one engine, with memories of its own.
struct Engine {
  Engine(std::mt19937_64 &random, const Config &config, Queue queue, int count)
      : commands(randomTransfers(random, config, queue, count)), memory(random),
        expectedMemory(memory), hardware(config), reference(config),
        line(static_cast<std::size_t>(lineBytes(config))) {
    fillRandomly(random, hardware.scratchpad.data(),
                 hardware.scratchpad.size());
    reference.scratchpad = hardware.scratchpad;
    memory.show(hardware);
    expectedMemory.show(reference);
  }

  /// Whether the next command reads what one under way may still have to write.
  /// A program would say `drain`.
  bool readsWhatIsUnderWay(const Config &config) {
    while (clear < next)
      if (clear < ended || !overlaps(commands[clear], commands[next], config))
        ++clear;
      else
        return true;
    return false;
  }

  std::vector<Command> commands;
  DmaMemory memory, expectedMemory;
  Memories hardware, reference;
  std::size_t next = 0, ended = 0;
  std::size_t clear = 0; ///< those before it do not matter to the next one
  Cycle offer = 0;
  bool valid = false, reads = false;
  std::vector<std::uint8_t> line;
  // The contract's
  Cycle frontFree = 0, lastEnd = -1;
  std::deque<Cycle> ends;
};

template <typename Unit>
class BusBench {
public:
  BusBench(Unit &unit, const Config &config, SlaveKind kind, int count,
           std::uint64_t seed)
      : unit(unit), config(config), kind(kind), random(seed),
        base(random() >> 6 << 6),
        engine{Engine(random, config, queues[0], count),
               Engine(random, config, queues[1], count),
               Engine(random, config, queues[2], count)},
        slave(
            unit, config, kind,
            [this](int id, std::uint64_t address) {
              return byteAt(id, address);
            },
            random()) {
    for (const Command &command : randomProgram(random, config, {count, false}))
      program.push_back(encodeCommand(command));
  }

  void run() {
    // Each engine has base registers of its own here.
    Bus contract(config, engine[0].memory.bases, base,
                 static_cast<std::int64_t>(program.size()));
    for (int i = 1; i < engines; ++i)
      contract.dma(i) = DmaTiming(config, engine[i].memory.bases);
    reset();
    while (!isDone()) {
      ASSERT_LT(now, 10'000'000) << "it hangs";
      giveInputs();
      slave.drive(now);
      eval(0);
      slave.look(now);
      for (int i = 0; i < engines; ++i)
        lookAt(i, contract);
      lookAtDispatch(contract);
      if (::testing::Test::HasFatalFailure())
        return;
      const bool hasFailed = slave.hasFailed();
      if (!hasFailed) {
        ASSERT_EQ(unit.fault_o, 0) << "cycle " << now;
      }
      while (kind.isTimed)
        if (const auto grant = contract.runUntil(now + 1))
          granted(*grant, contract);
        else
          break;
      eval(1);
      ++now;
    }
    ASSERT_EQ(unit.busy_o, 0);
    ASSERT_EQ(unit.fault_o, slave.hasFailed() ? 1 : 0);
    ASSERT_EQ(slave.hasFailed(), kind.fails);
    if (kind.fails) {
      ASSERT_EQ(unit.fault_requester_o, slave.failedRequester());
      ASSERT_EQ(unit.fault_write_o, slave.failedRequester() == 2 ? 1 : 0);
    }
    for (int i = 0; i < engines; ++i) {
      ASSERT_TRUE(engine[i].hardware.scratchpad ==
                  engine[i].reference.scratchpad)
          << "engine " << i;
      for (int b = 0; b < baseRegisters; ++b)
        ASSERT_TRUE(engine[i].memory.bytes[b] ==
                    engine[i].expectedMemory.bytes[b])
            << "engine " << i << ", base register " << b;
    }
  }

  Cycle now = 0;

private:
  std::uint8_t *byteAt(int id, std::uint64_t address) {
    if (id != fetchRequester)
      return engine[id].memory.at(address);
    const std::uint64_t offset = address - base;
    if (offset >= program.size() * sizeof(Encoded))
      return nullptr;
    return reinterpret_cast<std::uint8_t *>(program.data()) + offset;
  }

  void eval(int clock) {
    unit.clk_i = clock;
    unit.eval();
  }

  void reset() {
    unit.rst_ni = 0;
    unit.cmd_valid_i = unit.start_i = unit.rvalid_i = unit.bvalid_i = 0;
    eval(0);
    eval(1);
    unit.rst_ni = 1;
    unit.start_i = 1;
    unit.base_i = base;
    unit.count_i = static_cast<std::uint32_t>(program.size());
    eval(0);
    eval(1);
    unit.start_i = 0;
  }

  bool isDone() const {
    return dispatched == program.size() &&
           std::all_of(engine.begin(), engine.end(), [](const Engine &e) {
             return e.ended == e.commands.size();
           });
  }

  /// The part of a port that belongs to engine \p i.
  template <typename T>
  static std::uint8_t *partOf(T &port, int i) {
    return reinterpret_cast<std::uint8_t *>(&port) + sizeof port / engines * i;
  }

  void giveInputs() {
    fillRandomly(random, &unit.cmd_opcode_i, sizeof unit.cmd_opcode_i);
    fillRandomly(random, &unit.cmd_i, sizeof unit.cmd_i);
    fillRandomly(random, &unit.bases_i, sizeof unit.bases_i);
    fillRandomly(random, &unit.s_data_i, sizeof unit.s_data_i);
    unit.cmd_opcode_i &= 0xffffff;
    unit.cmd_valid_i = 0;
    for (int i = 0; i < engines; ++i) {
      Engine &e = engine[i];
      if (e.reads)
        std::memcpy(partOf(unit.s_data_i, i), e.line.data(), e.line.size());
      e.valid = e.next < e.commands.size() && now >= e.offer &&
                std::cmp_less(e.next - e.ended, config.queueOpen) &&
                !e.readsWhatIsUnderWay(config);
      if (!e.valid)
        continue;
      const Encoded code = encodeCommand(e.commands[e.next]);
      unit.cmd_valid_i |= static_cast<std::uint8_t>(1 << i);
      const int shift = 8 * i;
      unit.cmd_opcode_i &= ~(0xffU << shift);
      unit.cmd_opcode_i |= static_cast<std::uint32_t>(getBits(code, 0, 8))
                           << shift;
      std::memcpy(partOf(unit.cmd_i, i),
                  reinterpret_cast<const char *>(&code) + 12, 52);
      std::memcpy(partOf(unit.bases_i, i), e.memory.bases.data(),
                  sizeof e.memory.bases);
    }
  }

  void lookAt(int i, Bus &contract) {
    Engine &e = engine[i];
    const bool isReady = (unit.cmd_ready_o >> i & 1) != 0;
    if (kind.isTimed) {
      const bool mustBe = e.frontFree != never && now + 1 >= e.frontFree;
      ASSERT_EQ(isReady, mustBe) << "engine " << i << ", cycle " << now;
    }
    if (e.valid && isReady) {
      const Command &command = e.commands[e.next++];
      e.clear = e.ended;
      execute(command, e.reference);
      e.offer = now + 1;
      if (random() % 4 == 0)
        e.offer += static_cast<Cycle>(random() % 150);
      if (kind.isTimed) {
        e.frontFree = never;
        if (const auto span = contract.dma(i).begin(command, now + 1))
          finish(e, *span);
      }
    }
    lookAtScratchpad(i);
    const bool isDone = (unit.done_o >> i & 1) != 0;
    if (kind.isTimed) {
      ASSERT_EQ(isDone, !e.ends.empty() && e.ends.front() == now)
          << "engine " << i << ", cycle " << now << ", command " << e.ended;
      if (isDone)
        e.ends.pop_front();
    }
    if (isDone) {
      ASSERT_LT(e.ended, e.next) << "engine " << i << ", cycle " << now;
      ++e.ended;
    }
  }

  /// What is read in a cycle does not see what is written in it.
  void lookAtScratchpad(int i) {
    Engine &e = engine[i];
    const std::size_t bytes = e.line.size();
    const auto addressIn = [&](auto &port) {
      std::uint32_t address;
      std::memcpy(&address, partOf(port, i), sizeof address);
      return address;
    };
    e.reads = (unit.s_read_o >> i & 1) != 0;
    if (e.reads) {
      const std::size_t at = addressIn(unit.s_read_addr_o);
      ASSERT_LE(at + bytes, e.hardware.scratchpad.size());
      std::memcpy(e.line.data(), &e.hardware.scratchpad[at], bytes);
    }
    if ((unit.s_write_o >> i & 1) == 0)
      return;
    const std::size_t at = addressIn(unit.s_write_addr_o);
    ASSERT_LE(at + bytes, e.hardware.scratchpad.size());
    std::uint32_t mask = 0;
    std::memcpy(&mask,
                reinterpret_cast<const char *>(&unit.s_write_mask_o) +
                    bytes / 8 * static_cast<std::size_t>(i),
                bytes / 8);
    const std::uint8_t *data = partOf(unit.s_write_data_o, i);
    for (std::size_t b = 0; b < bytes; ++b)
      if ((mask >> b & 1) != 0)
        e.hardware.scratchpad[at + b] = data[b];
  }

  void lookAtDispatch(Bus &contract) {
    const bool isDispatched = unit.push_o != 0;
    if (kind.isTimed) {
      const bool mustBe =
          dispatched < arrived.size() &&
          now == std::max(arrived[dispatched], dispatchedAt) + 1;
      ASSERT_EQ(isDispatched, mustBe)
          << "cycle " << now << ", command " << dispatched << " of the program";
    }
    if (!isDispatched)
      return;
    ASSERT_LT(dispatched, program.size());
    ASSERT_EQ(std::memcmp(&unit.cmd_o, &program[dispatched], sizeof(Encoded)),
              0)
        << "command " << dispatched << " of the program, cycle " << now;
    ++dispatched;
    dispatchedAt = now;
    if (kind.isTimed)
      contract.fetch().dispatched(now);
  }

  void granted(const Grant &grant, Bus &contract) {
    if (grant.requester == fetchRequester)
      arrived.push_back(grant.done);
    else
      finish(engine[grant.requester], contract.dma(grant.requester).span());
  }

  void finish(Engine &e, const Span &span) {
    e.frontFree = span.frontFree;
    e.lastEnd = std::max(span.end, e.lastEnd + 1);
    e.ends.push_back(e.lastEnd);
  }

  Unit &unit;
  const Config config;
  const SlaveKind kind;
  std::mt19937_64 random;
  const std::uint64_t base; ///< of the program
  std::array<Engine, engines> engine;
  std::vector<Encoded> program;
  AxiSlave<Unit> slave;
  std::vector<Cycle> arrived; ///< when commands of the program arrive
  std::size_t dispatched = 0;
  Cycle dispatchedAt = -1;
};

/// Batches of 250 random commands for each engine, and of as many in a program.
template <typename Unit, typename F>
void runRandom(const DmaBuild &build, F kindOf, int batches) {
  std::mt19937_64 random(static_cast<std::uint64_t>(build.rows));
  const auto context = std::make_unique<VerilatedContext>();
  const auto unit = std::make_unique<Unit>(context.get());
  Cycle cycles = 0;
  for (int batch = 0; batch < batches; ++batch) {
    SCOPED_TRACE(batch);
    Config config = dmaConfig(build, random);
    config.fetchDepth = build.fetchDepth;
    BusBench<Unit> bench(*unit, config, kindOf(random), 250, random());
    bench.run();
    if (::testing::Test::HasFailure())
      return;
    cycles += bench.now;
  }
  ::testing::Test::RecordProperty("cycles", std::to_string(cycles));
}

SlaveKind timed(std::mt19937_64 &) { return {}; }

/// Not ready in up to 9 of 10 cycles, latencies up to 200 cycles.
SlaveKind slow(std::mt19937_64 &random) {
  return {.isTimed = false,
          .stallPercent = static_cast<int>(random() % 91),
          .mostLatency = static_cast<Cycle>(1 + random() % 200)};
}

SlaveKind failing(std::mt19937_64 &random) {
  SlaveKind kind = slow(random);
  kind.fails = true;
  return kind;
}

const DmaBuild at8{
    .rows = 8, .bus = 4, .outstanding = 3, .storeBursts = 2, .fetchDepth = 2};
const DmaBuild at16{.rows = 16};
const DmaBuild at32{
    .rows = 32, .bus = 64, .outstanding = 9, .storeBursts = 1, .fetchDepth = 3};

TEST(Bus, KeepsTheContractAt8) { runRandom<Vbus8>(at8, timed, 10); }
TEST(Bus, KeepsTheContractAt16) { runRandom<Vbus16>(at16, timed, 40); }
TEST(Bus, KeepsTheContractAt32) { runRandom<Vbus32>(at32, timed, 20); }
TEST(Bus, MovesTheSameBytesWithAnySlaveAt8) { runRandom<Vbus8>(at8, slow, 10); }
TEST(Bus, MovesTheSameBytesWithAnySlaveAt16) {
  runRandom<Vbus16>(at16, slow, 40);
}
TEST(Bus, MovesTheSameBytesWithAnySlaveAt32) {
  runRandom<Vbus32>(at32, slow, 20);
}
TEST(Bus, ReportsAnError) { runRandom<Vbus16>(at16, failing, 10); }

} // namespace
