// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The group "cosim": model and hardware side by side.

#include "backends/npu-sim/plugin/Backend.h"

#include "backends/npu-sim/runtime/Cosim.h"

#include "simulator/isa/Assembly.h"

namespace glowplug::npusim {
namespace {

std::uint64_t unsignedOf(npu::Cycle cycle) {
  return static_cast<std::uint64_t>(cycle);
}

/// Gives the records of one comparison.
class Teller {
public:
  Teller(const Executable &executable, const Cosimulation &cosimulation,
         npu::process::UnitSet units, const gp_cosim_sink &sink)
      : blob(executable.blob()), both(cosimulation), units(units), sink(sink) {}

  void tell() const {
    run();
    for (const auto &[name, unit] : npu::process::unitNames)
      if ((units & unit) != 0) {
        const gp_cosim_unit row{sizeof row, name};
        sink.unit(sink.context, &row);
      }
    for (std::size_t i = 0; i < blob.layers.size(); ++i) {
      const std::string name = layerName(blob.layers[i], i);
      const gp_cosim_layer row{sizeof row, name.c_str()};
      sink.layer(sink.context, &row);
    }
    for (std::size_t n = 0; n < blob.program.commands.size(); ++n)
      command(n);
    if (both.divergence)
      difference(*both.divergence);
  }

private:
  void run() const {
    gp_cosim_run row{};
    row.struct_size = sizeof row;
    row.model_cycles = unsignedOf(both.model.timeline.cycles);
    row.hardware_cycles = unsignedOf(both.hardware.timeline.cycles);
    row.model_ns = both.modelNs;
    row.hardware_ns = both.hardwareNs;
    row.commands_in_hardware =
        static_cast<std::uint64_t>(both.hardware.inHardware);
    sink.run(sink.context, &row);
  }

  void command(std::size_t n) const {
    const npu::Command command = *npu::decodeCommand(blob.program.commands[n]);
    const npu::Header &header = npu::headerOf(command);
    const npu::Record &model = both.model.timeline.records[n];
    const npu::Record &hardware = both.hardware.timeline.records[n];
    gp_cosim_command row{};
    row.struct_size = sizeof row;
    row.engine = npu::queueNames[header.queue].data();
    row.layer = blob.layers.empty() ? GP_NO_LAYER
                                    : static_cast<std::uint32_t>(header.layer);
    row.differs = both.model.crcs[n] != both.hardware.crcs[n] ? 1 : 0;
    row.model_first_cycle = unsignedOf(model.start);
    row.model_last_cycle = unsignedOf(model.end);
    row.hardware_first_cycle = unsignedOf(hardware.start);
    row.hardware_last_cycle = unsignedOf(hardware.end);
    sink.command(sink.context, &row);
  }

  void difference(const Divergence &found) const {
    const std::string text =
        npu::disassemble(blob.program.commands[found.command]);
    gp_cosim_difference row{};
    row.struct_size = sizeof row;
    row.command = found.command;
    row.text = text.c_str();
    row.place = found.place.c_str();
    row.result_bytes = found.resultBytes;
    row.differing_bytes = found.differing;
    row.got = found.got;
    row.want = found.want;
    sink.difference(sink.context, &row);
  }

  const Blob &blob;
  const Cosimulation &both;
  npu::process::UnitSet units;
  const gp_cosim_sink &sink;
};

gp_status *cosim(gp_executable *executable, const gp_cosim_args *given) {
  const gp_host *host = executable->host;
  gp_cosim_args args;
  gp_cosim_sink sink;
  if (gp_status *problem = glue::read(
          host, args, given, "cosim: the arguments are not understood"))
    return problem;
  if (gp_status *problem = glue::read(host, sink, args.sink,
                                      "cosim: the sink is not understood"))
    return problem;
  const std::vector<Bytes> inputs = bytesOf(args.inputs, args.input_count);
  if (const auto fault = executable->program->checkInputs(inputs))
    return fail(host, GP_INVALID_ARGUMENT, fault->message);
  npu::process::Options options = executable->process;
  if (options.executable.empty())
    return fail(host, GP_UNSUPPORTED,
                "cosim: there is no npu-device beside the plugin; give its "
                "path as option 'device-path'");
  const std::string units = args.units ? args.units : "";
  const auto chosen = readUnits(units);
  if (!chosen)
    return fail(host, GP_INVALID_ARGUMENT, "cosim: " + chosen.message());
  options.units = units.empty()
                      ? npu::process::arrayUnit | npu::process::vectorUnit
                      : *chosen;
  const auto both = cosimulate(*executable->program, inputs, options);
  if (!both)
    return fail(host, GP_DEVICE_LOST, both.message());
  Teller(*executable->program, *both, options.units, sink).tell();
  return nullptr;
}

gp_status *guardedCosim(gp_executable *executable, const gp_cosim_args *args) {
  return guard(executable->host, [&] { return cosim(executable, args); });
}

} // namespace

const gp_cosim_group cosimGroup = {sizeof(gp_cosim_group), guardedCosim};

} // namespace glowplug::npusim
