// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts the runs of parts one after another.

#include "core/report/Report.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace glowplug::report {
namespace {

/// Numbers things; those with equal keys are the same thing.
template <typename Key, typename Value>
class Unique {
public:
  explicit Unique(std::vector<Value> &values) : values(values) {}

  /// The index of the entry with \p key; a new one gets \p value.
  uint32_t add(const Key &key, const Value &value) {
    const auto [found, isNew] =
        indices.try_emplace(key, static_cast<uint32_t>(values.size()));
    if (isNew)
      values.push_back(value);
    return found->second;
  }

private:
  std::vector<Value> &values;
  std::map<Key, uint32_t> indices;
};

/// Shares of \p causes in hundredths of a percent that sum to 10000: rounded
/// down; the rest goes to those that lost most by that, the first of equals.
void setShares(std::vector<Cause> &causes) {
  double sum = 0;
  for (const Cause &cause : causes)
    sum += static_cast<double>(cause.cycles);
  if (sum == 0)
    return;
  std::vector<double> lost;
  uint32_t missing = 10000;
  for (Cause &cause : causes) {
    const double exact = 10000 * (static_cast<double>(cause.cycles) / sum);
    cause.share = std::min(static_cast<uint32_t>(exact), missing);
    missing -= cause.share;
    lost.push_back(exact - cause.share);
  }
  std::vector<size_t> order(causes.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::pair(-lost[a], a) < std::pair(-lost[b], b);
  });
  for (size_t i = 0; missing > 0; ++i, --missing)
    ++causes[order[i % order.size()]].share;
}

/// Adds parts to a report.
class Merger {
public:
  Merger(Report &report, bool hasSeveralBackends)
      : report(report), hasSeveralBackends(hasSeveralBackends) {}

  void add(const PartSimulation &part) {
    const Simulation &run = part.simulation;
    const uint64_t offset = report.cycles;
    const auto firstLayer = static_cast<uint32_t>(report.layers.size());
    report.parts.push_back({part.part, part.backend, offset, run.cycles});
    report.cycles += run.cycles;
    report.hostNs += run.hostNs;
    report.macs += run.macs;
    report.bankConflicts += run.bankConflicts;

    for (const Simulation::Layer &given : run.layers) {
      Layer layer;
      static_cast<Simulation::Layer &>(layer) = given;
      layer.beginCycle += offset;
      layer.endCycle += offset;
      layer.part = part.part;
      report.layers.push_back(std::move(layer));
    }
    addStalls(part);
    if (run.energy)
      addEnergy(part, firstLayer);

    auto layerOf = [&](uint32_t layer) {
      return layer == Simulation::noLayer ? layer : layer + firstLayer;
    };
    std::vector<uint32_t> trackOf, nameOf, spaceOf;
    for (Simulation::Track track : run.tracks) {
      track.name = nameIn(part, track.name);
      trackOf.push_back(tracks.add({track.kind, track.name}, track));
    }
    for (const std::string &name : run.spanNames)
      nameOf.push_back(names.add(name, name));
    report.spans.reserve(report.spans.size() + run.spans.size());
    for (const Simulation::Span &span : run.spans)
      report.spans.push_back({trackOf[span.track], layerOf(span.layer),
                              nameOf[span.name], span.startCycle + offset,
                              span.endCycle + offset});
    for (Simulation::Space space : run.spaces) {
      space.name = nameIn(part, space.name);
      spaceOf.push_back(spaces.add(space.name, space));
      uint64_t &bytes = report.spaces[spaceOf.back()].bytes;
      bytes = std::max(bytes, space.bytes);
    }
    for (Simulation::Buffer buffer : run.buffers) {
      buffer.space = spaceOf[buffer.space];
      buffer.layer = layerOf(buffer.layer);
      buffer.firstCycle += offset;
      buffer.lastCycle += offset;
      report.buffers.push_back(std::move(buffer));
    }
  }

private:
  std::string nameIn(const PartSimulation &part,
                     const std::string &name) const {
    return hasSeveralBackends ? part.backend + "/" + name : name;
  }

