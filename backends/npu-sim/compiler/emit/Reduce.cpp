// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and maxima over all rows and columns, by the vector unit.

#include "backends/npu-sim/compiler/emit/ParamStream.h"

#include "backends/npu-sim/compiler/tile/Needs.h"
#include "backends/npu-sim/compiler/tile/WindowTile.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

bool isSame(const std::optional<Scale> &scale) {
  return !scale ||
         (scale->multiplier.value == noValue && scale->shift.value == noValue);
}

/// Whether all channels have the same parameters.
bool isSame(const Stage &stage) {
  return (!stage.bias || stage.bias->value == noValue) &&
         isSame(stage.outScale) && isSame(stage.a.scale) &&
         isSame(stage.b.scale);
}

/// How many blocks of channels one command may take. Only blocks whose
/// parameters are the same can be one command.
std::int64_t blocksPerCommand(const Emitter &e, const Layer &layer,
                              std::int64_t bytes, bool isDirect) {
  if (!isDirect || !std::all_of(layer.stages.begin(), layer.stages.end(),
                                [](const Stage &s) { return isSame(s); }))
    return 1;
  const std::int64_t room = std::min(e.regions.inputs.bytes() / 2 / bytes,
                                     mostRows(layer, e.config, 4));
  return std::clamp<std::int64_t>(room, 1, 16);
}

/// What a reduction reads, or makes of it. Zero points are in the stages.
RowInput inputOf(const Layer &layer) {
  return {layer.isMax ? byteType(layer.inputUnsigned) : gp_image_dtype_i32, 0};
}

/// Where the results of the reduction itself go, and what comes after it.
struct Reduced {
  Place to;
  std::int64_t element, step; ///< Bytes of one, and from block to block.
  std::size_t nextStage;
  Arithmetic arithmetic;
};

/// Sums go to the accumulator, but a plain first stage makes bytes at once.
Reduced resultOf(Emitter &e, const Layer &layer, const RowInput &input,
                 std::int64_t blocks, bool isDirect) {
  Reduced result;
  if (!isDirect) {
    result.arithmetic.a = input;
    result.arithmetic.toWords = true;
    result.to = e.nextSums();
    result.element = 4;
    result.step = e.sumBytes();
    result.nextStage = 0;
    return result;
  }
  const Stage &first = layer.stages[0];
  result.arithmetic = outputOf(first, input);
  result.element = first.toWords ? 4 : 1;
  result.step = e.lanes * result.element;
  result.to = layer.stages.size() == 1
                  ? e.take(e.regions.outputs, blocks * result.step, "results")
                  : e.take(e.regions.between, blocks * result.step,
                           "bytes between stages");
  result.nextStage = 1;
  return result;
}

/// The reduction of a layer while it is emitted.
class Reduction {
public:
  Reduction(Emitter &e, const Layer &layer, const Grid &input)
      : e(e), layer(layer), input(input),
        rows(rowsReducedAtOnce(input.height, input.width, e.lanes,
                               e.regions.inputs.bytes() / 2)) {}

  bool isInPieces() const { return rows < input.height; }

  /// What the command reads whose results those of the layer are: \p count
  /// blocks from \p block on, or the results of pieces of one block.
  Tile load(std::size_t outer, std::int64_t block, std::int64_t count) {
    if (!isInPieces())
      return loadRows(outer, block, count, 0, input.height);
    const Place pieces = e.nextSums();
    std::int64_t number = 0;
    for (std::int64_t h = 0; h < input.height; h += rows, ++number) {
      const std::int64_t height = std::min(rows, input.height - h);
      Reduced piece;
      piece.to = pieces + number * e.sumBytes();
      piece.element = 4;
      piece.step = e.sumBytes();
      piece.arithmetic.a = inputOf(layer);
      piece.arithmetic.toWords = true;
      compute({loadRows(outer, block, 1, h, height)}, piece, 1);
    }
    return {pieces,
            gp_image_dtype_i32,
            {{1}, {number, e.sumBytes()}, {e.lanes, 4}}};
  }

  /// As inputOf(), of that command.
  RowInput lastInput() const {
    return isInPieces() ? RowInput{gp_image_dtype_i32, 0} : inputOf(layer);
  }

  /// Reduces the first of \p operands.
  void compute(const std::vector<Tile> &operands, const Reduced &reduced,
               std::int64_t count) {
    Kernel kernel;
    kernel.op = gp_image_attributes_reduce;
    kernel.kind =
        layer.isMax ? gp_image_reduce_kind_max : gp_image_reduce_kind_sum;
    if (!reduced.arithmetic.isEmpty())
      kernel.arithmetic = reduced.arithmetic;
    e.compute(npu::Queue::Vector, kernel, operands,
              {reduced.to,
               reduced.arithmetic.resultType(),
               {{count, reduced.step}, {1}, {e.lanes, reduced.element}}});
  }

private:
  Tile loadRows(std::size_t outer, std::int64_t block, std::int64_t count,
                std::int64_t h, std::int64_t height) {
    const std::int64_t size = height * input.width;
    const std::int64_t bytes = size * e.lanes;
    const Place at = e.take(e.regions.inputs, count * bytes, "input");
    e.load(npu::Queue::LoadA, input, outer,
           {block, count, h, height, 0, input.width}, at, true);
    return {at,
            byteType(layer.inputUnsigned),
            {{count, bytes}, {size, e.lanes}, {e.lanes, 1}}};
  }

  Emitter &e;
  const Layer &layer;
  const Grid &input;
  std::int64_t rows; ///< of the input, that one command reduces
};

} // namespace

void emitReduce(Emitter &e, const Job &job) {
  const Layer &layer = *job.layer;
  const Axes axes = axesOf(layer, job.results[0].shape.size());
  const Grid input =
      *gridOf(job.operands[0], axes.channel, axes.h, axes.w, e.lanes);
  const std::vector<Grid> results = resultGrids(e, job, axes);
  const std::vector<Grid> operands = stageGrids(e, job, axes);
  e.beginLayer(job.number, job.name, needsAddends(layer));
  const PackedParams params =
      packParams(layer, input.channels, e.lanes, e.constants);
  ParamStream blockParams(e, params, input.blocks(e.lanes));

  const bool isDirect = isPlain(layer.stages[0]) && !layer.stages[0].bias;
  Reduction reduction(e, layer, input);
  const std::int64_t most =
      reduction.isInPieces()
          ? 1
          : blocksPerCommand(e, layer, input.height * input.width * e.lanes,
                             isDirect);
  for (std::size_t outer = 0; outer < input.offsets.size(); ++outer)
    for (std::int64_t block = 0; block < input.blocks(e.lanes); block += most) {
      const std::int64_t count = std::min(most, input.blocks(e.lanes) - block);
      const Box box{block, count, 0, 1, 0, 1};
      std::vector<Tile> read = {reduction.load(outer, block, count)};
      Rows rows;
      rows.count = count;
      rows.params = blockParams.load(block);
      loadAddends(e, layer, operands, outer, box, e.regions.addends, rows);
      Reduced reduced =
          resultOf(e, layer, reduction.lastInput(), count, isDirect);
      if (isDirect)
        e.addExtras(read, reduced.arithmetic, rows.params + params.stage[0], 3,
                    2);
      else
        rows.sums = reduced.to;
      reduction.compute(read, reduced, count);
      const Place from =
          e.runStages(layer, params, rows, reduced.nextStage, reduced.to);
      for (const Grid &result : results)
        e.store(result, outer, box, from);
    }
}

} // namespace glowplug::npusim
