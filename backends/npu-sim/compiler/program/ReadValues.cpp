// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Image -> values, and the versions that can be read.

#include "backends/npu-sim/compiler/program/ReadValues.h"

#include <fmt/format.h>

namespace glowplug::npusim {

namespace {

void readConstant(gp_image_constant from, Value &to) {
  to.isConstant = true;
  to.isSplat = gp_image_constant_splat(from) != 0;
  to.segment = gp_image_constant_segment(from);
  to.offset = gp_image_constant_offset(from);
  if (const std::size_t size = gp_image_constant_data_count(from)) {
    const std::uint8_t *data = gp_image_constant_data_data(from);
    to.data.assign(data, data + size);
  }
}

} // namespace

std::string refuseImage(gp_image_program image) {
  if (!image.p)
    return "not a program image";
  if (const std::uint32_t version = gp_image_program_container_version(image);
      version > GP_IMAGE_CONTAINER_VERSION)
    return fmt::format("image container version {} is newer than {}", version,
                       GP_IMAGE_CONTAINER_VERSION);
  if (const std::uint32_t version = gp_image_program_opset_version(image);
      version > GP_IMAGE_OPSET_VERSION)
    return fmt::format("primitive set version {} is newer than {}", version,
                       GP_IMAGE_OPSET_VERSION);
  if (gp_image_program_required_features_count(image) != 0)
    return fmt::format("unknown required feature '{}'",
                       gp_image_program_required_features_at(image, 0));
  return "";
}

Program readValues(gp_image_program image) {
  Program program;
  program.name = gp_image_program_name(image);
  const gp_image_body body = gp_image_program_body(image);
  for (std::size_t i = 0; i < gp_image_body_values_count(body); ++i) {
    const gp_image_value from = gp_image_body_values_at(body, i);
    Value value;
    value.type = gp_image_value_dtype(from);
    value.name = gp_image_value_name(from);
    for (std::size_t d = 0; d < gp_image_value_shape_count(from); ++d)
      value.shape.push_back(gp_image_value_shape_at(from, d));
    program.values.push_back(std::move(value));
  }
  for (std::size_t i = 0; i < gp_image_body_inputs_count(body); ++i)
    program.inputs.push_back(gp_image_body_inputs_at(body, i));
  for (std::size_t i = 0; i < gp_image_body_outputs_count(body); ++i)
    program.outputs.push_back(gp_image_body_outputs_at(body, i));
  for (std::size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    const gp_image_op op = gp_image_body_ops_at(body, i);
    if (gp_image_op_attributes_type(op) == gp_image_attributes_constant)
      readConstant(gp_image_op_as_constant(op),
                   program.values[gp_image_op_results_at(op, 0)]);
  }
  return program;
}

} // namespace glowplug::npusim
