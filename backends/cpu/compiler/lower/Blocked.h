// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What tensors look like to the kernels that want them blocked.
#pragma once

#include "backends/cpu/compiler/kernels/Element.h"
#include "backends/cpu/compiler/program/Program.h"

#include <optional>

namespace glowplug::cpu {

/// The element type of blocked tensors that \p type is, if any.
std::optional<Element> elementOf(DType type);

/// [N, C, H, W] of a tensor of rank 3 or 4; rank 3 has one row.
Shape planeShape(llvm::ArrayRef<int64_t> shape);

} // namespace glowplug::cpu
