// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Drives hw/rtl/npu.sv: registers, memory, and what its trace ports tell.

#pragma once

#include "simulator/cosim/AddressMap.h"
#include "simulator/cosim/Chip.h"
#include "simulator/cosim/ChipMemory.h"
#include "simulator/cosim/ChipState.h"
#include "simulator/cosim/Waves.h"
#include "simulator/isa/Command.h"

#include "hw/spec/npu_registers.h"

#include <deque>
#include <optional>
#include <random>
#include <vector>

namespace glowplug::npu::cosim {

/// Cycles without any command that is dispatched, issues or retires after which
/// a chip counts as hung: more than one command can take.
inline constexpr Cycle patience = Cycle(1) << 26;

/// Follows the commands of a program by the trace ports.
class Tracer {
public:
  explicit Tracer(std::span<const Encoded> program) {
    timeline.records.resize(program.size());
    for (const Encoded &code : program)
      isSync.push_back(std::holds_alternative<Sync>(*decodeCommand(code)));
  }

  /// What happens in cycle \p now.
  template <typename Unit>
  void look(const Unit &unit, Cycle now) {
    stood.clear();
    writing.clear();
    for (int q = 0; q < queueCount; ++q) {
      const int bit = 1 << q;
      if (unit.trace_retire_o & bit)
        retire(q, now);
      if (front[q] >= 0 && (unit.trace_ready_o & bit)) {
        timeline.records[front[q]].frontFree = now + 1;
        front[q] = -1;
      }
      if (unit.trace_issue_o & bit)
        issue(q, now);
      if (unit.trace_push_o & bit) {
        timeline.records[pushed].dispatched = now;
        waiting[q].push_back(pushed++);
        last = now;
      }
    }
  }

  std::int64_t dispatched() const { return pushed; }
  bool isDone() const { return retiredCount == timeline.records.size(); }
  bool isHung(Cycle now) const { return now - last > patience; }

  Timeline timeline;
  /// The commands that retire in the last cycle looked at: those of the array,
  /// whose results stand when it begins, and the others, which may still write
  /// in it.
  std::vector<std::int64_t> stood, writing;

private:
  void issue(int q, Cycle now) {
    const std::int64_t number = waiting[q].front();
    waiting[q].pop_front();
    open[q].push_back(number);
    Record &record = timeline.records[number];
    record.start = now + 1;
    // A sync takes a cycle, whatever the engine does.
    if (isSync[static_cast<std::size_t>(number)])
      record.frontFree = record.start + 1;
    else
      front[q] = number;
    last = now;
  }

  void retire(int q, Cycle now) {
    const std::int64_t number = open[q].front();
    open[q].pop_front();
    timeline.records[number].end = now;
    timeline.cycles = std::max(timeline.cycles, now);
    ++retiredCount;
    last = now;
    (static_cast<Queue>(q) == Queue::Matrix ? stood : writing)
        .push_back(number);
  }

  std::vector<bool> isSync;
  std::int64_t pushed = 0;
  std::size_t retiredCount = 0;
  Cycle last = 0;
  std::array<std::deque<std::int64_t>, queueCount> waiting, open;
  std::array<std::int64_t, queueCount> front{-1, -1, -1, -1, -1};
};

template <typename Unit, int R>
class BuiltChip : public Chip {
public:
  BuiltChip() { powerUp(0); }
  ~BuiltChip() override { powerDown(); }

  Result<Timeline> run(std::span<const Encoded> program, const Machine &machine,
                       Memories *memories,
                       const ChipOptions &options) override {
    if (options.xSeed != 0)
      powerUp(options.xSeed);
    AddressMap map(program, machine, memories);
    ChipMemory<Unit> memory(*unit, machine.config, options.memory, map);
    context->assertOn(options.hasAssertions);
    if (auto fault = beginWaves(options, std::ssize(program)))
      return *fault;
    reset();
    if (memories)
      state->put(*memories);
    start(program, machine);
    Tracer tracer(program);
    for (Cycle now = 0; !tracer.isDone(); ++now) {
      memory.drive(now);
      eval(0);
      memory.look(now);
      tracer.look(*unit, now);
      if (memory.fault())
        return *memory.fault();
      if (unit->irq_o && !tracer.isDone())
        return reported();
      if (tracer.isHung(now))
        return Fault{fmt::format("the chip hangs: nothing has happened in the "
                                 "{} cycles up to {}",
                                 patience, now)};
      lookAtWaves(now, false, tracer);
      // A product that adds to the one before writes its first row in the
      // cycle of that one's end.
      tell(tracer.stood, memories, options);
      eval(1);
      lookAtWaves(now, true, tracer);
      // A write that is on its way in the cycle of an end stands now; what
      // waited for the end comes later.
      tell(tracer.writing, memories, options);
    }
    if (memories)
      state->get(*memories);
    if constexpr (HasWaves<Unit>)
      if (waves) {
        auto fault = waves->finish(tracer.timeline);
        waves.reset();
        if (fault)
          return *fault;
      }
    return std::move(tracer.timeline);
  }

private:
  /// Tells of commands that have retired, with what the memories hold now.
  void tell(const std::vector<std::int64_t> &retired, Memories *memories,
            const ChipOptions &options) {
    if (!options.retired || retired.empty())
      return;
    if (memories)
      state->get(*memories);
    for (const std::int64_t number : retired)
      options.retired(number);
  }

