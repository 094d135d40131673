// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors of the C interface.

#include "core/host/c/Objects.h"

using namespace glowplug::host;
using namespace glowplug::host::c;

static_assert(static_cast<int>(ElementType::boolean) == GP_BOOLEAN);
static_assert(static_cast<int>(ElementType::i64) == GP_I64);
static_assert(static_cast<int>(ElementType::f64) == GP_F64);

/// The type that \p number stands for; one that there is not becomes 0, which
/// Tensor refuses.
static ElementType typeOf(gp_element_type number) {
  const auto value = static_cast<unsigned>(number);
  return static_cast<ElementType>(value <= GP_F64 ? value : 0);
}

gp_fault *gp_tensor_create(const gp_tensor_args *given, gp_tensor **tensor) {
  return guarded([&]() -> gp_fault * {
    gp_tensor_args args;
    if (gp_fault *fault = readStruct(&args, given, "gp_tensor_args"))
      return fault;
    if (!tensor)
      return missing("tensor");
    if (!args.shape && args.rank != 0)
      return missing("shape");
    if (!args.bytes && args.size_bytes != 0)
      return missing("bytes");
    const std::span<const int64_t> shape(args.shape, args.rank);
    Result<Tensor> made =
        args.bytes ? Tensor::copyOf(typeOf(args.type), shape,
                                    {static_cast<const uint8_t *>(args.bytes),
                                     args.size_bytes})
                   : Tensor::zeros(typeOf(args.type), shape);
    if (!made)
      return fail(made.fault());
    *tensor = new gp_tensor{std::move(*made)};
    return nullptr;
  });
}

gp_element_type gp_tensor_type(const gp_tensor *tensor) {
  return static_cast<gp_element_type>(tensor->tensor.type());
}

uint32_t gp_tensor_rank(const gp_tensor *tensor) {
  return static_cast<uint32_t>(tensor->tensor.shape().size());
}

const int64_t *gp_tensor_shape(const gp_tensor *tensor) {
  return tensor->tensor.shape().data();
}

void *gp_tensor_bytes(gp_tensor *tensor) {
  return tensor->tensor.mutableBytes().data();
}

size_t gp_tensor_size_bytes(const gp_tensor *tensor) {
  return tensor->tensor.bytes().size();
}

void gp_tensor_free(gp_tensor *tensor) { delete tensor; }
