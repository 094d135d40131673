// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The group "cosim": model and hardware side by side.

#include "backends/npu-sim/plugin/Backend.h"

#include "backends/npu-sim/runtime/Cosim.h"

#include "simulator/isa/Assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>

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

/// The device for \p executable with the hardware and the waves of \p args.
npu::Result<npu::process::Options> deviceOf(const gp_executable &executable,
                                            const gp_cosim_args &args) {
  npu::process::Options options = executable.process;
  const std::string units = args.units ? args.units : "";
  const auto chosen = readUnits(units);
  if (!chosen)
    return npu::Fault{"cosim: " + chosen.message()};
  options.units = units.empty()
                      ? npu::process::arrayUnit | npu::process::vectorUnit
                      : *chosen;
  options.lockstep = args.lockstep != 0;
  if (args.seed != 0) {
    if (options.units != npu::process::chipUnit ||
        args.seed > npu::process::mostXSeed)
      return npu::Fault{fmt::format("cosim: needs the units 'chip' for a seed, "
                                    "and one up to {}, but got '{}' and {}",
                                    npu::process::mostXSeed, units, args.seed)};
    options.xSeed = args.seed;
  }
  if (!args.waves)
    return options;
  if (options.units != npu::process::chipUnit)
    return npu::Fault{fmt::format("cosim: waves need the units 'chip', but got "
                                  "'{}'",
                                  units)};
  if (args.first_wave > args.last_wave)
    return npu::Fault{fmt::format("cosim: waves from command {} to command {}",
                                  args.first_wave, args.last_wave)};
  if (!executable.hasOwnDevice)
    options.executable = findNpuDevice("npu-device-waves");
  return options;
}

/// What to write, if anything.
std::optional<npu::cosim::WaveOptions> wavesOf(const gp_cosim_args &args) {
  if (!args.waves)
    return std::nullopt;
  // A program has far fewer commands.
  const auto number = [](std::uint64_t command) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(
        command, std::numeric_limits<std::int32_t>::max()));
  };
  return npu::cosim::WaveOptions{std::filesystem::absolute(args.waves).string(),
                                 number(args.first_wave),
                                 number(args.last_wave)};
}

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
  const auto options = deviceOf(*executable, args);
  if (!options)
    return fail(host, GP_INVALID_ARGUMENT, options.message());
  if (options->executable.empty())
    return fail(host, GP_UNSUPPORTED,
                "cosim: there is no npu-device beside the plugin; give its "
                "path as option 'device-path'");
  const auto both =
      cosimulate(*executable->program, inputs, *options, wavesOf(args));
  if (!both)
    return fail(host, GP_DEVICE_LOST, both.message());
  Teller(*executable->program, *both, options->units, sink).tell();
  return nullptr;
}

gp_status *guardedCosim(gp_executable *executable, const gp_cosim_args *args) {
  return guard(executable->host, [&] { return cosim(executable, args); });
}

} // namespace

const gp_cosim_group cosimGroup = {sizeof(gp_cosim_group), guardedCosim};

} // namespace glowplug::npusim
