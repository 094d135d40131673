/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Instr programs (schema/instr.fbs) from and to values. C++17.
 */
#ifndef GLOWPLUG_GLUE_INSTR_H
#define GLOWPLUG_GLUE_INSTR_H

#include <glowplug/glue/bytes.h>
#include <glowplug/glue/sha256.h>
#include <glowplug/image.h>
#include <glowplug/instr_writer.h>

namespace glowplug::glue {

constexpr uint32_t noBuffer = ~uint32_t(0);

/// A byte of a buffer.
struct Place {
  uint32_t buffer = noBuffer;
  int64_t offset = 0;

  bool exists() const { return buffer != noBuffer; }
  friend Place operator+(Place place, int64_t bytes) {
    return {place.buffer, place.offset + bytes};
  }
};

/// A dim of a tile. Without a block, elements are `stride` bytes apart; with
/// one, blocks are, and elements of a block `inner`.
struct TileDim {
  int64_t size = 1, stride = 0, block = 1, inner = 0;
};

/// A tensor in a buffer: a view.
struct Tile {
  Place at;
  gp_image_dtype dtype = gp_image_dtype_none;
  std::vector<TileDim> dims;
};

struct Buffer {
  std::string name;
  uint32_t space = 0;
  int64_t offset = 0, bytes = 0;
};

/// A tensor of the caller, at the start of its buffer.
struct BoundTensor {
  uint32_t buffer;
  gp_image_dtype dtype;
  std::vector<int64_t> shape;
};

inline Tile readTile(gp_instr_view view) {
  Tile tile{{gp_instr_view_buffer(view), gp_instr_view_offset(view)},
            static_cast<gp_image_dtype>(gp_instr_view_dtype(view)),
            {}};
  const bool hasBlocks = gp_instr_view_blocks_count(view) != 0;
  for (size_t d = 0; d < gp_instr_view_shape_count(view); ++d)
    tile.dims.push_back({gp_instr_view_shape_at(view, d),
                         gp_instr_view_strides_at(view, d),
                         hasBlocks ? gp_instr_view_blocks_at(view, d) : 1,
                         gp_instr_view_inner_at(view, d)});
  return tile;
}

inline Buffer readBuffer(gp_instr_buffer buffer) {
  return {gp_instr_buffer_name(buffer), gp_instr_buffer_space(buffer),
          static_cast<int64_t>(gp_instr_buffer_offset(buffer)),
          static_cast<int64_t>(gp_instr_buffer_bytes(buffer))};
}

/// Writes a program instruction by instruction, in program order.
class InstrWriter {
public:
  /// What all instructions have.
  struct Step {
    uint32_t engine = 0;
    std::vector<uint32_t> waits; ///< numbers of instructions
    uint32_t layer = UINT32_MAX; ///< of addLayer(), or none
  };

  /// The buffers of the program; they are written at the end.
  std::vector<Buffer> buffers;
  uint32_t addBuffer(Buffer buffer) {
    buffers.push_back(std::move(buffer));
    return static_cast<uint32_t>(buffers.size() - 1);
  }

  /// A copy has the name of what it fills.
  void copy(const Step &step, const Tile &source, const Tile &target) {
    gp_instr_copy_fields copy = gp_instr_copy_defaults();
    copy.source = write(source);
    copy.target = write(target);
    append(step, gp_instr_action_copy, gp_instr_write_copy(writer, &copy),
           nameOf(target.at.buffer));
  }

  /// \p value are the bytes of an element.
  void fill(const Step &step, const Tile &target,
            const std::vector<uint8_t> &value) {
    gp_instr_fill_fields fill = gp_instr_fill_defaults();
    fill.target = write(target);
    set(fill.value, fill.value_count, value);
    append(step, gp_instr_action_fill, gp_instr_write_fill(writer, &fill));
  }

  void compute(const Step &step, uint32_t kernel,
               const std::vector<Tile> &operands,
               const std::vector<Tile> &results, bool accumulate = false) {
    const std::vector<gp_ref> from = write(operands), to = write(results);
    gp_instr_compute_fields compute = gp_instr_compute_defaults();
    compute.kernel = kernel;
    set(compute.operands, compute.operands_count, from);
    set(compute.results, compute.results_count, to);
    compute.accumulate = accumulate;
    append(step, gp_instr_action_compute,
           gp_instr_write_compute(writer, &compute));
  }

  void wait(const Step &step) {
    const gp_instr_wait_fields wait = gp_instr_wait_defaults();
    append(step, gp_instr_action_wait, gp_instr_write_wait(writer, &wait));
  }

