// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits dense convolutions, from blocked or row-major input to blocked output.

#include "backends/cpu/compiler/kernels/Conv.h"

#include "backends/cpu/compiler/kernels/ByteDot.h"
#include "backends/cpu/compiler/kernels/ConvDepthwise.h"
#include "backends/cpu/compiler/kernels/Loop.h"
#include "backends/cpu/compiler/kernels/StartTable.h"
#include "backends/cpu/compiler/kernels/Units.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace glowplug::cpu {

namespace {

/// Code for one convolution. Offsets are in words of four bytes throughout: an
/// f32 element, or four channels of an 8-bit tensor.
class ConvEmitter {
public:
  ConvEmitter(IRBuilder<> &builder, const ConvPlan &plan,
              const ConvBuffers &buffers, const Epilogue &epilogue)
      : builder(builder), plan(plan), buffers(buffers), epilogue(epilogue),
        lanes(plan.target.lanes), isStem(plan.kind == ConvKind::stem),
        isMixed(plan.kind == ConvKind::mixed),
        isPaired(plan.arithmetic == Arithmetic::int8 &&
                 plan.target.byteDot == ByteDot::pairs),
        inPixel(isStem ? 1 : lanes / productsPerStep(plan.arithmetic)),
        inPlane(plan.rows.in * plan.columns.in),
        outPlane(plan.rows.out * plan.columns.out) {}

  void emitUnit(Value *number);

private:
  /// The unit being emitted, and the row and tile inside of it.
  struct Place {
    Value *group, *panel, *image, *chunk;
    int64_t vectors; ///< of this panel
    Value *row = nullptr;
    Value *column = nullptr;
    Value *input = nullptr;   ///< first channel block that the group reads
    Value *weights = nullptr; ///< of the panel
    ValueRange rowTaps{};
    ValueRange steps{}; ///< of a mixed plan: plan.inSteps() of the panel
  };

  void emitPanel(Place place);
  void emitTile(const Place &place, const ColumnClass &tile);
  ValueRange inSteps(Value *outBlock);
  void startTile(const Place &place, const ColumnClass &tile, Tile &acc);
  /// One row of taps over the input channels of a block.
  struct TapRow {
    Value *pixels;   ///< of column tap 0
    Value *weights;  ///< likewise
    Value *channels; ///< steps of the reduction
    int64_t unroll;  ///< steps at a time
  };

  int64_t lastChannels() const;
  int64_t unrollFor(const ColumnClass &tile) const;
  Value *stepsOf(Value *block);
  Value *blockOffset(const Place &place, Value *block);
  void reduceBlocked(const Place &place, const ColumnClass &tile, Tile &acc);
  void reduceTaps(const TapRow &row, const ColumnClass &tile, Tile &acc);
  void reduceTap(const TapRow &row, Value *tap, Range range, Tile &acc);
  void reduceStem(const Place &place, const ColumnClass &tile, Tile &acc);
  void forEachRun(const ColumnClass &tile, bool merges, Tile &acc,
                  function_ref<void(Value *tap, Range)> body);
  void emitSteps(Tile &acc, Value *pixels, Value *weights, Range range,
                 int64_t steps);
  Value *rowOffset(const Place &place, Value *tap);
  Value *resultBase(const Place &place);
  EpilogueContext locate(const Place &place, Value *base, Value *pixel,
                         Value *vector);

  IRBuilder<> &builder;
  const ConvPlan &plan;
  const ConvBuffers &buffers;
  const Epilogue &epilogue;
  const int64_t lanes;
  const bool isStem, isMixed;
  const bool isPaired;   ///< weights are WordPairs
  const int64_t inPixel; ///< words from one input pixel to the next
  const int64_t inPlane;
  const int64_t outPlane;
};

} // namespace

void ConvEmitter::emitUnit(Value *number) {
  const auto digits = splitNumber(
      builder, number, {plan.panels(), plan.spec.batch, plan.unitsPerPanel()});
  Place place{digits[0], digits[1], digits[2], digits[3], plan.vectors};
  const int64_t last = plan.outBlocks() % plan.vectors;
  if (last == 0) {
    emitPanel(place);
    return;
  }
  // The last panel of a group is narrower: a second copy of the code.
  Value *isLast =
      builder.CreateICmpEQ(place.panel, builder.getInt64(plan.panels() - 1));
  emitIf(builder, builder.CreateNot(isLast), [&] { emitPanel(place); });
  place.vectors = last;
  emitIf(builder, isLast, [&] { emitPanel(place); });
}

