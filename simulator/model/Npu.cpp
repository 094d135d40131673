// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole machine: its modules, and one program's way through them.

#include "simulator/model/Npu.h"

#include "simulator/device/Execute.h"
#include "simulator/model/HardwareEngine.h"
#include "simulator/model/HardwareFetch.h"
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
  /// For each queue, and for fetch; null: the model's.
  std::array<std::unique_ptr<HardwareEngine>, queueCount> hardware;
  std::unique_ptr<HardwareFetch> hardwareFetch;

  /// Hardware that fetches makes its own requests.
  State(std::vector<Command> commands, const Machine &machine,
        MemoryBus &memoryBus, bool hasHardwareFetch)
      : bus(machine.config, machine.bases, machine.programBase,
            hasHardwareFetch ? 0 : std::ssize(commands)),
        array(machine.config), vector(machine.config) {
    run.timeline.records.resize(commands.size());
    run.commands = std::move(commands);
    run.config = machine.config;
    for (int i = 0; i < 3; ++i)
      dmas[i] = std::make_unique<DmaEngine>(bus.dma(i), memoryBus);
  }

  /// The engine of the contract.
  Engine &modelOf(Queue queue) {
    if (queue == Queue::Matrix)
      return array;
    if (queue == Queue::Vector)
      return vector;
    return *dmas[requesterOf(queue)];
  }
  Engine &engineOf(Queue queue) {
    const auto &unit = hardware[static_cast<int>(queue)];
    return unit ? static_cast<Engine &>(*unit) : modelOf(queue);
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
  state = std::make_unique<State>(std::move(commands), machine, *bus,
                                  units.fetch != nullptr);
  Run &run = state->run;
  run.lockstep = lockstep;
  if (stopsAtConflicts)
    run.banks.emplace(machine.config);
  begun = sc_core::sc_time_stamp();
  const std::vector<Clocked *> clocked = beginUnits(machine, memories);
  std::array<Actor *, Agenda::turns> actors{&semaphores, fetch.get()};
  if (state->hardwareFetch)
    actors[Agenda::Dispatch] = state->hardwareFetch.get();
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
      if (state->run.fault)
        return;
      execute(state->run.commands[number], *memories);
      state->run.after(number);
    };
  }
  semaphores.begin(run);
  for (int i = 0; i < queueCount; ++i)
    queues[i]->begin(run, state->engineOf(static_cast<Queue>(i)));
  fetch->begin(run, state->bus.fetch());
  if (state->hardwareFetch)
    state->hardwareFetch->begin();
  bus->begin(run, state->bus, clocked);
  running = true;
  due.notify(sc_core::SC_ZERO_TIME);
}

std::vector<Clocked *> Npu::beginUnits(const Machine &machine,
                                       Memories *memories) {
  Run &run = state->run;
  std::vector<Clocked *> clocked;
  const auto hasBegun = [&](std::optional<Fault> fault) {
    if (fault && !run.fault)
      run.fault = std::move(fault);
  };
  for (int i = 0; i < queueCount; ++i) {
    const auto queue = static_cast<Queue>(i);
    HardwareUnit *const unit = units.of(queue);
    if (!unit)
      continue;
    hasBegun(unit->begin(machine, memories));
    Engine *const model =
        requesterOf(queue) < 0 ? &state->modelOf(queue) : nullptr;
    state->hardware[i] = std::make_unique<HardwareEngine>(
        *unit, model, queue, *queues[i], *bus, run);
    clocked.push_back(state->hardware[i].get());
  }
  if (units.fetch) {
    std::vector<Encoded> program;
    for (const Command &command : run.commands)
      program.push_back(encodeCommand(command));
    hasBegun(units.fetch->begin(machine, program));
    state->hardwareFetch =
        std::make_unique<HardwareFetch>(*units.fetch, queues, *bus, run);
    clocked.push_back(state->hardwareFetch.get());
  }
  return clocked;
}

std::int64_t Npu::dispatched() const {
  return state->hardwareFetch ? state->hardwareFetch->dispatched()
                              : fetch->dispatched();
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

void Npu::stop() {
  if (!running)
    return;
  if (!state->run.fault)
    state->run.fault = Fault{"the program was stopped"};
  due.notify(sc_core::SC_ZERO_TIME);
}

const Timeline &Npu::soFar() const {
  static const Timeline nothing;
  return state ? state->run.timeline : nothing;
}

const std::optional<BankConflict> &Npu::conflict() const {
  static const std::optional<BankConflict> none;
  return state ? state->run.conflict : none;
}

std::optional<int> Npu::overflow() const {
  return state ? state->run.overflow : std::nullopt;
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
  return explainDeadlock({run.commands, heads, dispatched(), semaphores.state});
}

} // namespace glowplug::npu::model