  void addLayer(const std::string &name, uint64_t macs, uint64_t bytes) {
    const gp_instr_layer_fields layer = {writer.string(name), macs, bytes};
    layers.push_back(gp_instr_write_layer(writer, &layer));
  }
  void addInput(const BoundTensor &tensor) { inputs.push_back(bind(tensor)); }
  void addOutput(const BoundTensor &tensor) { outputs.push_back(bind(tensor)); }
  void addConstant(uint32_t buffer, uint32_t segment, uint64_t offset) {
    const gp_instr_constant_fields constant = {buffer, segment, offset};
    constants.push_back(gp_instr_write_constant(writer, &constant));
  }

  /// The program for the machine of \p machine, with the image \p kernels.
  std::vector<uint8_t> finish(const std::string &name,
                              const std::vector<uint8_t> &machine,
                              const std::vector<uint8_t> &kernels,
                              const std::vector<uint64_t> &segments) {
    std::vector<gp_ref> written;
    for (uint32_t i = 0; i < buffers.size(); ++i) {
      const gp_instr_buffer_fields buffer = {
          nameOf(i), buffers[i].space, static_cast<uint64_t>(buffers[i].offset),
          static_cast<uint64_t>(buffers[i].bytes)};
      written.push_back(gp_instr_write_buffer(writer, &buffer));
    }
    uint8_t hash[32];
    gp_sha256(machine.data(), machine.size(), hash);
    gp_instr_program_fields program = gp_instr_program_defaults();
    program.container_version = GP_INSTR_CONTAINER_VERSION;
    program.name = writer.string(name);
    set(program.machine_sha256, program.machine_sha256_count, hash);
    set(program.buffers, program.buffers_count, written);
    set(program.inputs, program.inputs_count, inputs);
    set(program.outputs, program.outputs_count, outputs);
    set(program.constants, program.constants_count, constants);
    set(program.segment_bytes, program.segment_bytes_count, segments);
    set(program.instructions, program.instructions_count, instructions);
    set(program.kernels, program.kernels_count, kernels);
    set(program.layers, program.layers_count, layers);
    return copyOf(
        gp_instr_finish(writer, gp_instr_write_program(writer, &program)));
  }

private:
  gp_ref nameOf(uint32_t buffer) {
    names.resize(buffers.size());
    if (names[buffer] == 0)
      names[buffer] = writer.string(buffers[buffer].name);
    return names[buffer];
  }

  gp_ref bind(const BoundTensor &tensor) {
    gp_instr_binding_fields binding = gp_instr_binding_defaults();
    binding.buffer = tensor.buffer;
    binding.dtype = static_cast<uint8_t>(tensor.dtype);
    set(binding.shape, binding.shape_count, tensor.shape);
    return gp_instr_write_binding(writer, &binding);
  }

  gp_ref write(const Tile &tile) {
    std::vector<int64_t> shape, strides, blocks, inner;
    bool hasBlocks = false;
    for (const TileDim &dim : tile.dims) {
      shape.push_back(dim.size);
      strides.push_back(dim.stride);
      blocks.push_back(dim.block);
      inner.push_back(dim.inner);
      hasBlocks |= dim.block != 1;
    }
    gp_instr_view_fields view = gp_instr_view_defaults();
    view.buffer = tile.at.buffer;
    view.offset = tile.at.offset;
    view.dtype = static_cast<uint8_t>(tile.dtype);
    set(view.shape, view.shape_count, shape);
    set(view.strides, view.strides_count, strides);
    if (hasBlocks) {
      set(view.blocks, view.blocks_count, blocks);
      set(view.inner, view.inner_count, inner);
    }
    return gp_instr_write_view(writer, &view);
  }

  std::vector<gp_ref> write(const std::vector<Tile> &tiles) {
    std::vector<gp_ref> refs;
    for (const Tile &tile : tiles)
      refs.push_back(write(tile));
    return refs;
  }

  void append(const Step &step, gp_instr_action type, gp_ref action,
              gp_ref name = 0) {
    gp_instr_instruction_fields made = gp_instr_instruction_defaults();
    made.engine = step.engine;
    set(made.waits, made.waits_count, step.waits);
    made.action_type = type;
    made.action = action;
    made.name = name;
    made.layer = step.layer;
    instructions.push_back(gp_instr_write_instruction(writer, &made));
  }

  Writer writer;
  std::vector<gp_ref> names; ///< of buffers, as far as they are written
  std::vector<gp_ref> instructions, layers, inputs, outputs, constants;
};

} // namespace glowplug::glue

#endif /* GLOWPLUG_GLUE_INSTR_H */
