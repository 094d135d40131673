// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The group "simulation": what a run took.

#include "backends/npu-sim/plugin/Backend.h"

#include "backends/npu-sim/runtime/MemoryTimes.h"
#include "backends/npu-sim/runtime/Statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace glowplug::npusim {
namespace {

std::uint64_t unsignedOf(npu::Cycle cycle) {
  return static_cast<std::uint64_t>(cycle);
}

const char *nameOf(Bound bound) {
  switch (bound) {
  case Bound::Compute:
    return "compute";
  case Bound::Dma:
    return "dma";
  case Bound::Vector:
    return "vector";
  case Bound::Latency:
    return "latency";
  }
  return "latency";
}

/// A command in words, as a span of its engine.
const char *nameOf(const npu::Command &command) {
  if (std::holds_alternative<npu::Sync>(command))
    return "synchronise";
  if (std::holds_alternative<npu::Load>(command))
    return npu::queueOf(command) == npu::Queue::LoadW ? "load weights"
                                                      : "load activations";
  if (const auto *c = std::get_if<npu::Vector>(&command))
    return c->reduce != npu::VectorReduce::None ? "reduce" : "vector";
  if (const auto *c = std::get_if<npu::Depthwise>(&command))
    return c->op == npu::DepthwiseOp::Mac ? "depthwise" : "pool";
  return npu::infoOf(command).name.data();
}

/// Gives the records of one run.
class Teller {
public:
  Teller(const Executable &executable, const gp_simulation_sink &sink)
      : executable(executable), blob(executable.blob()),
        config(executable.config()), sink(sink) {
    for (const npu::Encoded &code : blob.program.commands)
      commands.push_back(*npu::decodeCommand(code));
    statistics = statisticsOf(blob, commands, executable.timeline(), config);
  }

  void run(std::uint64_t hostNs) {
    gp_sim_run row{};
    row.struct_size = sizeof row;
    row.cycles = unsignedOf(statistics.cycles);
    row.host_ns = hostNs;
    row.macs = statistics.macs;
    row.macs_per_cycle =
        static_cast<std::uint32_t>(config.arrayRows * config.arrayRows);
    row.bank_conflicts = statistics.bankConflicts;
    sink.run(sink.context, &row);
  }

  void layers() {
    for (std::size_t i = 0; i < blob.layers.size(); ++i) {
      const LayerStatistics &layer = statistics.layers[i];
      gp_sim_layer row{};
      row.struct_size = sizeof row;
      const std::string name = layerName(blob.layers[i], i);
      row.name = name.c_str();
      row.begin_cycle = unsignedOf(layer.begin);
      row.end_cycle = unsignedOf(layer.end);
      row.cycles = unsignedOf(layer.cycles);
      row.macs = blob.layers[i].macs;
      row.bound = nameOf(layer.bound);
      row.roofline_cycles = layer.rooflineCycles;
      row.dram_bytes = blob.layers[i].dramBytes;
      sink.layer(sink.context, &row);
    }
  }

  void stalls() {
    for (int queue = 0; queue < npu::queueCount; ++queue) {
      const npu::QueueTime &time = statistics.engines[queue];
      for (const auto &[cause, cycles] :
           {std::pair("busy", time.busy), std::pair("no command", time.fetch),
            std::pair("semaphore", time.semaphore),
            std::pair("drain", time.drain),
            std::pair("end of program", time.finished)}) {
        gp_sim_stall row{};
        row.struct_size = sizeof row;
        row.engine = npu::queueNames[queue].data();
        row.cause = cause;
        row.cycles = unsignedOf(cycles);
        sink.stall(sink.context, &row);
      }
    }
  }

  void timeline() {
    for (int queue = 0; queue < npu::queueCount; ++queue)
      track(std::string(npu::queueNames[queue]), GP_SIM_ENGINE);
    for (int queue = 0; queue < npu::queueCount; ++queue)
      track(std::string(npu::queueNames[queue]), GP_SIM_QUEUE);
    for (std::size_t n = 0; n < commands.size(); ++n) {
      const auto queue =
          static_cast<std::uint32_t>(npu::headerOf(commands[n]).queue);
      const npu::Record &record = executable.timeline().records[n];
      span(queue, commands[n], record.start, record.end);
      span(npu::queueCount + queue, commands[n], record.dispatched,
           record.start);
    }
    trackCount = 2 * npu::queueCount;
    semaphores();
    memory();
  }

  void memoryMap() {
    gp_sim_space space{};
    space.struct_size = sizeof space;
    space.name = "scratchpad";
    space.bytes = static_cast<std::uint64_t>(npu::scratchpadBytes(config));
    sink.space(sink.context, &space);
    if (!sink.buffer)
      return;
    for (const BufferUse &use :
         bufferUsesOf(blob, commands, executable.timeline(), config)) {
      const BufferInfo &buffer = *use.buffer;
      gp_sim_buffer row{};
      row.struct_size = sizeof row;
      row.layer = sink.layer ? buffer.layer : GP_NO_LAYER;
      const std::string name = buffer.name.empty() ? "buffer" : buffer.name;
      row.name = name.c_str();
      row.begin_bytes = buffer.begin;
      row.bytes = buffer.bytes;
      row.first_cycle = unsignedOf(use.first);
      row.last_cycle = unsignedOf(use.last);
      sink.buffer(sink.context, &row);
    }
  }

private:
  void track(const std::string &name, gp_sim_track_kind kind) {
    gp_sim_track row{};
    row.struct_size = sizeof row;
    row.name = name.c_str();
    row.kind = static_cast<std::uint32_t>(kind);
    sink.track(sink.context, &row);
  }

