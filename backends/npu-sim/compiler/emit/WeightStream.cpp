// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads weights chunk by chunk.

#include "backends/npu-sim/compiler/emit/WeightStream.h"

#include <algorithm>

namespace glowplug::npusim {

WeightStream::WeightStream(Emitter &emitter, const Job &job, const Layer &layer,
                           std::int64_t channels)
    : e(emitter), job(job), layer(layer),
      isPacked(e.program.values[layer.operands[1]].isConstant) {
  if (isPacked)
    usePacked(channels);
  else
    useComputed();
}

void WeightStream::usePacked(std::int64_t channels) {
  packed = packWeights(layer, e.program, channels, e.lanes, e.constants);
  ConvSize size;
  size.kernelH = layer.window.kernelH;
  size.kernelW = layer.window.kernelW;
  for (const PackedWeights::Column &from : packed.columns) {
    Column column{from.offset,
                  from.firstBlock,
                  from.blocks,
                  from.lastRows,
                  from.blocks * packed.taps * e.lanes * e.lanes,
                  {}};
    column.chunks =
        chunksOf(size, from.blocks, e.lanes, e.regions.weights.bytes());
    columns.push_back(std::move(column));
  }
}

void WeightStream::useComputed() {
  // The array reads rows of R columns each. Where the rows of the matrix lie
  // side by side instead, squares have to be transposed.
  const View &view = job.operands[1];
  const auto rank = static_cast<int>(view.shape.size());
  Shape whole = job.results[0].shape;
  whole[rank - 2] = view.shape[rank - 2];
  whole[rank - 1] = view.shape[rank - 1];
  const View spread = broadcasted(view, whole);
  const auto rows = gridOf(spread, rank - 1, -1, rank - 2, e.lanes);
  const auto turned = gridOf(spread, rank - 2, -1, rank - 1, e.lanes);
  transposes =
      turned && (!rows || (rows->stepLane != 1 && turned->stepLane == 1));
  matrix = transposes ? *turned : *rows;
  const std::int64_t depth = view.shape[rank - 2];
  const std::int64_t blocks = (depth + e.lanes - 1) / e.lanes;
  const std::int64_t count = (view.shape[rank - 1] + e.lanes - 1) / e.lanes;
  for (std::int64_t j = 0; j < count; ++j) {
    Column column{0,
                  0,
                  blocks,
                  depth - (blocks - 1) * e.lanes,
                  blocks * e.lanes * e.lanes,
                  {}};
    column.chunks = chunksOf({}, blocks, e.lanes, e.regions.weights.bytes());
    columns.push_back(std::move(column));
  }
}

bool WeightStream::fitsWhole(std::int64_t column) const {
  return columns[column].chunks.size() == 1 ||
         columns[column].bytes <= e.regions.weights.bytes() / 2;
}

void WeightStream::begin(std::size_t next, bool keep) {
  const bool isShared = isPacked && packed.bytesPerOuter == 0;
  if (next != 0 && isShared && !kept.empty())
    return;
  outer = next;
  kept.clear();
  groupCount = 0;
  if (!keep)
    return;
  // One piece, so that no part of it is handed out again in the meantime.
  std::int64_t bytes = 0;
  for (const Column &column : columns)
    bytes += column.bytes;
  Place place = e.take(e.regions.weights, bytes, "weights");
  const auto count = static_cast<std::int64_t>(columns.size());
  for (std::int64_t j = 0; j < count;) {
    const std::int64_t together = columnsTogether(j);
    if (together > 1)
      loadTogether(j, together, place);
    for (const std::int64_t end = j + together; j < end; ++j) {
      std::vector<LoadedWeights> loaded;
      for (std::size_t c = 0; c < columns[j].chunks.size(); ++c) {
        loaded.push_back(place + columns[j].chunks[c].offset);
        if (together == 1)
          loadAt(j, c, loaded.back());
      }
      kept.push_back(std::move(loaded));
      place = place + columns[j].bytes;
    }
  }
}

/// How many columns from \p first on come with one command. They are small
/// constants, and lie side by side.
std::int64_t WeightStream::columnsTogether(std::int64_t first) const {
  if (!isPacked)
    return 1;
  const std::int64_t most = e.regions.weights.bytes() / 8;
  const auto count = static_cast<std::int64_t>(columns.size());
  std::int64_t bytes = 0, end = first;
  while (end < count && bytes + columns[end].bytes <= most)
    bytes += columns[end++].bytes;
  return std::max<std::int64_t>(1, end - first);
}

Place WeightStream::packedAt(std::int64_t column) const {
  return packed.at + (static_cast<std::int64_t>(outer) * packed.bytesPerOuter +
                      columns[column].offset);
}

void WeightStream::loadTogether(std::int64_t first, std::int64_t count,
                                Place to) {
  const Column &last = columns[first + count - 1];
  e.loadBytes(npu::Queue::LoadW, packedAt(first),
              last.offset + last.bytes - columns[first].offset, to);
}

std::vector<LoadedWeights> WeightStream::loadWhole(std::int64_t column) {
  if (!kept.empty())
    return kept[column];
  if (column >= groupFirst && column < groupFirst + groupCount)
    return {groupPlace + (columns[column].offset - columns[groupFirst].offset)};
  groupFirst = column;
  groupCount = 0;
  if (const std::int64_t together = columnsTogether(column); together > 1) {
    const Column &last = columns[column + together - 1];
    groupCount = together;
    groupPlace =
        e.take(e.regions.weights,
               last.offset + last.bytes - columns[column].offset, "weights");
    loadTogether(column, together, groupPlace);
    return {groupPlace};
  }
  const Place place =
      e.take(e.regions.weights, columns[column].bytes, "weights");
  std::vector<LoadedWeights> loaded;
  for (std::size_t c = 0; c < columns[column].chunks.size(); ++c) {
    loaded.push_back(place + columns[column].chunks[c].offset);
    loadAt(column, c, loaded.back());
  }
  return loaded;
}

LoadedWeights WeightStream::load(std::int64_t column, std::size_t chunk) {
  if (!kept.empty())
    return kept[column][chunk];
  const Place place =
      e.take(e.regions.weights, columns[column].chunks[chunk].bytes, "weights");
  loadAt(column, chunk, place);
  return place;
}

std::vector<std::int32_t> WeightStream::zeroPoints(std::int64_t column) const {
  const std::vector<std::int32_t> &all = layer.weightZeroPoints;
  if (all.size() <= 1)
    return all == std::vector{0} ? std::vector<std::int32_t>() : all;
  std::vector<std::int32_t> points;
  const auto last = static_cast<std::int64_t>(all.size()) - 1;
  for (std::int64_t n = 0; n < e.lanes; ++n)
    points.push_back(
        all[static_cast<std::size_t>(std::min(column * e.lanes + n, last))]);
  return points;
}

void WeightStream::loadAt(std::int64_t column, std::size_t index, Place to) {
  const WeightChunk &chunk = columns[column].chunks[index];
  if (isPacked)
    return e.loadBytes(npu::Queue::LoadW, packedAt(column) + chunk.offset,
                       chunk.bytes, to);
  if (transposes)
    return loadSquares(column, chunk, to);
  const std::int64_t row = chunk.block * e.lanes;
  e.load(npu::Queue::LoadW, matrix, outer,
         {column, 1, 0, 1, row,
          std::min(chunk.blocks * e.lanes, matrix.width - row)},
         to, true);
}

void WeightStream::loadSquares(std::int64_t column, const WeightChunk &chunk,
                               Place to) {
  const std::int64_t width = std::min(e.lanes, matrix.width - column * e.lanes);
  // A square that is not full reads on into the bytes after it, and the last
  // one into zeros, for columns that nobody uses.
  const std::int64_t square = e.lanes * e.lanes;
  const Place raw = e.take(e.regions.between, chunk.blocks * square, "squares");
  e.load(npu::Queue::LoadW, matrix, outer,
         {chunk.block, chunk.blocks, 0, 1, column * e.lanes, width}, raw, true);
  if (width < e.lanes)
    e.fillZeros(npu::Queue::LoadW, raw + chunk.blocks * width * e.lanes,
                (e.lanes - width) * e.lanes);
  Kernel kernel;
  kernel.op = gp_image_attributes_transpose;
  const auto squares = [&](Place at, std::int64_t step) {
    return Tile{at,
                gp_image_dtype_u8,
                {{1}, {chunk.blocks, step}, {e.lanes, e.lanes}, {e.lanes, 1}}};
  };
  e.compute(npu::Queue::Vector, kernel, {squares(raw, width * e.lanes)},
            squares(to, square));
}

} // namespace glowplug::npusim
