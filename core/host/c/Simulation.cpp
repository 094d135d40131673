// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Simulated runs in the C interface.

#include "core/host/c/Objects.h"

using glowplug::PartSimulation;
using glowplug::Simulation;
using glowplug::SimulationRequest;
using namespace glowplug::host;
using namespace glowplug::host::c;

static_assert(GP_LAYER_NONE == Simulation::noLayer);
static_assert(GP_TRACK_MEMORY == int(Simulation::TrackKind::memory));

gp_fault *gp_session_simulation(gp_session *session,
                                const gp_simulation_args *given,
                                gp_simulation **simulation) {
  return guarded([&]() -> gp_fault * {
    if (!session)
      return missing("session");
    if (!simulation)
      return missing("simulation");
    gp_simulation_args args = {};
    if (given)
      if (gp_fault *fault = readStruct(&args, given, "gp_simulation_args"))
        return fault;
    SimulationRequest request;
    request.spans = args.spans != 0;
    request.buffers = args.buffers != 0;
    Result<std::vector<PartSimulation>> parts =
        session->session->lastRun(request);
    if (!parts)
      return fail(parts.fault());
    *simulation = new gp_simulation{std::move(*parts)};
    return nullptr;
  });
}

void gp_simulation_free(gp_simulation *simulation) { delete simulation; }

size_t gp_simulation_part_count(const gp_simulation *simulation) {
  return simulation ? simulation->parts.size() : 0;
}

/// Calls \p fill with part number \p part, if there is one.
template <typename Fill>
static gp_fault *withPart(const gp_simulation *simulation, size_t part,
                          Fill fill) {
  return guarded([&]() -> gp_fault * {
    if (!simulation)
      return missing("simulation");
    if (part >= simulation->parts.size())
      return outOfRange("part", part, simulation->parts.size());
    return fill(simulation->parts[part]);
  });
}

/// Calls \p fill with entry number \p index of a list of a part.
template <typename List, typename Fill>
static gp_fault *withEntry(const gp_simulation *simulation, size_t part,
                           List Simulation::*list, const char *what,
                           size_t index, Fill fill) {
  return withPart(simulation, part,
                  [&](const PartSimulation &from) -> gp_fault * {
                    const List &entries = from.simulation.*list;
                    if (index >= entries.size())
                      return outOfRange(what, index, entries.size());
                    return fill(from.simulation, entries[index]);
                  });
}

gp_fault *gp_simulation_part(const gp_simulation *simulation, size_t part,
                             gp_part_figures *figures) {
  return withPart(simulation, part, [&](const PartSimulation &from) {
    const Simulation &run = from.simulation;
    gp_part_figures filled = {};
    filled.part = from.part;
    filled.backend = from.backend.c_str();
    filled.cycles = run.cycles;
    filled.host_ns = run.hostNs;
    filled.macs = run.macs;
    filled.macs_per_cycle = run.macsPerCycle;
    filled.clock_khz = run.clockKhz;
    filled.bank_conflicts = run.bankConflicts;
    filled.layer_count = run.layers.size();
    filled.stall_count = run.stalls.size();
    filled.span_count = run.spans.size();
    filled.buffer_count = run.buffers.size();
    return writeStruct(figures, filled, "gp_part_figures");
  });
}

gp_fault *gp_simulation_layer(const gp_simulation *simulation, size_t part,
                              size_t index, gp_layer_figures *figures) {
  return withEntry(simulation, part, &Simulation::layers, "layer", index,
                   [&](const Simulation &, const Simulation::Layer &layer) {
                     gp_layer_figures filled = {};
                     filled.name = layer.name.c_str();
                     filled.begin_cycle = layer.beginCycle;
                     filled.end_cycle = layer.endCycle;
                     filled.cycles = layer.cycles;
                     filled.macs = layer.macs;
                     filled.bound = layer.bound.c_str();
                     filled.roofline_cycles = layer.rooflineCycles;
                     filled.dram_bytes = layer.dramBytes;
                     return writeStruct(figures, filled, "gp_layer_figures");
                   });
}

gp_fault *gp_simulation_stall(const gp_simulation *simulation, size_t part,
                              size_t index, gp_stall_figures *figures) {
  return withEntry(simulation, part, &Simulation::stalls, "stall", index,
                   [&](const Simulation &, const Simulation::Stall &stall) {
                     gp_stall_figures filled = {};
                     filled.engine = stall.engine.c_str();
                     filled.cause = stall.cause.c_str();
                     filled.cycles = stall.cycles;
                     return writeStruct(figures, filled, "gp_stall_figures");
                   });
}

gp_fault *gp_simulation_span(const gp_simulation *simulation, size_t part,
                             size_t index, gp_span *span) {
  return withEntry(simulation, part, &Simulation::spans, "span", index,
                   [&](const Simulation &run, const Simulation::Span &from) {
                     const Simulation::Track &track = run.tracks[from.track];
                     gp_span filled = {};
                     filled.track = track.name.c_str();
                     filled.track_kind = static_cast<gp_track_kind>(track.kind);
                     filled.layer = from.layer;
                     filled.name = run.spanNames[from.name].c_str();
                     filled.start_cycle = from.startCycle;
                     filled.end_cycle = from.endCycle;
                     return writeStruct(span, filled, "gp_span");
                   });
}

gp_fault *gp_simulation_buffer(const gp_simulation *simulation, size_t part,
                               size_t index, gp_memory_use *buffer) {
  return withEntry(simulation, part, &Simulation::buffers, "buffer", index,
                   [&](const Simulation &run, const Simulation::Buffer &from) {
                     gp_memory_use filled = {};
                     filled.space = run.spaces[from.space].name.c_str();
                     filled.space_bytes = run.spaces[from.space].bytes;
                     filled.layer = from.layer;
                     filled.name = from.name.c_str();
                     filled.begin_bytes = from.beginBytes;
                     filled.size_bytes = from.bytes;
                     filled.first_cycle = from.firstCycle;
                     filled.last_cycle = from.lastCycle;
                     return writeStruct(buffer, filled, "gp_memory_use");
                   });
}
