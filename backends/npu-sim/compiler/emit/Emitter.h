// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the emitters of all layers share: regions, transfers, stages.

#pragma once

#include "backends/npu-sim/compiler/emit/Tokens.h"
#include "backends/npu-sim/compiler/instr/Kernel.h"
#include "backends/npu-sim/compiler/layout/Job.h"
#include "backends/npu-sim/compiler/pack/Params.h"
#include "backends/npu-sim/compiler/program/Options.h"
#include "backends/npu-sim/compiler/tile/Regions.h"

namespace glowplug::npusim {

/// A part of a grid: channel blocks, rows and columns. All of it exists.
struct Box {
  std::int64_t block = 0, blocks = 1;
  std::int64_t h = 0, height = 1;
  std::int64_t w = 0, width = 1;

  std::int64_t rows() const { return height * width; }
};

/// Rows of R results, one after the other, that stages work on.
struct Rows {
  std::int64_t count = 1; ///< rows
  Place sums;             ///< the first row in the accumulator
  /// Where the bytes of each operand of the layer are, to be read as A and as
  /// B: these lie in different banks.
  std::vector<Place> operandsA, operandsB;
  Place params;  ///< the block's parameters
  Place results; ///< where results go; nowhere: to a piece of their own
};

class Emitter {
public:
  Emitter(const Program &program, Constants &constants, InstrWriter &writer,
          const npu::Config &config, const CompileOptions &options);

  const Program &program;
  Constants &constants;
  const npu::Config config;
  const CompileOptions options;
  const std::int64_t lanes; ///< R
  Regions regions;
  Kernels kernels;

  /// Begins layer number \p number of the report.
  void beginLayer(std::uint32_t number, const std::string &name,
                  bool withAddends);

  /// Each appends an instruction to \p queue.
  void copy(npu::Queue queue, const Tile &source, const Tile &target);
  void fill(npu::Queue queue, const Tile &target, std::uint8_t value);
  void compute(npu::Queue queue, Kernel kernel,
               const std::vector<Tile> &operands, const Tile &result,
               bool accumulate = false);

  /// Takes a piece of \p ring as a buffer.
  Place take(Ring &ring, std::int64_t bytes, const char *use);

  /// The first row of the next bank of the accumulator.
  Place nextSums();

  /// Loads \p box of \p grid, at outer index \p outer, as [blocks][height]
  /// [width][R] elements to \p to. If the last block is not full, only its
  /// channels are loaded; \p wantsAll first fills the other lanes with zeros.
  void load(npu::Queue queue, const Grid &grid, std::size_t outer,
            const Box &box, Place to, bool wantsAll);
  /// Zeros to \p bytes bytes.
  void fillZeros(npu::Queue queue, Place to, std::int64_t bytes);
  /// Stores one block of such bytes; lanes without a channel are left out where
  /// the grid has no room for them.
  void store(const Grid &grid, std::size_t outer, const Box &box, Place from);
  /// Copies contiguous bytes.
  void loadBytes(npu::Queue queue, Place from, std::int64_t bytes, Place to);

  /// Runs the stages of \p of from \p first on over \p rows; where the
  /// results begin, in the outputs' region. \p previous is where the results of
  /// the stage before \p first begin.
  Place runStages(const Layer &of, const PackedParams &params, const Rows &rows,
                  std::size_t first = 0, Place previous = {});

  /// What a kernel on \p queue needs after its operands: the parameters of \p
  /// from, which begin at \p params, for lanes in dim \p laneDim of \p rank,
  /// and \p b, in the order of the region.
  void addExtras(std::vector<Tile> &operands, const Arithmetic &from,
                 Place params, std::size_t rank, std::size_t laneDim,
                 const Tile &b = {}) const;

  /// Of one row of the accumulator.
  std::int64_t sumBytes() const { return map.sumBytes; }

private:
  void loadRepeated(npu::Queue queue, const Grid &grid, std::size_t outer,
                    const Box &box, Place to, bool wantsAll);
  InstrWriter::Step step(npu::Queue queue, std::span<const Tile> reads,
                         const Tile &writes);

  InstrWriter &writer;
  const MemoryMap map;
  Tokens tokens;
  std::uint32_t firstSums = 0; ///< buffers: the banks of the accumulator
  std::uint32_t layer = 0;
  std::string layerName;
  bool hasAddends = false;
  int sumBank = 0;
};

constexpr gp_image_dtype byteType(bool isUnsigned) {
  return isUnsigned ? gp_image_dtype_u8 : gp_image_dtype_i8;
}

/// The arithmetic of \p stage.
Arithmetic arithmeticOf(const Stage &stage);
/// The arithmetic after a sum or maximum of type \p a, in place of A.
Arithmetic outputOf(const Stage &stage, RowInput a);

/// A window along one dim of \p in rows after \p pad rows of padding. `in`
/// becomes the number of rows that a tap reads; the others are left out.
WindowDim windowDim(std::int64_t &in, std::int64_t out, std::int64_t pad,
                    std::int64_t stride, std::int64_t size,
                    std::int64_t dilation);

/// The grids of the places that the result of \p job goes to.
std::vector<Grid> resultGrids(const Emitter &emitter, const Job &job,
                              const Axes &axes);

/// The grids of the operands that stages read, under the shape of the result;
/// grids without offsets for the others.
std::vector<Grid> stageGrids(const Emitter &emitter, const Job &job,
                             const Axes &axes);

/// Loads what stages read of \p box: what they read as A to \p regionA, as B to
/// the addends.
void loadAddends(Emitter &emitter, const Layer &layer,
                 const std::vector<Grid> &operands, std::size_t outer,
                 const Box &box, Ring &regionA, Rows &rows);

/// Each emits the instructions of one job. Everything fits: see tile/Fits.h.
void emitContraction(Emitter &emitter, const Job &job);
void emitWindow(Emitter &emitter, const Job &job); ///< Depthwise, Pool
void emitReduce(Emitter &emitter, const Job &job);
void emitElementwise(Emitter &emitter, const Job &job);
void emitCopy(Emitter &emitter, const Job &job);

} // namespace glowplug::npusim