void ConvEmitter::emitPanel(Place place) {
  const int64_t blocks = isStem ? plan.groupIn() : plan.inBlocks();
  const int64_t taps = plan.spec.rows.kernel * plan.spec.columns.kernel;
  const int64_t perBlock =
      blocks * plan.blockSteps() * taps * lanes * plan.stepVectors(); // weights
  Value *block = plus(builder, scaled(builder, place.group, plan.outBlocks()),
                      scaled(builder, place.panel, plan.vectors));
  place.weights =
      elementAt(builder, buffers.weights, scaled(builder, block, perBlock));
  Value *firstBlock =
      plus(builder, scaled(builder, place.image, plan.spec.groups * blocks),
           scaled(builder, place.group, blocks));
  if (isMixed) {
    firstBlock =
        scaled(builder, place.image, divideCeil(plan.spec.inChannels, lanes));
    place.steps = inSteps(block);
  }
  place.input = elementAt(builder, buffers.input,
                          scaled(builder, firstBlock, inPlane * inPixel));

  if (plan.flat) {
    int64_t count = 0;
    for (const ColumnClass &tile : plan.classes)
      count += tile.count;
    const ValueRange tiles =
        chunkRange(builder, place.chunk, plan.rowsPerUnit, count);
    place.row = builder.getInt64(0);
    place.rowTaps = {builder.getInt64(0), builder.getInt64(1)};
    forEachTile(builder, plan.classes, &tiles,
                [&](const ColumnClass &tile, Value *column) {
                  place.column = column;
                  emitTile(place, tile);
                });
    return;
  }
  const ValueRange rows =
      chunkRange(builder, place.chunk, plan.rowsPerUnit, plan.rows.out);
  emitLoop(builder, rows.begin, rows.end, 1, [&](Value *row) {
    place.row = row;
    place.rowTaps = insideTaps(builder, plan.rows, row);
    forEachTile(builder, plan.classes, nullptr,
                [&](const ColumnClass &tile, Value *column) {
                  place.column = column;
                  emitTile(place, tile);
                });
  });
}

void ConvEmitter::emitTile(const Place &place, const ColumnClass &tile) {
  Tile acc(builder, plan.target, plan.arithmetic, tile.width, place.vectors);
  if (buffers.start)
    startTile(place, tile, acc);
  if (isStem)
    reduceStem(place, tile, acc);
  else
    reduceBlocked(place, tile, acc);
  Value *base = opaque(builder, resultBase(place));
  acc.finish(
      buffers.result, epilogue,
      [&](Value *pixel, Value *vector) {
        return locate(place, base, pixel, vector);
      },
      /*storeMasked=*/false);
}

/// plan.inSteps() of a number that is known when the code runs.
ValueRange ConvEmitter::inSteps(Value *outBlock) {
  const int64_t perStep = productsPerStep(plan.arithmetic);
  const auto divide = [&](Value *x, int64_t y) {
    return builder.CreateUDiv(x, builder.getInt64(y));
  };
  const auto groupOf = [&](Value *channel) {
    return divide(channel, plan.groupOut());
  };
  Value *first = scaled(builder, outBlock, lanes);
  Value *last = builder.CreateBinaryIntrinsic(
      Intrinsic::umin, plus(builder, first, lanes - 1),
      builder.getInt64(plan.spec.outChannels - 1));
  Value *end = scaled(builder, plus(builder, groupOf(last), 1), plan.groupIn());
  return {divide(scaled(builder, groupOf(first), plan.groupIn()), perStep),
          divide(plus(builder, end, perStep - 1), perStep)};
}