  void span(std::uint32_t track, const npu::Command &command, npu::Cycle start,
            npu::Cycle end) {
    span(track, nameOf(command), start, end,
         sink.layer ? static_cast<std::uint32_t>(npu::headerOf(command).layer)
                    : GP_NO_LAYER);
  }

  void span(std::uint32_t track, const char *name, npu::Cycle start,
            npu::Cycle end, std::uint32_t layer = GP_NO_LAYER) {
    gp_sim_span row{};
    row.struct_size = sizeof row;
    row.track = track;
    row.layer = layer;
    row.name = name;
    row.start_cycle = unsignedOf(start);
    row.end_cycle = unsignedOf(end);
    if (sink.span)
      sink.span(sink.context, &row);
  }

  void semaphores();
  void memory();
  void tokens(std::uint32_t track,
              const std::vector<std::pair<npu::Cycle, int>> &changes);

  const Executable &executable;
  const Blob &blob;
  const npu::Config &config;
  const gp_simulation_sink &sink;
  std::vector<npu::Command> commands;
  Statistics statistics;
  std::uint32_t trackCount = 0;
};

/// One track for each semaphore in use. Tokens count from the cycle after the
/// end of the command that gives them until another one takes them.
void Teller::semaphores() {
  std::array<std::vector<std::pair<npu::Cycle, int>>, npu::semaphores> changes;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const npu::Header &header = npu::headerOf(commands[n]);
    const npu::Record &record = executable.timeline().records[n];
    for (int i = 0; i < 3; ++i) {
      if (header.signalCount[i] != 0)
        changes[header.signalSem[i]].emplace_back(record.end + 1,
                                                  header.signalCount[i]);
      if (header.waitCount[i] != 0)
        changes[header.waitSem[i]].emplace_back(record.start,
                                                -header.waitCount[i]);
    }
  }
  for (int semaphore = 0; semaphore < npu::semaphores; ++semaphore) {
    auto &list = changes[semaphore];
    if (list.empty())
      continue;
    track(fmt::format("semaphore {}", semaphore), GP_SIM_SEMAPHORE);
    // What is given in a cycle can be taken in it.
    std::sort(list.begin(), list.end(), [](const auto &a, const auto &b) {
      return a.first != b.first ? a.first < b.first : a.second > b.second;
    });
    tokens(trackCount++, list);
  }
}

void Teller::tokens(std::uint32_t track,
                    const std::vector<std::pair<npu::Cycle, int>> &changes) {
  int count = 0;
  npu::Cycle since = 0;
  for (const auto &[time, change] : changes) {
    const int before = std::exchange(count, count + change);
    if (before == 0)
      since = time;
    else if (count == 0 && time > since)
      span(track, "tokens", since, time);
  }
  if (count != 0)
    span(track, "tokens", std::min(since, statistics.cycles),
         statistics.cycles);
}

/// One track for each bank, or one for the whole of an ideal memory.
void Teller::memory() {
  // Pauses too short to show in a picture of a whole run.
  constexpr npu::Cycle gap = 32;
  const auto banks = memoryTimesOf(commands, executable.timeline(),
                                   {config, executable.placement().bases,
                                    executable.placement().programBase},
                                   gap);
  for (std::size_t bank = 0; bank < banks.size(); ++bank) {
    track(banks.size() == 1 ? "DRAM" : fmt::format("DRAM bank {}", bank),
          GP_SIM_MEMORY);
    for (const Bursts &bursts : banks[bank])
      span(trackCount, "bursts", bursts.begin,
           std::min(bursts.end, statistics.cycles));
    ++trackCount;
  }
}

gp_status *lastRun(gp_executable *executable, const gp_simulation_sink *given) {
  const gp_host *host = executable->host;
  gp_simulation_sink sink;
  if (gp_status *problem =
          glue::read(host, sink, given, "last_run: the sink is not understood"))
    return problem;
  const auto hostNs = executable->program->hostNs();
  if (!hostNs)
    return fail(host, GP_INVALID_ARGUMENT, "last_run: there was no run yet");
  Teller teller(*executable->program, sink);
  teller.run(*hostNs);
  if (sink.layer)
    teller.layers();
  if (sink.stall)
    teller.stalls();
  if (sink.track)
    teller.timeline();
  if (sink.space)
    teller.memoryMap();
  return nullptr;
}

gp_status *guardedLastRun(gp_executable *executable,
                          const gp_simulation_sink *sink) {
  return guard(executable->host, [&] { return lastRun(executable, sink); });
}

} // namespace

std::string layerName(const LayerInfo &layer, std::size_t number) {
  return layer.name.empty() ? fmt::format("layer {}", number) : layer.name;
}

const gp_simulation_group simulationGroup = {sizeof(gp_simulation_group),
                                             guardedLastRun};

} // namespace glowplug::npusim
