// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The encoder. The functional device does commands in the order of the program,
// which is a legal one as long as no instruction waits for a later one.

#include "encode.h"
#include "device.h"

#include <glowplug/glue/region.h>
#include <glowplug/instr.h>

#include <algorithm>
#include <stdexcept>
#include <string>

using namespace tiles;

namespace {

class Encoder {
public:
  explicit Encoder(gp_bytes bytes)
      : program(gp_instr_root(bytes.data)),
        kernels(gp_image_root(gp_instr_program_kernels_data(program))) {}

  std::vector<uint8_t> run();

private:
  View viewOf(gp_instr_view view) const;
  Bound boundOf(uint32_t buffer) const;
  void add(gp_instr_instruction instruction);
  void addCompute(gp_instr_compute compute);
  void addRegion(gp_image_region region, Command &command);

  gp_instr_program program;
  gp_image_program kernels;
  std::vector<Command> commands;
  std::vector<MicroOp> microOps;
};

View Encoder::viewOf(gp_instr_view view) const {
  if (gp_instr_view_shape_count(view) != 2 ||
      gp_instr_view_blocks_count(view) != 0 ||
      gp_instr_view_dtype(view) != gp_image_dtype_f32)
    throw std::invalid_argument("a view needs to be a matrix of f32 without "
                                "blocks");
  const gp_instr_buffer buffer =
      gp_instr_program_buffers_at(program, gp_instr_view_buffer(view));
  View result{};
  result.space = gp_instr_buffer_space(buffer);
  result.address = static_cast<int64_t>(gp_instr_buffer_offset(buffer)) +
                   gp_instr_view_offset(view);
  result.rows = gp_instr_view_shape_at(view, 0);
  result.columns = gp_instr_view_shape_at(view, 1);
  result.rowStep = gp_instr_view_strides_at(view, 0);
  result.columnStep = gp_instr_view_strides_at(view, 1);
  return result;
}

Bound Encoder::boundOf(uint32_t index) const {
  const gp_instr_buffer buffer = gp_instr_program_buffers_at(program, index);
  return {gp_instr_buffer_offset(buffer), gp_instr_buffer_bytes(buffer), 0, 0};
}

void Encoder::addRegion(gp_image_region region, Command &command) {
  command.firstMicroOp = static_cast<uint32_t>(microOps.size());
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i) {
    const gp_image_instruction from =
        gp_image_region_instructions_at(region, i);
    // A missing operand reads as 0.
    microOps.push_back({static_cast<uint32_t>(gp_image_instruction_op(from)),
                        gp_image_instruction_operands_at(from, 0),
                        gp_image_instruction_operands_at(from, 1),
                        gp_instruction_f32(from)});
    ++command.microOpCount;
  }
  command.result = gp_image_region_results_at(region, 0);
  if (gp_region_scalars(region) > mostScalars)
    throw std::invalid_argument("a region has more than " +
                                std::to_string(mostScalars) + " scalars");
}

void Encoder::addCompute(gp_instr_compute compute) {
  const gp_image_body body =
      gp_image_program_bodies_at(kernels, gp_instr_compute_kernel(compute));
  const gp_image_op op = gp_image_body_ops_at(body, 0);
  const gp_image_mat_mul product = gp_image_op_as_mat_mul(op);
  Command command{};
  command.accumulate = gp_instr_compute_accumulate(compute) != 0;
  command.target = viewOf(gp_instr_compute_results_at(compute, 0));
  const size_t operands = gp_instr_compute_operands_count(compute);
  if (operands > mostOperands || gp_instr_compute_results_count(compute) != 1 ||
      gp_image_mat_mul_epilogue(product).p != nullptr)
    throw std::invalid_argument("a computation needs one result, at most " +
                                std::to_string(mostOperands) +
                                " operands and no epilogue");
  for (size_t i = 0; i < operands; ++i)
    command.operands[command.operandCount++] =
        viewOf(gp_instr_compute_operands_at(compute, i));
  if (product.p != nullptr) {
    command.opcode = Opcode::product;
  } else {
    command.opcode = Opcode::map;
    addRegion(gp_image_map_region(gp_image_op_as_map(op)), command);
  }
  commands.push_back(command);
}

void Encoder::add(gp_instr_instruction instruction) {
  switch (gp_instr_instruction_action_type(instruction)) {
  case gp_instr_action_copy: {
    const gp_instr_copy copy = gp_instr_instruction_as_copy(instruction);
    Command command{};
    command.opcode = Opcode::copy;
    command.operandCount = 1;
    command.operands[0] = viewOf(gp_instr_copy_source(copy));
    command.target = viewOf(gp_instr_copy_target(copy));
    commands.push_back(command);
    break;
  }
  case gp_instr_action_compute:
    addCompute(gp_instr_instruction_as_compute(instruction));
    break;
  case gp_instr_action_wait:
    break;
  default:
    throw std::invalid_argument("the machine has no such action");
  }
}

template <typename T>
void append(std::vector<uint8_t> &bytes, const std::vector<T> &items) {
  const auto *begin = reinterpret_cast<const uint8_t *>(items.data());
  bytes.insert(bytes.end(), begin, begin + items.size() * sizeof(T));
}

std::vector<uint8_t> Encoder::run() {
  for (size_t i = 0; i < gp_instr_program_instructions_count(program); ++i) {
    const gp_instr_instruction instruction =
        gp_instr_program_instructions_at(program, i);
    for (size_t w = 0; w < gp_instr_instruction_waits_count(instruction); ++w)
      if (gp_instr_instruction_waits_at(instruction, w) >= i)
        throw std::invalid_argument("instruction " + std::to_string(i) +
                                    " waits for a later one");
    add(instruction);
  }
  std::vector<Bound> inputs, outputs, constants;
  for (size_t i = 0; i < gp_instr_program_inputs_count(program); ++i)
    inputs.push_back(boundOf(
        gp_instr_binding_buffer(gp_instr_program_inputs_at(program, i))));
  for (size_t i = 0; i < gp_instr_program_outputs_count(program); ++i)
    outputs.push_back(boundOf(
        gp_instr_binding_buffer(gp_instr_program_outputs_at(program, i))));
  for (size_t i = 0; i < gp_instr_program_constants_count(program); ++i) {
    const gp_instr_constant constant =
        gp_instr_program_constants_at(program, i);
    constants.push_back(boundOf(gp_instr_constant_buffer(constant)));
    constants.back().segment = gp_instr_constant_segment(constant);
    constants.back().offset = gp_instr_constant_offset(constant);
  }
  uint64_t dramSize = 0;
  for (size_t i = 0; i < gp_instr_program_buffers_count(program); ++i) {
    const gp_instr_buffer buffer = gp_instr_program_buffers_at(program, i);
    if (gp_instr_buffer_space(buffer) == dram)
      dramSize = std::max(dramSize, gp_instr_buffer_offset(buffer) +
                                        gp_instr_buffer_bytes(buffer));
  }
  const std::vector<Header> header = {
      {blobMagic, blobVersion, commands.size(), microOps.size(), inputs.size(),
       outputs.size(), constants.size(), dramSize}};
  std::vector<uint8_t> bytes;
  append(bytes, header);
  append(bytes, commands);
  append(bytes, inputs);
  append(bytes, outputs);
  append(bytes, constants);
  append(bytes, microOps);
  return bytes;
}

} // namespace

std::vector<uint8_t> tiles::encode(gp_bytes program) {
  return Encoder(program).run();
}
