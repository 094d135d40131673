// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of ONNX element types.

#include "core/importer/onnx/model/Types.h"

using namespace glowplug;

namespace {
struct OnnxType {
  llvm::StringLiteral name;
  DType dtype;
};
} // namespace

/// By their numbers in TensorProto.DataType.
static constexpr OnnxType types[] = {
    {"undefined", DType::none},
    {"float", DType::f32},
    {"uint8", DType::u8},
    {"int8", DType::i8},
    {"uint16", DType::u16},
    {"int16", DType::i16},
    {"int32", DType::i32},
    {"int64", DType::i64},
    {"string", DType::none},
    {"bool", DType::boolean},
    {"float16", DType::f16},
    {"double", DType::f64},
    {"uint32", DType::u32},
    {"uint64", DType::u64},
    {"complex64", DType::none},
    {"complex128", DType::none},
    {"bfloat16", DType::bf16},
    {"float8e4m3fn", DType::none},
    {"float8e4m3fnuz", DType::none},
    {"float8e5m2", DType::none},
    {"float8e5m2fnuz", DType::none},
    {"uint4", DType::none},
    {"int4", DType::none},
    {"float4e2m1", DType::none},
    {"float8e8m0", DType::none},
    {"uint2", DType::none},
    {"int2", DType::none},
    {"float6e2m3", DType::none},
    {"float6e3m2", DType::none},
};

static const OnnxType *find(int64_t type) {
  return type >= 0 && type < static_cast<int64_t>(std::size(types))
             ? &types[type]
             : nullptr;
}

std::optional<DType> importer::dtypeOfOnnx(int64_t type) {
  const OnnxType *entry = find(type);
  if (!entry || entry->dtype == DType::none)
    return std::nullopt;
  return entry->dtype;
}

std::string importer::onnxTypeName(int64_t type) {
  const OnnxType *entry = find(type);
  return entry ? entry->name.str() : "type " + std::to_string(type);
}
