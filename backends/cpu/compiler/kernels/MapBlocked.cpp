// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk over a blocked tensor, vector by vector.

#include "backends/cpu/compiler/kernels/MapBlocked.h"

#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/Tile.h"
#include "backends/cpu/compiler/kernels/Units.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace llvm;

namespace glowplug::cpu {

/// Rows of a work unit: some thousand vectors.
static int64_t rowsPerUnit(const BlockedShape &shape) {
  return std::max<int64_t>(1, 2048 / std::max<int64_t>(1, shape.columns));
}

int64_t blockedMapUnits(const TargetTraits &target, const BlockedShape &shape) {
  return shape.batch * divideCeil(shape.channels, target.lanes) *
         divideCeil(shape.rows, rowsPerUnit(shape));
}

void emitBlockedMap(IRBuilder<> &builder, const TargetTraits &target,
                    const BlockedShape &shape, Value *begin, Value *end,
                    function_ref<void(const EpilogueContext &)> body) {
  const int64_t lanes = target.lanes;
  const int64_t blocks = divideCeil(shape.channels, lanes);
  const int64_t perUnit = rowsPerUnit(shape);
  emitLoop(builder, begin, end, 1, [&](Value *number) {
    const auto digits = splitNumber(
        builder, number, {blocks, int64_t(divideCeil(shape.rows, perUnit))});
    EpilogueContext context;
    context.target = target;
    context.laneDim = 1;
    Value *channel = scaled(builder, digits[1], lanes);
    if (shape.channels % lanes != 0)
      context.mask = laneMask(
          builder, lanes,
          builder.CreateSub(builder.getInt64(shape.channels), channel));
    const ValueRange rows = chunkRange(builder, digits[2], perUnit, shape.rows);
    emitLoop(builder, rows.begin, rows.end, 1, [&](Value *row) {
      Value *plane =
          plus(builder, scaled(builder, digits[0], blocks), digits[1]);
      Value *resultRow = plus(builder, scaled(builder, plane, shape.rows), row);
      resultRow = scaled(builder, resultRow, shape.columns);
      emitLoop(builder, builder.getInt64(0), builder.getInt64(shape.columns), 1,
               [&](Value *column) {
                 context.coords = {digits[0], channel, row, column};
                 context.resultOffset =
                     scaled(builder, plus(builder, resultRow, column), lanes);
                 body(context);
               });
    });
  });
}

} // namespace glowplug::cpu
