// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the bodies of kernels with the SDK's image writer.

#include "kernels.h"

#include <numeric>

using namespace tiles;
using glowplug::glue::set;

uint32_t Kernels::product(Size left, Size right) {
  const auto key = std::make_pair(static_cast<const void *>(nullptr),
                                  std::vector<Size>{left, right});
  const auto found = known.find(key);
  if (found != known.end())
    return found->second;
  const gp_image_mat_mul_fields fields = gp_image_mat_mul_defaults();
  const gp_ref attributes = gp_image_write_mat_mul(writer, &fields);
  return known[key] = add({gp_image_attributes_mat_mul, attributes},
                          {left, right}, {left.rows, right.columns});
}

uint32_t Kernels::map(gp_image_region region, const std::vector<Size> &operands,
                      Size result) {
  std::vector<Size> sizes = operands;
  sizes.push_back(result);
  const auto key = std::make_pair(static_cast<const void *>(region.p), sizes);
  const auto found = known.find(key);
  if (found != known.end())
    return found->second;
  gp_image_map_fields fields = gp_image_map_defaults();
  fields.region = writeRegion(region);
  const gp_ref attributes = gp_image_write_map(writer, &fields);
  return known[key] =
             add({gp_image_attributes_map, attributes}, operands, result);
}

gp_ref Kernels::writeRegion(gp_image_region region) {
  std::vector<uint8_t> parameters;
  for (size_t i = 0; i < gp_image_region_parameters_count(region); ++i)
    parameters.push_back(
        static_cast<uint8_t>(gp_image_region_parameters_at(region, i)));
  std::vector<gp_ref> instructions;
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i) {
    const gp_image_instruction from =
        gp_image_region_instructions_at(region, i);
    std::vector<uint16_t> operands;
    for (size_t j = 0; j < gp_image_instruction_operands_count(from); ++j)
      operands.push_back(gp_image_instruction_operands_at(from, j));
    gp_image_instruction_fields to = gp_image_instruction_defaults();
    to.op = gp_image_instruction_op(from);
    to.dtype = gp_image_instruction_dtype(from);
    to.bits = gp_image_instruction_bits(from);
    set(to.operands, to.operands_count, operands);
    instructions.push_back(gp_image_write_instruction(writer, &to));
  }
  const uint16_t result = gp_image_region_results_at(region, 0);
  gp_image_region_fields fields = gp_image_region_defaults();
  set(fields.parameters, fields.parameters_count, parameters);
  set(fields.instructions, fields.instructions_count, instructions);
  fields.results = &result;
  fields.results_count = 1;
  return gp_image_write_region(writer, &fields);
}

uint32_t Kernels::add(Op given, const std::vector<Size> &operands,
                      Size result) {
  std::vector<Size> sizes = operands;
  sizes.push_back(result);
  std::vector<gp_ref> values;
  for (const Size &size : sizes) {
    const int64_t shape[] = {size.rows, size.columns};
    gp_image_value_fields value = gp_image_value_defaults();
    value.dtype = gp_image_dtype_f32;
    set(value.shape, value.shape_count, shape);
    values.push_back(gp_image_write_value(writer, &value));
  }
  std::vector<uint32_t> inputs(operands.size());
  std::iota(inputs.begin(), inputs.end(), 0u);
  const uint32_t output[] = {static_cast<uint32_t>(operands.size())};

  gp_image_op_fields op = gp_image_op_defaults();
  op.attributes_type = given.kind;
  op.attributes = given.attributes;
  set(op.operands, op.operands_count, inputs);
  set(op.results, op.results_count, output);
  const gp_ref ops[] = {gp_image_write_op(writer, &op)};
  gp_image_body_fields body = gp_image_body_defaults();
  set(body.values, body.values_count, values);
  set(body.inputs, body.inputs_count, inputs);
  set(body.outputs, body.outputs_count, output);
  set(body.ops, body.ops_count, ops);
  bodies.push_back(gp_image_write_body(writer, &body));
  return static_cast<uint32_t>(bodies.size() - 1);
}

std::vector<uint8_t> Kernels::finish() {
  const gp_image_body_fields empty = gp_image_body_defaults();
  gp_image_program_fields program = gp_image_program_defaults();
  program.container_version = GP_IMAGE_CONTAINER_VERSION;
  program.opset_version = GP_IMAGE_OPSET_VERSION;
  program.body = gp_image_write_body(writer, &empty);
  set(program.bodies, program.bodies_count, bodies);
  return glowplug::glue::copyOf(
      gp_image_finish(writer, gp_image_write_program(writer, &program)));
}
