// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks an executable what its last run took, and checks the answer.

#include "core/runtime/Simulation.h"

#include "core/runtime/Answers.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <map>
#include <new>

namespace glowplug {
namespace {

/// The largest count that other programs can read: JSON numbers are doubles.
constexpr uint64_t mostShown = uint64_t{1} << 53;

/// Receives the records of one call and keeps the first broken rule.
struct SimulationAnswers : Answers {
  Simulation simulation;
  bool hasRun = false;
  bool isOutOfMemory = false;
  uint64_t layerCycles = 0;
  llvm::StringMap<uint32_t> spanNames;
  std::map<std::pair<std::string, std::string>, uint64_t> stalls;

  /// "span 7" and so on; the texts are only made for complaints.
  static std::string title(const char *kind, size_t index) {
    return std::string(kind) + " " + std::to_string(index);
  }

  /// Whether the run has been told of, which all other records need.
  bool afterRun(const char *kind, size_t index) {
    if (!hasRun)
      complain(title(kind, index) + " comes before the run");
    return hasRun;
  }

  bool checkText(const char *kind, size_t index, const char *field,
                 const char *text) {
    if (text && *text)
      return true;
    complain(title(kind, index) + ": " + field + " is " +
             (text ? "empty" : "NULL"));
    return false;
  }

  /// Whether first <= last <= the cycles of the run.
  bool checkCycles(const char *kind, size_t index, uint64_t first,
                   uint64_t last) {
    if (first <= last && last <= simulation.cycles)
      return true;
    complain(title(kind, index) + " lasts from cycle " + std::to_string(first) +
             " to " + std::to_string(last) + ", but the run from 0 to " +
             std::to_string(simulation.cycles));
    return false;
  }

  /// Whether \p index is one of \p count things of \p what.
  bool checkReference(const char *kind, size_t record, const char *what,
                      uint32_t index, size_t count) {
    if (index < count)
      return true;
    complain(title(kind, record) + " names " + what + " " +
             std::to_string(index) + ", but so far there are " +
             std::to_string(count));
    return false;
  }

  void addRun(const gp_sim_run *given) {
    gp_sim_run run;
    if (!read("gp_sim_run", &run, given))
      return;
    if (hasRun)
      return complain("run is called twice");
    hasRun = true;
    const std::pair<const char *, uint64_t> counts[] = {
        {"cycles", run.cycles},
        {"nanoseconds", run.host_ns},
        {"multiply-adds", run.macs},
        {"bank conflicts", run.bank_conflicts}};
    for (const auto &[what, count] : counts)
      if (count > mostShown)
        return complain("the run has " + std::to_string(count) + " " + what +
                        ", but at most " + std::to_string(mostShown) +
                        " can be shown");
    simulation.cycles = run.cycles;
    simulation.hostNs = run.host_ns;
    simulation.macs = run.macs;
    simulation.macsPerCycle = run.macs_per_cycle;
    simulation.clockKhz = run.clock_khz;
    simulation.bankConflicts = run.bank_conflicts;
  }

  void addLayer(const gp_sim_layer *given) {
    gp_sim_layer layer;
    const size_t index = simulation.layers.size();
    if (!read("gp_sim_layer", &layer, given) || !afterRun("layer", index) ||
        !checkText("layer", index, "name", layer.name) ||
        !checkText("layer", index, "bound", layer.bound) ||
        !checkCycles("layer", index, layer.begin_cycle, layer.end_cycle))
      return;
    if (!isLowerCaseWord(layer.bound))
      return complain(title("layer", index) + ": bound is '" + layer.bound +
                      "', but needs to be one lower-case word");
    if (layer.cycles > simulation.cycles - layerCycles)
      return complain("the cycles of layers 0 to " + std::to_string(index) +
                      " sum to more than the " +
                      std::to_string(simulation.cycles) + " of the run");
    layerCycles += layer.cycles;
    simulation.layers.push_back({layer.name, layer.begin_cycle, layer.end_cycle,
                                 layer.cycles, layer.macs, layer.bound,
                                 layer.roofline_cycles, layer.dram_bytes});
  }

