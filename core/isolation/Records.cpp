// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Records of the runtime as they stand in messages, and back.

#include "core/isolation/Records.h"

#include "core/runtime/Errors.h"

namespace glowplug::isolation {

static std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

/// Calls \p body for each table of a list, which may be missing.
template <typename T, typename Body>
static void forEach(const flatbuffers::Vector<T> *list, const Body &body) {
  for (uint32_t i = 0; list && i < list->size(); ++i)
    body(*list->Get(i));
}

wire::OpenedT toWire(const BackendInfo &info) {
  wire::OpenedT result;
  result.name = info.name;
  result.version = info.version;
  result.target = info.target;
  result.container_version_max = info.containerVersionMax;
  result.opset_version_max = info.opsetVersionMax;
  for (const BackendOptionInfo &option : info.options) {
    auto &to =
        *result.options.emplace_back(std::make_unique<wire::OptionInfoT>());
    to.key = option.key;
    to.default_value = option.defaultValue;
    to.help = option.help;
  }
  for (const BackendOpInfo &op : info.ops) {
    auto &to = *result.ops.emplace_back(std::make_unique<wire::OpInfoT>());
    to.op = op.op;
    to.composite = op.composite;
    to.version = op.version;
    to.dtype_mask = op.dtypeMask;
  }
  return result;
}

BackendInfo fromWire(const wire::Opened &opened) {
  BackendInfo info;
  info.name = text(opened.name());
  info.version = text(opened.version());
  info.target = text(opened.target());
  info.containerVersionMax = opened.container_version_max();
  info.opsetVersionMax = opened.opset_version_max();
  forEach(opened.options(), [&](const wire::OptionInfo &option) {
    info.options.push_back({text(option.key()), text(option.default_value()),
                            text(option.help())});
  });
  forEach(opened.ops(), [&](const wire::OpInfo &op) {
    info.ops.push_back(
        {op.op(), text(op.composite()), op.version(), op.dtype_mask()});
  });
  return info;
}

wire::CheckedT toWire(const std::vector<Verdict> &verdicts) {
  wire::CheckedT result;
  for (const Verdict &verdict : verdicts) {
    auto &to =
        *result.verdicts.emplace_back(std::make_unique<wire::VerdictT>());
    to.supported = verdict.supported;
    to.split_epilogue = verdict.splitEpilogue;
    to.reason = verdict.reason;
  }
  return result;
}

std::vector<Verdict> fromWire(const wire::Checked &checked) {
  std::vector<Verdict> result;
  forEach(checked.verdicts(), [&](const wire::Verdict &verdict) {
    result.push_back({verdict.supported(), verdict.split_epilogue(),
                      text(verdict.reason())});
  });
  return result;
}

static std::unique_ptr<wire::EnergyUseT> toWire(const EnergyUse &energy) {
  auto to = std::make_unique<wire::EnergyUseT>();
  to->technology = energy.technology;
  to->note = energy.note;
  for (const EnergyUse::Component &component : energy.components) {
    auto &row = *to->components.emplace_back(
        std::make_unique<wire::EnergyComponentT>());
    row.name = component.name;
    row.energy_source = component.energySource;
    row.area_um2 = component.areaUm2;
    row.area_source = component.areaSource;
  }
  for (const EnergyUse::Amount &amount : energy.amounts)
    to->amounts.emplace_back(amount.component, amount.layer, amount.picojoules);
  return to;
}

wire::SimulatedT toWire(const std::optional<Simulation> &simulation) {
  wire::SimulatedT to;
  if (!simulation)
    return to;
  to.has_run = true;
  to.cycles = simulation->cycles;
  to.host_ns = simulation->hostNs;
  to.macs = simulation->macs;
  to.macs_per_cycle = simulation->macsPerCycle;
  to.clock_khz = simulation->clockKhz;
  to.bank_conflicts = simulation->bankConflicts;
  for (const Simulation::Layer &layer : simulation->layers) {
    auto &row = *to.layers.emplace_back(std::make_unique<wire::LayerT>());
    row.name = layer.name;
    row.begin_cycle = layer.beginCycle;
    row.end_cycle = layer.endCycle;
    row.cycles = layer.cycles;
    row.macs = layer.macs;
    row.bound = layer.bound;
    row.roofline_cycles = layer.rooflineCycles;
    row.dram_bytes = layer.dramBytes;
  }
  for (const Simulation::Stall &stall : simulation->stalls) {
    auto &row = *to.stalls.emplace_back(std::make_unique<wire::StallT>());
    row.engine = stall.engine;
    row.cause = stall.cause;
    row.cycles = stall.cycles;
  }
  for (const Simulation::Track &track : simulation->tracks) {
    auto &row = *to.tracks.emplace_back(std::make_unique<wire::TrackT>());
    row.name = track.name;
    row.kind = static_cast<uint8_t>(track.kind);
  }
  to.span_names = simulation->spanNames;
  for (const Simulation::Span &span : simulation->spans)
    to.spans.emplace_back(span.track, span.layer, span.name, span.startCycle,
                          span.endCycle);
  for (const Simulation::Space &space : simulation->spaces) {
    auto &row = *to.spaces.emplace_back(std::make_unique<wire::SpaceT>());
    row.name = space.name;
    row.bytes = space.bytes;
  }
  for (const Simulation::Buffer &buffer : simulation->buffers) {
    auto &row = *to.buffers.emplace_back(std::make_unique<wire::BufferT>());
    row.space = buffer.space;
    row.layer = buffer.layer;
    row.name = buffer.name;
    row.begin_bytes = buffer.beginBytes;
    row.bytes = buffer.bytes;
    row.first_cycle = buffer.firstCycle;
    row.last_cycle = buffer.lastCycle;
  }
  if (simulation->energy)
    to.energy = toWire(*simulation->energy);
  return to;
}

/// NULL for a string that is missing, as the rules of the sink want to see it.
static const char *pointer(const flatbuffers::String *string) {
  return string ? string->c_str() : nullptr;
}

/// Gives the timeline and the memory map to \p sink, as far as it wants them.
static void giveDetails(const wire::Simulated &from,
                        const gp_simulation_sink &sink) {
  if (sink.track && sink.span) {
    forEach(from.tracks(), [&](const wire::Track &track) {
      const gp_sim_track row = {sizeof row, pointer(track.name()),
                                track.kind()};
      sink.track(sink.context, &row);
    });
    const auto *names = from.span_names();
    forEach(from.spans(), [&](const wire::Span &span) {
      const char *name = names && span.name() < names->size()
                             ? pointer(names->Get(span.name()))
                             : nullptr;
      const gp_sim_span row = {sizeof row,         span.track(),
                               span.layer(),       name,
                               span.start_cycle(), span.end_cycle()};
      sink.span(sink.context, &row);
    });
  }
  if (!sink.space || !sink.buffer)
    return;
  forEach(from.spaces(), [&](const wire::Space &space) {
    const gp_sim_space row = {sizeof row, pointer(space.name()), space.bytes()};
    sink.space(sink.context, &row);
  });
  forEach(from.buffers(), [&](const wire::Buffer &buffer) {
    const gp_sim_buffer row = {sizeof row,           buffer.space(),
                               buffer.layer(),       pointer(buffer.name()),
                               buffer.begin_bytes(), buffer.bytes(),
                               buffer.first_cycle(), buffer.last_cycle()};
    sink.buffer(sink.context, &row);
  });
}

/// "" for a string that is missing: an empty one is not sent.
static const char *orEmpty(const flatbuffers::String *string) {
  return string ? string->c_str() : "";
}

/// Gives what a run took in energy to \p sink.
static void giveEnergy(const wire::EnergyUse &from,
                       const gp_energy_sink &sink) {
  const gp_energy_basis basis = {sizeof basis, orEmpty(from.technology()),
                                 pointer(from.note())};
  sink.basis(sink.context, &basis);
  forEach(from.components(), [&](const wire::EnergyComponent &component) {
    const gp_energy_component row = {sizeof row, pointer(component.name()),
                                     pointer(component.energy_source()),
                                     component.area_um2(),
                                     orEmpty(component.area_source())};
    sink.component(sink.context, &row);
  });
  forEach(from.amounts(), [&](const wire::EnergyAmount &amount) {
    const gp_energy_amount row = {sizeof row, amount.component(),
                                  amount.layer(), amount.picojoules()};
    sink.amount(sink.context, &row);
  });
}

llvm::Expected<std::optional<Simulation>>
fromWire(const wire::Simulated &from, llvm::StringRef backend,
         const SimulationRequest &request) {
  if (!from.has_run())
    return std::nullopt;
  llvm::Expected<Simulation> simulation =
      receiveSimulation(backend, request, [&](const gp_simulation_sink &sink) {
        const gp_sim_run run = {
            sizeof run,           from.cycles(),         from.host_ns(),
            from.macs(),          from.macs_per_cycle(), from.clock_khz(),
            from.bank_conflicts()};
        sink.run(sink.context, &run);
        forEach(from.layers(), [&](const wire::Layer &layer) {
          const gp_sim_layer row = {sizeof row,
                                    pointer(layer.name()),
                                    layer.begin_cycle(),
                                    layer.end_cycle(),
                                    layer.cycles(),
                                    layer.macs(),
                                    pointer(layer.bound()),
                                    layer.roofline_cycles(),
                                    layer.dram_bytes()};
          sink.layer(sink.context, &row);
        });
        forEach(from.stalls(), [&](const wire::Stall &stall) {
          const gp_sim_stall row = {sizeof row, pointer(stall.engine()),
                                    pointer(stall.cause()), stall.cycles()};
          sink.stall(sink.context, &row);
        });
        giveDetails(from, sink);
        return llvm::Error::success();
      });
  if (!simulation || !request.energy || !from.energy())
    return simulation;
  llvm::Expected<EnergyUse> energy = receiveEnergy(
      backend, simulation->layers.size(), [&](const gp_energy_sink &sink) {
        giveEnergy(*from.energy(), sink);
        return llvm::Error::success();
      });
  if (!energy)
    return energy.takeError();
  simulation->energy = std::move(*energy);
  return simulation;
}

wire::FailedT toWire(llvm::Error error, llvm::StringRef backend) {
  wire::FailedT result;
  result.code = GP_INTERNAL;
  result.subject = backend.str();
  llvm::handleAllErrors(
      std::move(error),
      [&](const BackendError &failure) {
        result.code = failure.getCode();
        result.subject = failure.getSubject();
        const llvm::StringRef message = failure.fault().message;
        // A BackendError puts the subject in front again.
        result.message = message.substr(result.subject.size() + 2).str();
      },
      [&](const llvm::ErrorInfoBase &other) {
        result.message = other.message();
      });
  return result;
}

llvm::Error fromWire(const wire::Failed &failed) {
  return backendError(text(failed.subject()),
                      static_cast<gp_status_code>(failed.code()),
                      text(failed.message()));
}

} // namespace glowplug::isolation
