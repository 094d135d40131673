// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The group "energy": what a run took, by component and layer, and the areas.
// Counted when asked for, so that runs take no longer.

#include "backends/npu-sim/plugin/Backend.h"

#include "simulator/energy/Area.h"

namespace glowplug::npusim {
namespace {

/// Gives the records of one run.
class Teller {
public:
  Teller(const gp_executable &executable, const gp_energy_sink &sink)
      : program(*executable.program), prices(executable.energy), sink(sink) {}

  void tell() const {
    const gp_energy_basis basis{sizeof basis, prices.table.technology.c_str(),
                                prices.note.c_str()};
    sink.basis(sink.context, &basis);
    for (std::size_t i = 0; i < npu::componentCount; ++i)
      component(i);
    amounts();
  }

private:
  void component(std::size_t i) const {
    const std::string name(npu::componentNames[i]);
    const std::string source =
        prices.file.empty() ? std::string(npu::energySources[i]) : prices.file;
    const std::string areaSource(npu::areaSources[i]);
    const gp_energy_component row{
        sizeof row, name.c_str(), source.c_str(),
        npu::areaOf(static_cast<npu::Component>(i), program.config()),
        areaSource.c_str()};
    sink.component(sink.context, &row);
  }

  void amounts() const {
    std::vector<npu::Command> commands;
    for (const npu::Encoded &code : program.blob().program.commands)
      commands.push_back(*npu::decodeCommand(code));
    const std::vector<npu::Counts> layers =
        npu::countActionsByLayer(commands, program.timeline(),
                                 {program.config(), program.placement().bases,
                                  program.placement().programBase});
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      const npu::Energy energy =
          npu::energyOf(layers[layer], prices.table, program.config());
      for (std::size_t i = 0; i < npu::componentCount; ++i) {
        if (energy.components[i] == 0)
          continue;
        const gp_energy_amount row{sizeof row, static_cast<std::uint32_t>(i),
                                   static_cast<std::uint32_t>(layer),
                                   energy.components[i]};
        sink.amount(sink.context, &row);
      }
    }
  }

  const Executable &program;
  const EnergyPrices &prices;
  const gp_energy_sink &sink;
};

gp_status *lastEnergy(gp_executable *executable, const gp_energy_sink *given) {
  const gp_host *host = executable->host;
  gp_energy_sink sink;
  if (gp_status *problem = glue::read(
          host, sink, given, "last_energy: the sink is not understood"))
    return problem;
  if (!executable->program->hostNs())
    return fail(host, GP_INVALID_ARGUMENT, "last_energy: there was no run yet");
  Teller(*executable, sink).tell();
  return nullptr;
}

gp_status *guardedLastEnergy(gp_executable *executable,
                             const gp_energy_sink *sink) {
  return guard(executable->host, [&] { return lastEnergy(executable, sink); });
}

} // namespace

const gp_energy_group energyGroup = {sizeof(gp_energy_group),
                                     guardedLastEnergy};

} // namespace glowplug::npusim
