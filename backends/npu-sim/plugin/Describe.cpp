// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// describe() and check().

#include "backends/npu-sim/plugin/Backend.h"

namespace glowplug::npusim {
namespace {

/// Types that results of every op can have.
constexpr std::uint32_t byteTypes =
    1u << gp_image_dtype_i8 | 1u << gp_image_dtype_u8;

struct OpInfo {
  std::uint32_t op, version, types;
};

constexpr OpInfo ops[] = {
    {gp_image_attributes_constant, 1, byteTypes | 1u << gp_image_dtype_i32},
    {gp_image_attributes_mat_mul, 1, byteTypes | 1u << gp_image_dtype_i32},
    {gp_image_attributes_conv, 1, byteTypes | 1u << gp_image_dtype_i32},
    {gp_image_attributes_map, 1, byteTypes},
    {gp_image_attributes_reduce, 1, byteTypes | 1u << gp_image_dtype_i32},
    {gp_image_attributes_window, 1, byteTypes | 1u << gp_image_dtype_i32},
    {gp_image_attributes_transpose, 1, byteTypes},
    {gp_image_attributes_reshape, 1, byteTypes},
    {gp_image_attributes_broadcast, 1, byteTypes},
    {gp_image_attributes_slice, 1, byteTypes},
    {gp_image_attributes_pad, 1, byteTypes},
    {gp_image_attributes_concat, 1, byteTypes},
};

} // namespace

gp_status *describe(const gp_backend &backend, const gp_describe_sink &sink) {
  gp_backend_info info{};
  info.struct_size = sizeof info;
  info.name = "npu-sim";
  info.version = "0.1.0";
  info.target = backend.targetText.c_str();
  info.container_version_max = GP_IMAGE_CONTAINER_VERSION;
  info.opset_version_max = GP_IMAGE_OPSET_VERSION;
  sink.info(sink.context, &info);
  for (const glue::Option &option : optionTable())
    glue::tell(sink, option);
  for (const OpInfo &op : ops)
    glue::tell(sink, op.op, op.version, op.types);
  return nullptr;
}

gp_status *check(const gp_backend &backend, const gp_check_args &args) {
  const std::vector<Verdict> verdicts =
      npusim::check(gp_image_root(args.image.data), backend.config);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    gp_verdict verdict{};
    verdict.struct_size = sizeof verdict;
    verdict.op_index = static_cast<std::uint32_t>(i);
    verdict.supported = verdicts[i].isSupported ? 1 : 0;
    verdict.split_epilogue = verdicts[i].splitEpilogue ? 1 : 0;
    verdict.reason =
        verdicts[i].isSupported ? nullptr : verdicts[i].reason.c_str();
    args.verdict(args.context, &verdict);
  }
  return nullptr;
}

} // namespace glowplug::npusim
