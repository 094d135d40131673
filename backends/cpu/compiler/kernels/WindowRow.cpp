// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of a channel-wise sliding window.

#include "backends/cpu/compiler/kernels/WindowRow.h"

#include "backends/cpu/compiler/kernels/Loop.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace glowplug::cpu {

void emitWindowWalk(IRBuilder<> &builder, const WindowWalk &walk, Value *input,
                    Value *result, StartTileFn start, const Epilogue &epilogue,
                    Value *begin, Value *end,
                    function_ref<void(const WindowTaps &, Tile &)> body) {
  const int64_t lanes = walk.target.lanes;
  const int64_t blocks = divideCeil(walk.channels, lanes);
  const SpatialDim &rows = walk.rows;
  const SpatialDim &columns = walk.columns;

  const auto emitTile = [&](Value *image, Value *block, Value *row,
                            Value *column, const ColumnClass &columnClass) {
    Value *plane = plus(builder, scaled(builder, image, blocks), block);
    const ValueRange taps = insideTaps(builder, rows, row);
    Tile tile = start(block, taps, columnClass);
    emitLoop(builder, taps.begin, taps.end, 1, tile.carried(), [&](Value *tap) {
      Value *inRow = plus(builder, scaled(builder, row, rows.stride),
                          scaled(builder, tap, rows.dilation));
      inRow = plus(builder, inRow, -rows.low);
      inRow = plus(builder, scaled(builder, plane, rows.in), inRow);
      Value *pixel = plus(
          builder, scaled(builder, inRow, columns.in),
          plus(builder, scaled(builder, column, columns.stride), -columns.low));
      body({block, tap,
            elementAt(builder, walk.inputLane, input,
                      scaled(builder, pixel, lanes)),
            &columnClass},
           tile);
    });
    Value *firstRow = plus(builder, scaled(builder, plane, rows.out), row);
    Value *first =
        plus(builder, scaled(builder, firstRow, columns.out), column);
    Value *base = opaque(builder, scaled(builder, first, lanes));
    const auto locate = [&](Value *pixel, Value *) {
      EpilogueContext context;
      context.target = walk.target;
      context.laneDim = 1;
      Value *channel = scaled(builder, block, lanes);
      if (walk.channels % lanes != 0)
        context.mask = laneMask(
            builder, lanes,
            builder.CreateSub(builder.getInt64(walk.channels), channel));
      context.coords = {image, channel, row, plus(builder, column, pixel)};
      context.resultOffset = plus(builder, base, scaled(builder, pixel, lanes));
      return context;
    };
    tile.finish(result, epilogue, locate, /*storeMasked=*/false);
  };

  emitLoop(builder, begin, end, 1, [&](Value *number) {
    const auto digits =
        splitNumber(builder, number,
                    {blocks, int64_t(divideCeil(rows.out, walk.rowsPerUnit))});
    const ValueRange range =
        chunkRange(builder, digits[2], walk.rowsPerUnit, rows.out);
    emitLoop(builder, range.begin, range.end, 1, [&](Value *row) {
      forEachTile(builder, walk.classes, nullptr,
                  [&](const ColumnClass &columnClass, Value *column) {
                    emitTile(digits[0], digits[1], row, column, columnClass);
                  });
    });
  });
}

} // namespace glowplug::cpu