  void addStalls(const PartSimulation &part) {
    std::vector<bool> isCounted(report.engines.size(), false);
    for (const Simulation::Stall &stall : part.simulation.stalls) {
      const std::string name = nameIn(part, stall.engine);
      Engine engine;
      engine.name = name;
      const uint32_t index = engines.add(name, engine);
      isCounted.resize(report.engines.size(), false);
      Engine &known = report.engines[index];
      if (!isCounted[index])
        known.cycles += part.simulation.cycles;
      isCounted[index] = true;
      auto cause = llvm::find_if(known.causes, [&](const Cause &other) {
        return other.name == stall.cause;
      });
      if (cause == known.causes.end())
        known.causes.push_back({stall.cause, stall.cycles, 0});
      else
        cause->cycles += stall.cycles;
    }
  }

  void addEnergy(const PartSimulation &part, uint32_t firstLayer) {
    if (!report.energy)
      report.energy.emplace();
    Energy &energy = *report.energy;
    const EnergyUse &use = *part.simulation.energy;
    energy.cycles += part.simulation.cycles;
    if (!use.technology.empty() &&
        !llvm::is_contained(energy.technologies, use.technology))
      energy.technologies.push_back(use.technology);
    if (!llvm::is_contained(energy.notes, use.note))
      energy.notes.push_back(use.note);
    std::vector<size_t> componentOf;
    for (const EnergyUse::Component &given : use.components) {
      const std::string name = nameIn(part, given.name);
      auto known = llvm::find_if(energy.components, [&](const auto &other) {
        return other.name == name;
      });
      // Parts on one backend share its device, so its area counts once.
      if (known == energy.components.end())
        known = energy.components.insert(
            known,
            {name, 0, given.areaUm2, given.energySource, given.areaSource});
      componentOf.push_back(
          static_cast<size_t>(known - energy.components.begin()));
    }
    for (size_t i = 0; i < part.simulation.layers.size(); ++i)
      report.layers[firstLayer + i].picojoules.resize(energy.components.size());
    for (const EnergyUse::Amount &amount : use.amounts) {
      const size_t component = componentOf[amount.component];
      energy.components[component].picojoules += amount.picojoules;
      if (amount.layer != Simulation::noLayer)
        report.layers[firstLayer + amount.layer].picojoules[component] +=
            amount.picojoules;
    }
  }

  Report &report;
  bool hasSeveralBackends;
  Unique<std::string, Engine> engines{report.engines};
  Unique<std::pair<Simulation::TrackKind, std::string>, Simulation::Track>
      tracks{report.tracks};
  Unique<std::string, std::string> names{report.spanNames};
  Unique<std::string, Simulation::Space> spaces{report.spaces};
};

} // namespace

std::optional<double> Layer::gap() const {
  if (rooflineCycles == 0)
    return std::nullopt;
  return static_cast<double>(cycles) / static_cast<double>(rooflineCycles);
}

double Layer::energy() const {
  return std::accumulate(picojoules.begin(), picojoules.end(), 0.0);
}

double Energy::picojoules() const {
  double sum = 0;
  for (const Component &component : components)
    sum += component.picojoules;
  return sum;
}

double Energy::areaUm2() const {
  double sum = 0;
  for (const Component &component : components)
    sum += component.areaUm2;
  return sum;
}

std::optional<double> Report::averagePower() const {
  if (!energy || energy->cycles == 0 || clockKhz == 0)
    return std::nullopt;
  // pJ / ms is nW.
  const double ms = static_cast<double>(energy->cycles) / clockKhz;
  return energy->picojoules() / ms / 1e6;
}

Report makeReport(const std::vector<PartSimulation> &parts) {
  Report report;
  const bool hasSeveralBackends =
      llvm::any_of(parts, [&](const PartSimulation &part) {
        return part.backend != parts.front().backend;
      });
  Merger merger(report, hasSeveralBackends);
  double macs = 0, most = 0;
  for (const PartSimulation &part : parts) {
    merger.add(part);
    const Simulation &run = part.simulation;
    if (run.macsPerCycle == 0)
      continue;
    macs += static_cast<double>(run.macs);
    most += static_cast<double>(run.cycles) * run.macsPerCycle;
  }
  if (most > 0)
    report.utilization = macs / most;
  if (!parts.empty())
    report.clockKhz = parts.front().simulation.clockKhz;
  for (const PartSimulation &part : parts)
    if (part.simulation.clockKhz != report.clockKhz)
      report.clockKhz = 0;
  for (Engine &engine : report.engines)
    setShares(engine.causes);
  // A later part may have brought more components.
  for (Layer &layer : report.layers)
    if (!layer.picojoules.empty())
      layer.picojoules.resize(report.energy->components.size());
  return report;
}

} // namespace glowplug::report
