// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the compiler does not take, and why. Everything else compiles.

#include "backends/cpu/compiler/program/ExpandConvTranspose.h"
#include "backends/cpu/compiler/program/ReadImage.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

constexpr uint32_t newestOpVersion = 1;
/// The last kind that lowering knows; the schema may have more.
constexpr auto newestOpKind = gp_image_attributes_non_max_suppression;

/// No machine has room for more; sums of a few such sizes still fit 64 bits.
constexpr uint64_t mostBytes = uint64_t(1) << 56;

std::string refuseValue(gp_image_value value) {
  if (byteSize(gp_image_value_dtype(value)) == 0)
    return "has no type";
  uint64_t bytes = byteSize(gp_image_value_dtype(value));
  bool isEmpty = false;
  for (size_t i = 0; i < gp_image_value_shape_count(value); ++i) {
    auto dim = static_cast<uint64_t>(gp_image_value_shape_at(value, i));
    isEmpty |= dim == 0;
    bytes = dim > mostBytes / std::max<uint64_t>(1, bytes) ? mostBytes + 1
                                                           : bytes * dim;
    if (bytes > mostBytes)
      break;
  }
  return bytes > mostBytes && !isEmpty ? "has more than 2^56 bytes" : "";
}

std::string refuseRegion(gp_image_region region) {
  for (size_t i = 0; i < gp_image_region_parameters_count(region); ++i)
    if (byteSize(gp_image_region_parameters_at(region, i)) == 0)
      return "parameter " + std::to_string(i) + " of the region has no type";
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i) {
    gp_image_instruction step = gp_image_region_instructions_at(region, i);
    ScalarOp op = gp_image_instruction_op(step);
    if (gp_image_scalar_op_name(op)[0] == '?' || op == 0)
      return "unknown scalar op " + std::to_string(op);
    if (byteSize(gp_image_instruction_dtype(step)) == 0)
      return "instruction " + std::to_string(i) + " of the region has no type";
  }
  return "";
}

gp_image_region regionOf(gp_image_op op) {
  switch (gp_image_op_attributes_type(op)) {
  case gp_image_attributes_map:
    return gp_image_map_region(gp_image_op_as_map(op));
  case gp_image_attributes_conv:
    return gp_image_conv_epilogue(gp_image_op_as_conv(op));
  case gp_image_attributes_conv_transpose:
    return gp_image_conv_transpose_epilogue(gp_image_op_as_conv_transpose(op));
  case gp_image_attributes_mat_mul:
    return gp_image_mat_mul_epilogue(gp_image_op_as_mat_mul(op));
  case gp_image_attributes_reduce:
    return gp_image_reduce_epilogue(gp_image_op_as_reduce(op));
  case gp_image_attributes_window:
    return gp_image_window_epilogue(gp_image_op_as_window(op));
  default:
    return {nullptr};
  }
}

/// Each phase of a transposed convolution is a convolution of its own.
std::string refusePhases(gp_image_body body, gp_image_op op) {
  constexpr int64_t mostPhases = 4096;
  const gp_image_conv_transpose conv = gp_image_op_as_conv_transpose(op);
  if (!conv.p)
    return "";
  const gp_image_value result =
      gp_image_body_values_at(body, gp_image_op_results_at(op, 0));
  Ints strides, sizes;
  for (size_t i = 0; i < gp_image_conv_transpose_strides_count(conv); ++i) {
    strides.push_back(gp_image_conv_transpose_strides_at(conv, i));
    sizes.push_back(gp_image_value_shape_at(result, i + 2));
  }
  int64_t phases = 1;
  for (const int64_t count : transposedPhases(strides, sizes)) {
    if (count > mostPhases / phases)
      return "more than " + std::to_string(mostPhases) +
             " phases, as the strides say";
    phases *= count;
  }
  return "";
}

std::string refuseBody(gp_image_program image, gp_image_body body) {
  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i)
    if (std::string reason =
            refuseOp(image, body, gp_image_body_ops_at(body, i));
        !reason.empty())
      return reason;
  return "";
}

} // namespace

std::string refuseImage(gp_image_program image) {
  if (!image.p)
    return "not a program image";
  if (uint32_t version = gp_image_program_container_version(image);
      version > GP_IMAGE_CONTAINER_VERSION)
    return "image container version " + std::to_string(version) +
           " is newer than " + std::to_string(GP_IMAGE_CONTAINER_VERSION);
  if (uint32_t version = gp_image_program_opset_version(image);
      version > GP_IMAGE_OPSET_VERSION)
    return "primitive set version " + std::to_string(version) +
           " is newer than " + std::to_string(GP_IMAGE_OPSET_VERSION);
  if (gp_image_program_required_features_count(image))
    return std::string("unknown required feature '") +
           gp_image_program_required_features_at(image, 0) + "'";
  return "";
}

std::string refuseOp(gp_image_program image, gp_image_body body,
                     gp_image_op op) {
  gp_image_attributes kind = gp_image_op_attributes_type(op);
  if (gp_image_attributes_name(kind)[0] == '?' || kind == 0)
    return "unknown op kind " + std::to_string(kind);
  if (kind > newestOpKind)
    return std::string("has no kernel for ") + gp_image_attributes_name(kind);
  // The body of a composite is its definition, whatever its version.
  gp_image_composite composite = gp_image_op_as_composite(op);
  if (composite.p)
    return refuseBody(image, gp_image_program_bodies_at(
                                 image, gp_image_composite_body(composite)));
  if (uint32_t version = gp_image_op_version(op); version > newestOpVersion)
    return std::string(gp_image_attributes_name(kind)) + " version " +
           std::to_string(version) + " is newer than " +
           std::to_string(newestOpVersion);
  for (size_t i = 0; i < gp_image_op_results_count(op); ++i)
    if (std::string reason = refuseValue(
            gp_image_body_values_at(body, gp_image_op_results_at(op, i)));
        !reason.empty())
      return "result " + std::to_string(i) + " " + reason;
  for (size_t i = 0; i < gp_image_op_operands_count(op); ++i)
    if (std::string reason = refuseValue(
            gp_image_body_values_at(body, gp_image_op_operands_at(op, i)));
        !reason.empty())
      return "operand " + std::to_string(i) + " " + reason;
  if (std::string reason = refusePhases(body, op); !reason.empty())
    return reason;
  return refuseRegion(regionOf(op));
}

} // namespace glowplug::cpu