  void addStall(const gp_sim_stall *given) {
    gp_sim_stall stall;
    const size_t index = simulation.stalls.size();
    if (!read("gp_sim_stall", &stall, given) || !afterRun("stall", index) ||
        !checkText("stall", index, "engine", stall.engine) ||
        !checkText("stall", index, "cause", stall.cause))
      return;
    if (!stalls.try_emplace({stall.engine, stall.cause}, stall.cycles).second)
      return complain("stall of '" + std::string(stall.engine) + "' by '" +
                      stall.cause + "' comes twice");
    simulation.stalls.push_back({stall.engine, stall.cause, stall.cycles});
  }

  void addTrack(const gp_sim_track *given) {
    gp_sim_track track;
    const size_t index = simulation.tracks.size();
    if (!read("gp_sim_track", &track, given) || !afterRun("track", index) ||
        !checkText("track", index, "name", track.name))
      return;
    if (track.kind > GP_SIM_MEMORY)
      return complain(title("track", index) + ": kind is " +
                      std::to_string(track.kind) + ", but needs to be 0 to " +
                      std::to_string(GP_SIM_MEMORY));
    simulation.tracks.push_back(
        {track.name, static_cast<Simulation::TrackKind>(track.kind)});
  }

  void addSpan(const gp_sim_span *given) {
    gp_sim_span span;
    const size_t index = simulation.spans.size();
    if (!read("gp_sim_span", &span, given) || !afterRun("span", index) ||
        !checkText("span", index, "name", span.name) ||
        !checkCycles("span", index, span.start_cycle, span.end_cycle) ||
        !checkReference("span", index, "track", span.track,
                        simulation.tracks.size()))
      return;
    const auto [name, isNew] = spanNames.try_emplace(
        span.name, static_cast<uint32_t>(simulation.spanNames.size()));
    if (isNew)
      simulation.spanNames.emplace_back(span.name);
    simulation.spans.push_back({span.track, span.layer, name->second,
                                span.start_cycle, span.end_cycle});
  }

  void addSpace(const gp_sim_space *given) {
    gp_sim_space space;
    const size_t index = simulation.spaces.size();
    if (!read("gp_sim_space", &space, given) || !afterRun("space", index) ||
        !checkText("space", index, "name", space.name))
      return;
    if (space.bytes == 0)
      return complain(title("space", index) + " has 0 bytes");
    simulation.spaces.push_back({space.name, space.bytes});
  }

  void addBuffer(const gp_sim_buffer *given) {
    gp_sim_buffer buffer;
    const size_t index = simulation.buffers.size();
    if (!read("gp_sim_buffer", &buffer, given) || !afterRun("buffer", index) ||
        !checkText("buffer", index, "name", buffer.name) ||
        !checkCycles("buffer", index, buffer.first_cycle, buffer.last_cycle) ||
        !checkReference("buffer", index, "space", buffer.space,
                        simulation.spaces.size()))
      return;
    const uint64_t size = simulation.spaces[buffer.space].bytes;
    if (buffer.begin_bytes > size || buffer.bytes > size - buffer.begin_bytes)
      return complain(title("buffer", index) + " has " +
                      std::to_string(buffer.bytes) + " bytes at " +
                      std::to_string(buffer.begin_bytes) + ", but '" +
                      simulation.spaces[buffer.space].name + "' has " +
                      std::to_string(size));
    simulation.buffers.push_back({buffer.space, buffer.layer, buffer.name,
                                  buffer.begin_bytes, buffer.bytes,
                                  buffer.first_cycle, buffer.last_cycle});
  }

