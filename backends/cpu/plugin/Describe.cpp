// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// describe() and check().

#include "backends/cpu/plugin/Backend.h"

#include "backends/cpu/compiler/program/ReadImage.h"

namespace glowplug::cpu {
namespace {

constexpr uint32_t bit(DType type) { return 1u << type; }

/// Types that results of an op kind can have.
uint32_t resultTypes(uint32_t op) {
  uint32_t all = 0;
  for (int type = gp_image_dtype_boolean; type <= gp_image_dtype_f64; ++type)
    all |= bit(static_cast<DType>(type));
  return op == gp_image_attributes_arg_reduce ? bit(gp_image_dtype_i64) : all;
}

} // namespace

gp_status *describe(const gp_backend &backend, const gp_describe_sink &sink) {
  gp_backend_info info{};
  info.struct_size = sizeof info;
  info.name = "cpu";
  info.version = "0.1.0";
  info.target = backend.targetText.c_str();
  info.container_version_max = GP_IMAGE_CONTAINER_VERSION;
  info.opset_version_max = GP_IMAGE_OPSET_VERSION;
  sink.info(sink.context, &info);
  for (const glue::Option &option : optionTable())
    glue::tell(sink, option);
  for (uint32_t op = gp_image_attributes_constant;
       op < gp_image_attributes_composite; ++op)
    glue::tell(sink, op, 1, resultTypes(op));
  return nullptr;
}

gp_status *check(const gp_check_args &args) {
  gp_image_program image = gp_image_root(args.image.data);
  std::string refused = refuseImage(image);
  gp_image_body body = gp_image_program_body(image);
  for (uint32_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    std::string reason =
        refused.empty() ? refuseOp(image, body, gp_image_body_ops_at(body, i))
                        : refused;
    gp_verdict verdict{};
    verdict.struct_size = sizeof verdict;
    verdict.op_index = i;
    verdict.supported = reason.empty();
    verdict.reason = reason.empty() ? nullptr : reason.c_str();
    args.verdict(args.context, &verdict);
  }
  return nullptr;
}

} // namespace glowplug::cpu
