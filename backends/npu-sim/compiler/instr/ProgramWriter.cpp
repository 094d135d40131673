// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes instr programs with the writer of the SDK.

#include "backends/npu-sim/compiler/instr/ProgramWriter.h"

#include "backends/npu-sim/compiler/instr/Machine.h"

#include <glowplug/glue/sha256.h>

#include <algorithm>

namespace glowplug::npusim {

gp_ref ProgramWriter::nameOf(std::uint32_t buffer) {
  names.resize(buffers.all().size());
  if (names[buffer] == 0)
    names[buffer] = gp_writer_string(&writer, buffers[buffer].name.c_str());
  return names[buffer];
}

gp_ref ProgramWriter::write(const Tile &tile) {
  std::vector<std::int64_t> shape, strides, blocks, inner;
  for (const TileDim &dim : tile.dims) {
    shape.push_back(dim.size);
    strides.push_back(dim.stride);
    blocks.push_back(dim.block);
    inner.push_back(dim.inner);
  }
  gp_instr_view_fields view = gp_instr_view_defaults();
  view.buffer = tile.at.buffer;
  view.offset = tile.at.offset;
  view.dtype = static_cast<std::uint8_t>(tile.dtype);
  view.shape = shape.data();
  view.strides = strides.data();
  view.shape_count = view.strides_count = shape.size();
  if (std::any_of(blocks.begin(), blocks.end(),
                  [](std::int64_t block) { return block != 1; })) {
    view.blocks = blocks.data();
    view.inner = inner.data();
    view.blocks_count = view.inner_count = shape.size();
  }
  return gp_instr_write_view(&writer, &view);
}

void ProgramWriter::append(const Step &step, gp_instr_action type,
                           gp_ref action, gp_ref name) {
  gp_instr_instruction_fields made = gp_instr_instruction_defaults();
  made.engine = step.engine;
  made.waits = step.waits.data();
  made.waits_count = step.waits.size();
  made.action_type = type;
  made.action = action;
  made.layer = step.layer;
  made.name = name;
  instructions.push_back(gp_instr_write_instruction(&writer, &made));
}

void ProgramWriter::copy(const Step &step, const Tile &source,
                         const Tile &target) {
  gp_instr_copy_fields copy = gp_instr_copy_defaults();
  copy.source = write(source);
  copy.target = write(target);
  append(step, gp_instr_action_copy, gp_instr_write_copy(&writer, &copy),
         nameOf(target.at.buffer));
}

void ProgramWriter::fill(const Step &step, const Tile &target,
                         std::uint8_t value) {
  gp_instr_fill_fields fill = gp_instr_fill_defaults();
  fill.target = write(target);
  fill.value = &value;
  fill.value_count = 1;
  append(step, gp_instr_action_fill, gp_instr_write_fill(&writer, &fill));
}

void ProgramWriter::compute(const Step &step, Kernel kernel,
                            std::span<const Tile> operands, const Tile &result,
                            bool accumulate) {
  const auto typeOf = [](const Tile &tile) {
    TileType type{tile.dtype, {}};
    for (const TileDim &dim : tile.dims)
      type.shape.push_back(dim.size);
    return type;
  };
  std::vector<gp_ref> refs;
  for (const Tile &tile : operands) {
    kernel.operands.push_back(typeOf(tile));
    refs.push_back(write(tile));
  }
  kernel.result = typeOf(result);
  const gp_ref to = write(result);
  gp_instr_compute_fields compute = gp_instr_compute_defaults();
  compute.kernel = kernels.numberOf(kernel);
  compute.operands = refs.data();
  compute.operands_count = refs.size();
  compute.results = &to;
  compute.results_count = 1;
  compute.accumulate = accumulate;
  append(step, gp_instr_action_compute,
         gp_instr_write_compute(&writer, &compute));
}

void ProgramWriter::addLayer(const std::string &name, std::uint64_t macs,
                             std::uint64_t bytes) {
  gp_instr_layer_fields layer = gp_instr_layer_defaults();
  layer.name = gp_writer_string(&writer, name.c_str());
  layer.macs = macs;
  layer.bytes = bytes;
  layers.push_back(gp_instr_write_layer(&writer, &layer));
}

gp_ref ProgramWriter::bind(const BoundTensor &tensor) {
  gp_instr_binding_fields binding = gp_instr_binding_defaults();
  binding.buffer = tensor.buffer;
  binding.dtype = static_cast<std::uint8_t>(tensor.dtype);
  binding.shape = tensor.shape.data();
  binding.shape_count = tensor.shape.size();
  return gp_instr_write_binding(&writer, &binding);
}

void ProgramWriter::addConstant(std::uint32_t buffer, std::int64_t offset) {
  gp_instr_constant_fields constant = gp_instr_constant_defaults();
  constant.buffer = buffer;
  constant.offset = static_cast<std::uint64_t>(offset);
  constants.push_back(gp_instr_write_constant(&writer, &constant));
}

std::vector<std::uint8_t> ProgramWriter::finish(const npu::Config &config,
                                                std::uint64_t segmentBytes) {
  std::vector<gp_ref> written;
  for (std::uint32_t i = 0; i < buffers.all().size(); ++i) {
    gp_instr_buffer_fields buffer = gp_instr_buffer_defaults();
    buffer.name = nameOf(i);
    buffer.space = buffers[i].space;
    buffer.offset = static_cast<std::uint64_t>(buffers[i].offset);
    buffer.bytes = static_cast<std::uint64_t>(buffers[i].bytes);
    written.push_back(gp_instr_write_buffer(&writer, &buffer));
  }
  const std::vector<std::uint8_t> machine = writeMachine(config);
  const std::vector<std::uint8_t> image = kernels.write();
  std::uint8_t hash[32];
  gp_sha256(machine.data(), machine.size(), hash);
  gp_instr_program_fields program = gp_instr_program_defaults();
  const auto set = [](const auto &from, auto &data, std::size_t &count) {
    data = std::data(from);
    count = std::size(from);
  };
  program.container_version = GP_INSTR_CONTAINER_VERSION;
  program.name = gp_writer_string(&writer, "npu");
  set(hash, program.machine_sha256, program.machine_sha256_count);
  set(written, program.buffers, program.buffers_count);
  set(inputs, program.inputs, program.inputs_count);
  set(outputs, program.outputs, program.outputs_count);
  set(constants, program.constants, program.constants_count);
  program.segment_bytes = &segmentBytes;
  program.segment_bytes_count = segmentBytes != 0;
  set(instructions, program.instructions, program.instructions_count);
  set(image, program.kernels, program.kernels_count);
  set(layers, program.layers, program.layers_count);
  return Bytes::take(
      gp_instr_finish(&writer, gp_instr_write_program(&writer, &program)));
}

} // namespace glowplug::npusim
