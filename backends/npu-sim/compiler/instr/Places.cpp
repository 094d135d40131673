// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers of a program as offsets from base registers, and in the memories.

#include "backends/npu-sim/compiler/instr/Encoder.h"

#include <algorithm>

namespace glowplug::npusim {

Places::Places(gp_instr_program program, const npu::Config &config,
               std::span<const std::span<const std::uint8_t>> segments)
    : map(config) {
  for (std::size_t i = 0; i < gp_instr_program_buffers_count(program); ++i)
    buffers.push_back(
        glue::readBuffer(gp_instr_program_buffers_at(program, i)));
  origins.resize(buffers.size());
  std::vector<bool> isBound(buffers.size());
  for (std::size_t i = 0; i < gp_instr_program_constants_count(program); ++i) {
    const gp_instr_constant constant =
        gp_instr_program_constants_at(program, i);
    const std::uint32_t buffer = gp_instr_constant_buffer(constant);
    origins[buffer] = {
        constantsBase,
        append(segments[gp_instr_constant_segment(constant)].subspan(
            gp_instr_constant_offset(constant),
            static_cast<std::size_t>(buffers[buffer].bytes)))};
    isBound[buffer] = true;
  }
  const auto bind = [&](gp_instr_binding binding, std::int32_t base,
                        std::vector<Binding> &to) {
    const std::uint32_t buffer = gp_instr_binding_buffer(binding);
    const std::int64_t bytes = buffers[buffer].bytes;
    origins[buffer] = {base, extents[base]};
    isBound[buffer] = true;
    to.push_back({static_cast<std::uint64_t>(extents[base]),
                  static_cast<std::uint64_t>(bytes)});
    extents[base] = (extents[base] + bytes + 63) / 64 * 64;
  };
  for (std::size_t i = 0; i < gp_instr_program_inputs_count(program); ++i)
    bind(gp_instr_program_inputs_at(program, i), inputsBase, inputs);
  for (std::size_t i = 0; i < gp_instr_program_outputs_count(program); ++i)
    bind(gp_instr_program_outputs_at(program, i), outputsBase, outputs);
  placeWorkspace(isBound);
  // What the encoder keeps is not known yet, only that it lies in the
  // constants.
  extents[constantsBase] = static_cast<std::int64_t>(constants.size());
}

/// All else in DRAM keeps its place, counted from its first byte.
void Places::placeWorkspace(const std::vector<bool> &isBound) {
  std::int64_t begin = INT64_MAX, end = 0;
  const auto isWorkspace = [&](std::size_t i) {
    return !isBound[i] && buffers[i].space == dramSpace;
  };
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (isWorkspace(i)) {
      begin = std::min(begin, buffers[i].offset);
      end = std::max(end, buffers[i].offset + buffers[i].bytes);
    }
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (isWorkspace(i))
      origins[i] = {workspaceBase, buffers[i].offset - begin};
  extents[workspaceBase] = std::max<std::int64_t>(0, end - begin);
}

std::int64_t Places::append(std::span<const std::uint8_t> bytes) {
  const auto begin = static_cast<std::int64_t>(constants.size());
  constants.insert(constants.end(), bytes.begin(), bytes.end());
  constants.resize((constants.size() + 63) / 64 * 64);
  return begin;
}

Places::Address Places::of(const Tile &tile) const {
  const Buffer &buffer = buffers[tile.at.buffer];
  if (buffer.space == dramSpace) {
    const Origin &origin = origins[tile.at.buffer];
    return {buffer.space, origin.base, origin.offset + tile.at.offset};
  }
  const std::int64_t at = buffer.offset + tile.at.offset;
  if (buffer.space == accumulatorSpace)
    return {buffer.space, 0, at / map.sumBytes};
  return {buffer.space, 0, map.addressOf(buffer.space, at)};
}

} // namespace glowplug::npusim
