// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Brings constant f32 operands into the order of a kernel.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// Adds a segment of \p count f32 elements that \p pack fills from the
/// row-major elements of the constant \p view.
View packConstant(Lowering &l, const View &view, int64_t count,
                  llvm::function_ref<void(llvm::ArrayRef<float> from,
                                          llvm::MutableArrayRef<float> to)>
                      pack);

} // namespace glowplug::cpu