/// Sets the accumulators to the correction for the input's zero point.
void ConvEmitter::startTile(const Place &place, const ColumnClass &tile,
                            Tile &acc) {
  Value *block = plus(builder, scaled(builder, place.group, plan.outBlocks()),
                      scaled(builder, place.panel, plan.vectors));
  for (unsigned v = 0; v < acc.vectors; ++v) {
    const StartTable table{buffers.start, plus(builder, block, int64_t(v)),
                           plan.outBlocks() * plan.kernelGroups(),
                           plan.spec.columns.kernel};
    table.fill(builder, place.rowTaps, tile, acc, v);
  }
}

/// Offset of the input pixel that row tap \p tap of the tile's first output
/// reads for column tap 0, in the plane; may lie outside of it.
Value *ConvEmitter::rowOffset(const Place &place, Value *tap) {
  Value *row = plus(builder, scaled(builder, place.row, plan.rows.stride),
                    scaled(builder, tap, plan.rows.dilation));
  Value *column = scaled(builder, place.column, plan.columns.stride);
  Value *pixel =
      plus(builder,
           scaled(builder, plus(builder, row, -plan.rows.low), plan.columns.in),
           plus(builder, column, -plan.columns.low));
  return scaled(builder, pixel, inPixel);
}

/// \p steps steps of the reduction: inputs from \p pixels on, for the outputs
/// in \p range; weights from \p weights on.
void ConvEmitter::emitSteps(Tile &acc, Value *pixels, Value *weights,
                            Range range, int64_t steps) {
  const auto loadFactors = [&](int64_t part) {
    SmallVector<Value *, 8> factors;
    for (unsigned v = 0; v < acc.vectors; ++v)
      factors.push_back(acc.roundFactor(
          acc.loadVector(weights, (part * acc.vectors + v) * lanes)));
    return factors;
  };
  const auto loadInput = [&](int64_t pixel, int64_t step) {
    return acc.roundFactor(
        acc.loadSplat(pixels, pixel * plan.columns.stride * inPixel + step));
  };
  if (isPaired) {
    for (int64_t step = 0; step < steps; ++step) {
      const auto even = loadFactors(2 * step);
      const auto odd = loadFactors(2 * step + 1);
      for (int64_t pixel = range.begin; pixel < range.end; ++pixel) {
        const WordPairs input =
            widenBytes(builder, loadInput(pixel, step), false);
        for (unsigned v = 0; v < acc.vectors; ++v) {
          acc.multiplyAddPairs(pixel, v, input.even, even[v]);
          acc.multiplyAddPairs(pixel, v, input.odd, odd[v]);
        }
      }
    }
    return;
  }
  const int64_t planes = plan.stepVectors();
  for (int64_t step = 0; step < steps * planes; ++step) {
    const auto factors = loadFactors(step);
    for (int64_t pixel = range.begin; pixel < range.end; ++pixel) {
      Value *input = loadInput(pixel, step / planes);
      for (unsigned v = 0; v < acc.vectors; ++v)
        acc.multiplyAdd(pixel, v, input, factors[v]);
    }
  }
}

/// Channels of the last block that exist, if the others must not be read; else
/// 0. 8-bit weights of channels past the last are 0, so what is read there does
/// not matter; f32 lanes might hold a NaN.
int64_t ConvEmitter::lastChannels() const {
  return plan.arithmetic == Arithmetic::int8 ? 0 : plan.groupIn() % lanes;
}

int64_t ConvEmitter::unrollFor(const ColumnClass &tile) const {
  // Several loops in a row share the accumulators; registers get scarce if
  // each of them loads weights ahead.
  if (!tile.inside)
    return 1;
  const bool isInt8 = plan.arithmetic == Arithmetic::int8;
  const int64_t steps = isInt8 ? plan.blockSteps() : lastChannels();
  return steps % 4 == 0 ? 4 : steps % 2 == 0 ? 2 : 1;
}

/// Steps of the reduction over input block \p block, per tap.
Value *ConvEmitter::stepsOf(Value *block) {
  Value *steps = builder.getInt64(plan.blockSteps());
  if (lastChannels() == 0)
    return steps;
  Value *isLast =
      builder.CreateICmpEQ(block, builder.getInt64(plan.inBlocks() - 1));
  return builder.CreateSelect(isLast, builder.getInt64(lastChannels()), steps);
}

