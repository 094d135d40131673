// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole machine: its modules, and one program's way through them.

#include "simulator/model/Npu.h"

#include "simulator/device/Execute.h"
#include "simulator/model/HardwareEngine.h"
#include "simulator/timing/Deadlock.h"
#include "simulator/timing/VectorTiming.h"

#include <fmt/format.h>

#include <string>

namespace glowplug::npu::model {

namespace {

/// The array or the vector unit, by its times.
template <typename Timing>
class ComputeEngine : public Engine {
public:
  explicit ComputeEngine(const Config &config) : timing(config) {}
  std::optional<Span> issue(std::int64_t, const Command &command,
                            Cycle now) override {
    return timing.begin(command, now + 1);
  }

private:
  Timing timing;
};

class DmaEngine : public Engine {
public:
  DmaEngine(DmaTiming &timing, MemoryBus &bus) : timing(timing), bus(bus) {}
  std::optional<Span> issue(std::int64_t, const Command &command,
                            Cycle now) override {
    const std::optional<Span> span = timing.begin(command, now + 1);
    if (!span)
      bus.request();
    return span;
  }

private:
  DmaTiming &timing;
  MemoryBus &bus;
};

} // namespace

/// What belongs to one program.
struct Npu::State {
  Run run;
  Bus bus;
  ComputeEngine<ArrayTiming> array;
  ComputeEngine<VectorTiming> vector;
  std::array<std::unique_ptr<DmaEngine>, 3> dmas;
  std::unique_ptr<HardwareEngine> arrayUnit, vectorUnit; ///< null: the model's

  State(std::vector<Command> commands, const Machine &machine,
        MemoryBus &memoryBus)
      : bus(machine.config, machine.bases, machine.programBase,
            static_cast<std::int64_t>(commands.size())),
        array(machine.config), vector(machine.config) {
    run.timeline.records.resize(commands.size());
    run.commands = std::move(commands);
    run.config = machine.config;
    for (int i = 0; i < 3; ++i)
      dmas[i] = std::make_unique<DmaEngine>(bus.dma(i), memoryBus);
  }

  Engine &engineOf(Queue queue) {
    if (queue == Queue::Matrix)
      return arrayUnit ? static_cast<Engine &>(*arrayUnit) : array;
    if (queue == Queue::Vector)
      return vectorUnit ? static_cast<Engine &>(*vectorUnit) : vector;
    return *dmas[requesterOf(queue)];
  }
};

Npu::Npu(const sc_core::sc_module_name &name, const Config &config)
    : sc_module(name), config(config) {
  for (int i = 0; i < queueCount; ++i)
    queues[i] = std::make_unique<CommandQueue>(
        std::string(queueNames[i]).c_str(), Agenda::issueOf(i), semaphores);
  fetch = std::make_unique<Fetch>("fetch", queues);
  bus = std::make_unique<MemoryBus>("bus", queues, *fetch);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&due);
  sc_core::sc_spawn([this] { advance(); }, "advance", &options);
}

Npu::~Npu() = default;

void Npu::start(std::vector<Command> commands, const Machine &machine,
                Memories *memories) {
  state = std::make_unique<State>(std::move(commands), machine, *bus);
  Run &run = state->run;
  if (stopsAtConflicts)
    run.banks.emplace(machine.config);
  begun = sc_core::sc_time_stamp();
  std::array<Actor *, Agenda::turns> actors{&semaphores, fetch.get()};
  for (int i = 0; i < queueCount; ++i)
    actors[Agenda::issueOf(i)] = queues[i].get();
  actors[Agenda::Memory] = bus.get();
  run.agenda.begin(actors);
  crcs.assign(wantsCrcs ? run.commands.size() : 0, 0);
  watchedBytes.clear();
  if (memories) {
    run.before = [this](std::int64_t number) {
      if (beforeEffect)
        beforeEffect(number);
    };
    run.after = [this, memories](std::int64_t number) {
      if (wantsCrcs)
        crcs[number] = resultCrc(state->run.commands[number], *memories);
      if (number == watched)
        watchedBytes = resultBytes(state->run.commands[number], *memories);
      if (afterEffect)
        afterEffect(number);
    };
    run.execute = [this, memories](std::int64_t number) {
      state->run.before(number);
      execute(state->run.commands[number], *memories);
      state->run.after(number);
    };
  }
  const std::vector<ClockedEngine *> clocked = beginUnits(memories);
  semaphores.begin(run);
  for (int i = 0; i < queueCount; ++i)
    queues[i]->begin(run, state->engineOf(static_cast<Queue>(i)));
  fetch->begin(run, state->bus.fetch());
  bus->begin(run, state->bus, clocked);
  running = true;
  due.notify(sc_core::SC_ZERO_TIME);
}

std::vector<ClockedEngine *> Npu::beginUnits(Memories *memories) {
  Run &run = state->run;
  std::vector<ClockedEngine *> clocked;
  const auto begin = [&](HardwareUnit *unit, Engine &model, Queue queue,
                         std::unique_ptr<HardwareEngine> &engine) {
    if (!unit)
      return;
    if (auto fault = unit->begin(run.config, memories); fault && !run.fault)
      run.fault = std::move(fault);
    engine = std::make_unique<HardwareEngine>(
        *unit, model, *queues[static_cast<int>(queue)], *bus, run);
    clocked.push_back(engine.get());
  };
  begin(units.array, state->array, Queue::Matrix, state->arrayUnit);
  begin(units.vector, state->vector, Queue::Vector, state->vectorUnit);
  return clocked;
}

std::int64_t Npu::inHardware() const {
  return state ? state->run.inHardware : 0;
}

/// Cycles since the program began, by the kernel.
Cycle Npu::kernelTime() const {
  return cyclesOf(sc_core::sc_time_stamp() - begun);
}

void Npu::notifyAt(Cycle time) { due.notify(timeOf(time - kernelTime())); }

void Npu::advance() {
  if (!running)
    return;
  Run &run = state->run;
  Agenda &agenda = run.agenda;
  Cycle next;
  while (!run.fault && (next = agenda.next()) < never) {
    // Others see effects, and change what they read.
    if (run.execute && next > kernelTime())
      return notifyAt(next);
    agenda.step(next);
  }
  if (!run.fault &&
      run.retired != static_cast<std::int64_t>(run.commands.size()))
    return; // it stands still
  const Cycle end = std::max(agenda.now(), run.timeline.cycles);
  if (!run.fault && end > kernelTime())
    return notifyAt(end);
  running = false;
  finished.notify(sc_core::SC_ZERO_TIME);
}

Result<Timeline> Npu::result() const {
  if (!state)
    return Fault{"no program was started"};
  const Run &run = state->run;
  if (run.fault)
    return *run.fault;
  if (run.retired == static_cast<std::int64_t>(run.commands.size()))
    return run.timeline;
  std::array<std::int64_t, queueCount> heads;
  for (int i = 0; i < queueCount; ++i)
    heads[i] = queues[i]->head();
  return explainDeadlock(
      {run.commands, heads, fetch->dispatched(), semaphores.state});
}

} // namespace glowplug::npu::model
