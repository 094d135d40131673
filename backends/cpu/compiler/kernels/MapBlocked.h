// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The walk over a blocked tensor for element-wise work whose operands are
/// broadcast in some dims. Without such operands a flat loop does as well.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"

namespace glowplug::cpu {

/// Shape of the result.
struct BlockedShape {
  int64_t batch = 1;
  int64_t channels = 0;
  int64_t rows = 1;
  int64_t columns = 1;

  bool operator==(const BlockedShape &) const = default;
};

/// Units of image x channel block x run of rows.
int64_t blockedMapUnits(const TargetTraits &target, const BlockedShape &shape);

/// Calls \p body for the vectors of the work units [begin, end) (i64), in a
/// loop. The body loads with loadExtra() and stores with storeResult() (Tile.h)
/// or on its own at context.resultOffset; all lanes may be stored.
void emitBlockedMap(llvm::IRBuilder<> &builder, const TargetTraits &target,
                    const BlockedShape &shape, llvm::Value *begin,
                    llvm::Value *end,
                    llvm::function_ref<void(const EpilogueContext &)> body);

} // namespace glowplug::cpu