  std::optional<Fault> beginWaves(const ChipOptions &options,
                                  std::int64_t commands) {
    if constexpr (HasWaves<Unit>)
      waves.reset();
    if (!options.waves)
      return std::nullopt;
    if constexpr (!HasWaves<Unit>)
      return Fault{"waves: this device has no chip that can write them"};
    if (options.waves->first >= commands ||
        options.waves->first > options.waves->last)
      return Fault{fmt::format("waves: there are no commands from {} to {} in "
                               "a program of {}",
                               options.waves->first, options.waves->last,
                               commands)};
    if constexpr (HasWaves<Unit>)
      return waves.emplace(*unit, *options.waves).begin();
    return std::nullopt;
  }

  void lookAtWaves([[maybe_unused]] Cycle now, [[maybe_unused]] bool isHigh,
                   [[maybe_unused]] const Tracer &tracer) {
    if constexpr (HasWaves<Unit>)
      if (waves)
        waves->look(now, isHigh, tracer.dispatched(), tracer.timeline);
  }

  void eval(int clock) {
    unit->clk_i = clock;
    unit->eval();
  }
  void cycle() {
    eval(0);
    eval(1);
  }

  void reset() {
    unit->s_awvalid_i = unit->s_wvalid_i = unit->s_arvalid_i = 0;
    unit->s_bready_i = unit->s_rready_i = 1;
    unit->m_rvalid_i = unit->m_bvalid_i = 0;
    // Resets are asynchronous, but Verilator sees their edge alone: without one
    // they would wait for the clock, and registers act on it before.
    unit->rst_ni = 1;
    eval(0);
    unit->rst_ni = 0;
    cycle();
    unit->rst_ni = 1;
    cycle();
  }

  void write(std::uint32_t offset, std::uint32_t value) {
    unit->s_awaddr_i = static_cast<std::uint16_t>(offset);
    unit->s_wdata_i = value;
    unit->s_wstrb_i = 0xf;
    unit->s_awvalid_i = unit->s_wvalid_i = 1;
    for (bool isAnswered = false; !isAnswered;) {
      eval(0);
      const bool takesAddress = unit->s_awready_o, takesData = unit->s_wready_o;
      isAnswered = unit->s_bvalid_o;
      eval(1);
      if (takesAddress)
        unit->s_awvalid_i = 0;
      if (takesData)
        unit->s_wvalid_i = 0;
    }
  }
  void write64(std::uint32_t offset, std::uint64_t value) {
    write(offset, static_cast<std::uint32_t>(value));
    write(offset + 4, static_cast<std::uint32_t>(value >> 32));
  }

  std::uint32_t read(std::uint32_t offset) {
    unit->s_araddr_i = static_cast<std::uint16_t>(offset);
    unit->s_arvalid_i = 1;
    while (true) {
      eval(0);
      const bool takes = unit->s_arready_o, isAnswered = unit->s_rvalid_o;
      const std::uint32_t data = unit->s_rdata_o;
      eval(1);
      if (takes)
        unit->s_arvalid_i = 0;
      if (isAnswered)
        return data;
    }
  }

  /// Until the cycle before the first one of the program.
  void start(std::span<const Encoded> program, const Machine &machine) {
    for (int i = 0; i < baseRegisters; ++i)
      write64(NPU_BASE(i), machine.bases[i]);
    write64(NPU_PROGRAM, machine.programBase);
    write(NPU_COMMANDS, static_cast<std::uint32_t>(program.size()));
    write(NPU_INTERRUPT_ENABLE, NPU_INTERRUPT_ENABLE_FAULT_MASK);
    write(NPU_CONTROL, NPU_CONTROL_START_MASK);
    while (true) {
      eval(0);
      const bool begins = unit->trace_begin_o;
      eval(1);
      if (begins)
        return;
    }
  }

  /// The fault that the registers tell of.
  Fault reported() {
    while (read(NPU_STATUS) & NPU_STATUS_BUSY_MASK)
      ;
    const std::uint32_t fault = read(NPU_FAULT),
                        number = read(NPU_FAULT_NUMBER);
    if (fault == NPU_FAULT_SEMAPHORE)
      return Fault{fmt::format("the chip stops: semaphore {} overflows: it "
                               "would count over {}",
                               number, semaphoreLimit)};
    return Fault{fmt::format("the chip stops: fault {:#x}, place {:#x}, number "
                             "{}",
                             fault, read(NPU_FAULT_PLACE), number)};
  }

  /// The chip with bits drawn from \p xSeed in all that nothing has set yet, or
  /// with zeros if it is 0.
  void powerUp(std::uint32_t xSeed) {
    powerDown();
    context = std::make_unique<VerilatedContext>();
    context->traceEverOn(HasWaves<Unit>);
    context->randReset(xSeed == 0 ? 0 : 2);
    context->randSeed(static_cast<int>(std::mt19937(xSeed)() >> 1));
    unit = std::make_unique<Unit>(context.get());
    state.emplace(*context);
  }
  void powerDown() {
    // Scopes are taken out of the context of the thread, whoever made them.
    if (context)
      Verilated::threadContextp(context.get());
    if constexpr (HasWaves<Unit>)
      waves.reset();
    unit.reset();
  }

  std::unique_ptr<VerilatedContext> context;
  std::unique_ptr<Unit> unit;
  std::optional<ChipState> state;

  template <typename T>
  struct WavesOf {
    struct None {};
    using Type = None;
  };
  template <HasWaves T>
  struct WavesOf<T> {
    using Type = std::optional<WaveWriter<T>>;
  };
  [[no_unique_address]] typename WavesOf<Unit>::Type waves;
};

} // namespace glowplug::npu::cosim