/// Where input block \p block of the group begins.
Value *ConvEmitter::blockOffset(const Place &place, Value *block) {
  if (!isMixed)
    return scaled(builder, block, inPlane * inPixel);
  // Each word of four channels is a block of its own.
  Value *word = builder.CreateAdd(place.steps.begin, block);
  Value *perBlock = builder.getInt64(inPixel);
  return plus(
      builder,
      scaled(builder, builder.CreateUDiv(word, perBlock), inPlane * inPixel),
      builder.CreateURem(word, perBlock));
}

/// Over input blocks, rows of taps, taps of a row, and channels of a block.
void ConvEmitter::reduceBlocked(const Place &place, const ColumnClass &tile,
                                Tile &acc) {
  const int64_t perTap =
      plan.blockSteps() * acc.vectors * lanes * plan.stepVectors();
  Value *blocks = isMixed
                      ? builder.CreateSub(place.steps.end, place.steps.begin)
                      : builder.getInt64(plan.inBlocks());
  emitLoop(
      builder, builder.getInt64(0), blocks, 1, acc.carried(),
      [&](Value *block) {
        Value *steps = stepsOf(block);
        Value *plane =
            elementAt(builder, place.input, blockOffset(place, block));
        emitLoop(
            builder, place.rowTaps.begin, place.rowTaps.end, 1, acc.carried(),
            [&](Value *tap) {
              Value *row = elementAt(builder, plane, rowOffset(place, tap));
              Value *tapRow =
                  plus(builder, scaled(builder, block, plan.rows.kernel), tap);
              Value *weights = elementAt(
                  builder, place.weights,
                  scaled(builder, tapRow, plan.columns.kernel * perTap));
              reduceTaps({row, weights, steps, unrollFor(tile)}, tile, acc);
            });
      });
}

void ConvEmitter::reduceTaps(const TapRow &row, const ColumnClass &tile,
                             Tile &acc) {
  if (tile.inside) {
    emitLoop(builder, builder.getInt64(0),
             builder.getInt64(plan.columns.kernel), 1, acc.carried(),
             [&](Value *tap) { reduceTap(row, tap, {0, tile.width}, acc); });
    return;
  }
  // A block of few 8-bit channels is one step, and the taps would become one
  // long run of steps: see reduceStem().
  const bool isInt8 = plan.arithmetic == Arithmetic::int8;
  forEachRun(tile, /*merges=*/isInt8, acc,
             [&](Value *tap, Range range) { reduceTap(row, tap, range, acc); });
}

void ConvEmitter::reduceTap(const TapRow &row, Value *tap, Range range,
                            Tile &acc) {
  // One step, that is, one or four input channels.
  const int64_t weightStep = acc.vectors * lanes * plan.stepVectors();
  Value *pixels =
      elementAt(builder, row.pixels,
                scaled(builder, tap, plan.columns.dilation * inPixel));
  Value *weights =
      elementAt(builder, row.weights,
                scaled(builder, tap, plan.blockSteps() * weightStep));
  // Pointers that advance are cheaper to compile than an index that the
  // compiler's loop strength reduction has to take apart.
  Value *firstPixel = opaque(builder, pixels);
  Value *firstWeight = opaque(builder, weights);
  acc.carried().append({firstPixel, firstWeight});
  emitLoop(builder, builder.getInt64(0), row.channels, row.unroll,
           acc.carried(), [&](Value *) {
             Value *&pixelsHere = acc.carried().end()[-2];
             Value *&weightsHere = acc.carried().end()[-1];
             emitSteps(acc, pixelsHere, weightsHere, range, row.unroll);
             pixelsHere = builder.CreateConstGEP1_64(builder.getFloatTy(),
                                                     pixelsHere, row.unroll);
             weightsHere = builder.CreateConstGEP1_64(
                 builder.getFloatTy(), weightsHere, row.unroll * weightStep);
           });
  acc.carried().pop_back_n(2);
}

