// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types of ONNX.

#pragma once

#include "core/support/DType.h"

#include <optional>
#include <string>

namespace glowplug::importer {

/// The type that the ONNX number \p type names; nothing for strings, complex
/// numbers and storage types (StorageTypes.h).
std::optional<DType> dtypeOfOnnx(int64_t type);

/// The name of an ONNX type for messages: "float16", "string", "type 99".
std::string onnxTypeName(int64_t type);

} // namespace glowplug::importer
