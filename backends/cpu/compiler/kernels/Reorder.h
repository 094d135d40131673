// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conversion of activations between row-major and blocked layout.
#pragma once

#include "backends/cpu/compiler/kernels/Conv.h"
#include "backends/cpu/compiler/kernels/Element.h"

namespace glowplug::cpu {

struct ReorderSpec {
  Layout from = Layout::rowMajor; ///< the result has the other layout
  Element element = Element::f32;
  int64_t batch = 1;
  int64_t channels = 0;
  int64_t plane = 0; ///< H * W

  bool operator==(const ReorderSpec &) const = default;
};

/// Units of image x channel block x run of pixels.
int64_t reorderUnits(const TargetTraits &target, const ReorderSpec &spec);

/// Emits the work units [begin, end) (i64) at the builder's place. Buffers must
/// not overlap.
void emitReorder(llvm::IRBuilder<> &builder, const TargetTraits &target,
                 const ReorderSpec &spec, llvm::Value *input,
                 llvm::Value *result, llvm::Value *begin, llvm::Value *end);

} // namespace glowplug::cpu