/// Loops over the column taps that read inside of the input for some outputs of
/// the tile. Runs of taps that do so for the same outputs share a loop if \p
/// merges; else the taps come one by one.
void ConvEmitter::forEachRun(const ColumnClass &tile, bool merges, Tile &acc,
                             function_ref<void(Value *tap, Range)> body) {
  const int64_t kernel = plan.columns.kernel;
  for (int64_t k = 0; k < kernel;) {
    const Range range = tile.taps[k];
    const int64_t first = k++;
    while (merges && k < kernel && tile.taps[k] == range)
      ++k;
    if (range.begin != range.end)
      emitLoop(builder, builder.getInt64(first), builder.getInt64(k), 1,
               acc.carried(), [&](Value *tap) { body(tap, range); });
  }
}

/// Over input channels, rows of taps and taps of a row.
void ConvEmitter::reduceStem(const Place &place, const ColumnClass &tile,
                             Tile &acc) {
  const int64_t weightStep = acc.vectors * lanes;
  emitLoop(
      builder, builder.getInt64(0), builder.getInt64(plan.groupIn()), 1,
      acc.carried(), [&](Value *channel) {
        Value *plane =
            elementAt(builder, place.input, scaled(builder, channel, inPlane));
        emitLoop(
            builder, place.rowTaps.begin, place.rowTaps.end, 1, acc.carried(),
            [&](Value *tap) {
              Value *row = elementAt(builder, plane, rowOffset(place, tap));
              Value *tapRow = plus(
                  builder, scaled(builder, channel, plan.rows.kernel), tap);
              Value *weights = elementAt(
                  builder, place.weights,
                  scaled(builder, tapRow, plan.columns.kernel * weightStep));
              // One step per iteration: a longer run of steps makes the
              // scheduler load ahead until accumulators are spilled.
              forEachRun(
                  tile, /*merges=*/true, acc,
                  [&](Value *columnTap, Range range) {
                    Value *pixels = elementAt(
                        builder, row,
                        scaled(builder, columnTap, plan.columns.dilation));
                    emitSteps(acc, pixels,
                              elementAt(builder, weights,
                                        scaled(builder, columnTap, weightStep)),
                              range, 1);
                  });
            });
      });
}

/// Offset of the tile's first pixel of its first vector in the result.
Value *ConvEmitter::resultBase(const Place &place) {
  Value *block = plus(builder, scaled(builder, place.group, plan.outBlocks()),
                      scaled(builder, place.panel, plan.vectors));
  Value *plane =
      plus(builder,
           scaled(builder, place.image, plan.kernelGroups() * plan.outBlocks()),
           block);
  Value *position =
      plus(builder, scaled(builder, place.row, plan.columns.out), place.column);
  return scaled(builder,
                plus(builder, scaled(builder, plane, outPlane), position),
                lanes);
}

EpilogueContext ConvEmitter::locate(const Place &place, Value *base,
                                    Value *pixel, Value *vector) {
  EpilogueContext context;
  context.target = plan.target;
  context.laneDim = 1;
  Value *channel =
      plus(builder, scaled(builder, place.panel, int64_t(plan.vectors) * lanes),
           scaled(builder, vector, lanes)); // inside of the group
  const int64_t outputs = plan.spec.outChannels / plan.kernelGroups();
  if (outputs % lanes != 0)
    context.mask = laneMask(
        builder, lanes, builder.CreateSub(builder.getInt64(outputs), channel));
  channel = plus(builder, scaled(builder, place.group, outputs), channel);
  Value *row = place.row;
  Value *column = plus(builder, place.column, pixel);
  if (plan.flat) {
    const auto digits = splitNumber(builder, column, {plan.spec.columns.out});
    row = digits[0];
    column = digits[1];
  }
  context.coords = {place.image, channel, row, column};
  context.resultOffset =
      plus(builder, base,
           plus(builder, scaled(builder, vector, outPlane * lanes),
                scaled(builder, pixel, lanes)));
  return context;
}

void emitConv(IRBuilder<> &builder, const ConvPlan &plan,
              const ConvBuffers &buffers, const Epilogue &epilogue,
              Value *begin, Value *end) {
  if (plan.kind == ConvKind::depthwise) {
    emitConvDepthwise(builder, plan, buffers, epilogue, begin, end);
    return;
  }
  ConvEmitter emitter(builder, plan, buffers, epilogue);
  emitLoop(builder, begin, end, 1,
           [&](Value *number) { emitter.emitUnit(number); });
}

} // namespace glowplug::cpu
