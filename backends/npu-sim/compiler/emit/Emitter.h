// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the emitters of all layers share: regions, transfers, stages.

#pragma once

#include "backends/npu-sim/compiler/Compiler.h"
#include "backends/npu-sim/compiler/layout/Job.h"
#include "backends/npu-sim/compiler/pack/Params.h"
#include "backends/npu-sim/compiler/schedule/Steps.h"
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
  std::int64_t sums = 0;  ///< the first row in the accumulator
  /// Where the bytes of each operand of the layer begin in the scratchpad, to
  /// be read as A and as B: these lie in different banks.
  std::vector<std::int64_t> operandsA, operandsB;
  std::int64_t params = 0;   ///< where the block's parameters begin
  std::int64_t tables = 0;   ///< where the tables begin
  std::int64_t results = -1; ///< where results go; -1: to a piece of their own
};

class Emitter {
public:
  Emitter(const Program &program, Constants &constants,
          const npu::Config &config, const CompileOptions &options);

  const Program &program;
  Constants &constants;
  const npu::Config config;
  const CompileOptions options;
  const std::int64_t lanes; ///< R
  StepList steps;
  Regions regions;
  std::vector<BufferInfo> buffers;
  std::vector<StepId> bufferSteps; ///< for each buffer, the next step then
  /// Loads of what has no place in an instr program: tables, and zero points
  /// of columns. Ascending.
  std::vector<StepId> keptSteps;

  /// Begins layer number \p number of the report.
  void beginLayer(std::uint32_t number, const std::string &name,
                  bool withAddends);

  /// Appends \p command to \p queue.
  void add(npu::Queue queue, npu::Command command);

  /// Takes a piece of \p ring and notes it for reports.
  std::int64_t take(Ring &ring, std::int64_t bytes, const char *use);

  /// The first row of the next bank of the accumulator.
  std::int64_t nextSums();

  /// Loads \p box of \p grid, at outer index \p outer, as [blocks][height]
  /// [width][R] elements to \p address. Of a last block that is not full, only
  /// the channels come; \p wantsAll fills the other lanes with zeros before.
  void load(npu::Queue queue, const Grid &grid, std::size_t outer,
            const Box &box, std::int64_t address, bool wantsAll);
  /// Zeros to \p bytes bytes.
  void fillZeros(npu::Queue queue, std::int64_t address, std::int64_t bytes);
  /// Stores one block of such bytes; lanes that are no channels are left out
  /// where the grid has no room for them.
  void store(const Grid &grid, std::size_t outer, const Box &box,
             std::int64_t address);
  /// Loads bytes that lie one after the other.
  void loadBytes(npu::Queue queue, std::uint8_t base, std::int64_t offset,
                 std::int64_t bytes, std::int64_t address);

  /// As loadBytes, of what has no place in an instr program.
  void loadKept(std::int64_t offset, std::int64_t bytes, std::int64_t address);

  /// Loads the tables of a layer; where they begin.
  std::int64_t loadTables(const PackedParams &params);

  /// Runs the stages of \p of from \p first on over \p rows; where the
  /// results begin, in the outputs' region. \p previous is where the results of
  /// the stage before \p first begin.
  std::int64_t runStages(const Layer &of, const PackedParams &params,
                         const Rows &rows, std::size_t first = 0,
                         std::int64_t previous = -1);

  /// The output part that vector and depthwise commands share.
  template <typename Command>
  void setOutput(Command &command, const Stage &stage,
                 const PackedParams &params, std::size_t index,
                 const Rows &rows) const;

private:
  std::uint32_t layer = 0;
  std::string layerName;
  bool hasAddends = false;
  int tableHalf = 0, sumBank = 0;
};

template <typename Command>
void Emitter::setOutput(Command &command, const Stage &stage,
                        const PackedParams &params, std::size_t index,
                        const Rows &rows) const {
  command.bias = stage.bias.has_value();
  command.rescale = stage.outScale.has_value();
  command.doubleRound = stage.doubleRound;
  command.paramAddr =
      static_cast<std::int32_t>(rows.params + params.stage[index]);
  command.lookup = !stage.table.empty();
  if (command.lookup)
    command.tableAddr =
        static_cast<std::int32_t>(rows.tables + params.table[index]);
  command.dstKind = stage.toWords ? npu::DstKind::Words : npu::DstKind::Bytes;
  if (!stage.toWords) {
    command.outZp = stage.outZeroPoint;
    command.outMin = stage.outMin;
    command.outMax = stage.outMax;
  }
}

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

/// Each emits the commands of one job. Everything fits: see tile/Fits.h.
void emitContraction(Emitter &emitter, const Job &job);
void emitWindow(Emitter &emitter, const Job &job); ///< Depthwise, Pool
void emitReduce(Emitter &emitter, const Job &job);
void emitElementwise(Emitter &emitter, const Job &job);
void emitCopy(Emitter &emitter, const Job &job);

} // namespace glowplug::npusim
