// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Brings the weights of a contraction to the scratchpad: packed constants, or
/// a matrix that was computed before.

#pragma once

#include "backends/npu-sim/compiler/emit/Emitter.h"
#include "backends/npu-sim/compiler/pack/Weights.h"
#include "backends/npu-sim/compiler/tile/ConvTile.h"

namespace glowplug::npusim {

/// Where the first block of a chunk is.
using LoadedWeights = Place;

class WeightStream {
public:
  /// Weights of \p layer, of which \p job says where they lie and \p
  /// channels come in.
  WeightStream(Emitter &emitter, const Job &job, const Layer &layer,
               std::int64_t channels);

  /// A computed matrix whose rows lie along the channels: the vector unit
  /// transposes squares of it on their way.
  bool isTransposed() const { return transposes; }

  /// Begins outer index \p next. \p keep: all weights fit and stay.
  void begin(std::size_t next, bool keep);

  const std::vector<WeightChunk> &chunks(std::int64_t column) const {
    return columns[column].chunks;
  }
  /// Whether all chunks of a column fit beside those of the next.
  bool fitsWhole(std::int64_t column) const;
  std::vector<LoadedWeights> loadWhole(std::int64_t column);
  LoadedWeights load(std::int64_t column, std::size_t chunk);

  /// The first channel block of the input that a column reads.
  std::int64_t firstBlock(std::int64_t column) const {
    return columns[column].firstBlock;
  }
  /// Channels in the last of a column's first \p blocks blocks.
  std::int64_t lastRows(std::int64_t column, std::int64_t blocks) const {
    const Column &c = columns[column];
    return blocks == c.blocks ? c.lastRows : e.lanes;
  }

  /// The zero points of a column's weights: none, one, or one for each lane.
  std::vector<std::int32_t> zeroPoints(std::int64_t column) const;

private:
  struct Column {
    std::int64_t offset = 0, firstBlock = 0, blocks = 1, lastRows = 1;
    std::int64_t bytes = 0;
    std::vector<WeightChunk> chunks;
  };
  void usePacked(std::int64_t channels);
  void useComputed();
  void loadAt(std::int64_t column, std::size_t index, Place to);
  Place packedAt(std::int64_t column) const;
  std::int64_t columnsTogether(std::int64_t first) const;
  void loadTogether(std::int64_t first, std::int64_t count, Place to);
  void loadSquares(std::int64_t column, const WeightChunk &chunk, Place to);

  Emitter &e;
  const Job &job;
  const Layer &layer;
  PackedWeights packed;
  bool isPacked = false, transposes = false;
  Grid matrix; ///< of computed weights
  std::vector<Column> columns;
  std::size_t outer = 0;
  std::vector<std::vector<LoadedWeights>> kept; ///< of each column
  /// Small columns that came together: the first, how many, and where.
  std::int64_t groupFirst = 0, groupCount = 0;
  Place groupPlace;
};

} // namespace glowplug::npusim
