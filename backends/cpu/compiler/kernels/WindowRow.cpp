// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk of a channel-wise sliding window.

#include "backends/cpu/compiler/kernels/WindowRow.h"

#include "backends/cpu/compiler/kernels/Loop.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace glowplug::cpu {

namespace {

/// Code for one tile after the other.
class WindowEmitter {
public:
  WindowEmitter(IRBuilder<> &builder, const WindowWalk &walk, StartTileFn start,
                const Epilogue &epilogue, FoldTapsFn fold)
      : builder(builder), walk(walk), start(start), epilogue(epilogue),
        fold(fold), lanes(walk.target.lanes),
        blocks(divideCeil(walk.channels, lanes)) {}

  void emitUnit(Value *number);

private:
  struct Place {
    Value *image, *block, *row, *column;
    Value *plane; ///< of the image and the channel block
  };

  void emitTile(const Place &place, const ColumnClass &columnClass);
  Value *firstPixel(const Place &place, Value *tap);
  EpilogueContext locate(const Place &place, Value *base, Value *pixel);

  IRBuilder<> &builder;
  const WindowWalk &walk;
  StartTileFn start;
  const Epilogue &epilogue;
  FoldTapsFn fold;
  const int64_t lanes, blocks;
};

} // namespace

/// The input pixel that row tap \p tap of the tile's first output reads for
/// column tap 0; may lie outside of the input.
Value *WindowEmitter::firstPixel(const Place &place, Value *tap) {
  const SpatialDim &rows = walk.rows;
  const SpatialDim &columns = walk.columns;
  Value *row = plus(builder, scaled(builder, place.row, rows.stride),
                    scaled(builder, tap, rows.dilation));
  row = plus(builder, row, -rows.low);
  row = plus(builder, scaled(builder, place.plane, rows.in), row);
  Value *first = scaled(builder, row, columns.in);
  Value *column = plus(builder, scaled(builder, place.column, columns.stride),
                       -columns.low);
  return plus(builder, first, column);
}

EpilogueContext WindowEmitter::locate(const Place &place, Value *base,
                                      Value *pixel) {
  EpilogueContext context;
  context.target = walk.target;
  context.laneDim = 1;
  Value *channel = scaled(builder, place.block, lanes);
  if (walk.channels % lanes != 0)
    context.mask =
        laneMask(builder, lanes,
                 builder.CreateSub(builder.getInt64(walk.channels), channel));
  context.coords = {place.image, channel, place.row,
                    plus(builder, place.column, pixel)};
  context.resultOffset = plus(builder, base, scaled(builder, pixel, lanes));
  return context;
}

void WindowEmitter::emitTile(const Place &place,
                             const ColumnClass &columnClass) {
  const ValueRange taps = insideTaps(builder, walk.rows, place.row);
  Tile tile = start(place.block, taps, columnClass);
  emitLoop(builder, taps.begin, taps.end, 1, tile.carried(), [&](Value *tap) {
    Value *pixel = firstPixel(place, tap);
    fold({place.block, tap,
          elementAt(builder, walk.inputLane, walk.input,
                    scaled(builder, pixel, lanes)),
          &columnClass},
         tile);
  });
  Value *firstRow =
      plus(builder, scaled(builder, place.plane, walk.rows.out), place.row);
  Value *first =
      plus(builder, scaled(builder, firstRow, walk.columns.out), place.column);
  Value *base = opaque(builder, scaled(builder, first, lanes));
  tile.finish(
      walk.result, epilogue,
      [&](Value *pixel, Value *) { return locate(place, base, pixel); },
      /*storeMasked=*/false);
}

void WindowEmitter::emitUnit(Value *number) {
  const auto digits = splitNumber(
      builder, number,
      {blocks, int64_t(divideCeil(walk.rows.out, walk.rowsPerUnit))});
  const ValueRange range =
      chunkRange(builder, digits[2], walk.rowsPerUnit, walk.rows.out);
  emitLoop(builder, range.begin, range.end, 1, [&](Value *row) {
    forEachTile(
        builder, walk.classes, nullptr,
        [&](const ColumnClass &columnClass, Value *column) {
          Value *plane =
              plus(builder, scaled(builder, digits[0], blocks), digits[1]);
          emitTile({digits[0], digits[1], row, column, plane}, columnClass);
        });
  });
}

void emitWindowWalk(IRBuilder<> &builder, const WindowWalk &walk,
                    StartTileFn start, const Epilogue &epilogue, Value *begin,
                    Value *end, FoldTapsFn body) {
  WindowEmitter emitter(builder, walk, start, epilogue, body);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