  /// Rules over all records of one kind. Layers may come after what names
  /// them.
  void finish() {
    if (!hasRun)
      return complain("run is never called");
    const size_t count = simulation.layers.size();
    auto isLayer = [&](uint32_t layer) {
      return layer == Simulation::noLayer || layer < count;
    };
    for (auto [index, span] : llvm::enumerate(simulation.spans))
      if (!isLayer(span.layer)) {
        checkReference("span", index, "layer", span.layer, count);
        return;
      }
    for (auto [index, buffer] : llvm::enumerate(simulation.buffers))
      if (!isLayer(buffer.layer)) {
        checkReference("buffer", index, "layer", buffer.layer, count);
        return;
      }
    std::map<std::string, uint64_t> sums;
    for (const Simulation::Stall &stall : simulation.stalls) {
      uint64_t &sum = sums[stall.engine];
      // Saturates: a sum that wraps would look like another one.
      sum = stall.cycles > UINT64_MAX - sum ? UINT64_MAX : sum + stall.cycles;
    }
    for (const auto &[engine, sum] : sums)
      if (sum != simulation.cycles)
        return complain("the stalls of '" + engine + "' sum to " +
                        std::to_string(sum) + " cycles, but the run has " +
                        std::to_string(simulation.cycles));
  }

  /// Calls \p add; what runs out of memory must not leave through the plugin.
  template <auto add, typename T>
  static void receive(void *self, const T *t) {
    auto *answers = static_cast<SimulationAnswers *>(self);
    try {
      (answers->*add)(t);
    } catch (const std::bad_alloc &) {
      answers->isOutOfMemory = true;
    }
  }
};

} // namespace

llvm::Expected<Simulation> receiveSimulation(
    llvm::StringRef backend, const SimulationRequest &request,
    llvm::function_ref<llvm::Error(const gp_simulation_sink &)> give) {
  using Answers = SimulationAnswers;
  Answers answers;
  gp_simulation_sink sink = {};
  sink.struct_size = sizeof sink;
  sink.context = &answers;
  sink.run = Answers::receive<&Answers::addRun, gp_sim_run>;
  sink.layer = Answers::receive<&Answers::addLayer, gp_sim_layer>;
  sink.stall = Answers::receive<&Answers::addStall, gp_sim_stall>;
  if (request.spans) {
    sink.track = Answers::receive<&Answers::addTrack, gp_sim_track>;
    sink.span = Answers::receive<&Answers::addSpan, gp_sim_span>;
  }
  if (request.buffers) {
    sink.space = Answers::receive<&Answers::addSpace, gp_sim_space>;
    sink.buffer = Answers::receive<&Answers::addBuffer, gp_sim_buffer>;
  }
  if (llvm::Error error = give(sink))
    return std::move(error);
  if (answers.isOutOfMemory)
    return backendError(backend, GP_OUT_OF_MEMORY,
                        "last_run: the host cannot hold the records");
  answers.finish();
  if (!answers.problem.empty())
    return brokenRule(backend, "last_run", answers.problem);
  return std::move(answers.simulation);
}

llvm::Expected<std::optional<Simulation>>
Executable::lastRun(const SimulationRequest &request) {
  const auto *group = static_cast<const gp_simulation_group *>(
      backend->plugin->group(GP_GROUP_SIMULATION, GP_GROUP_SIMULATION_VERSION));
  if (!group)
    return std::nullopt;
  // One run: no other may come between the two questions.
  std::lock_guard lock(mutex);
  llvm::Expected<Simulation> simulation = receiveSimulation(
      backend->name(), request, [&](const gp_simulation_sink &sink) {
        return callPlugin(backend->name(), "last_run",
                          [&] { return group->last_run(handle, &sink); });
      });
  if (!simulation || !request.energy)
    return simulation;
  llvm::Expected<std::optional<EnergyUse>> energy =
      lastEnergy(simulation->layers.size());
  if (!energy)
    return energy.takeError();
  simulation->energy = std::move(*energy);
  return simulation;
}

} // namespace glowplug
