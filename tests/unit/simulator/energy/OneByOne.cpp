// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transfers byte by byte, vector commands lane by lane, and the accesses of the
// vector queue row by row from the list of accesses.

#include "tests/unit/simulator/energy/OneByOne.h"

#include "simulator/isa/Access.h"

namespace glowplug::npu::test {

namespace {

/// Calls \p visit with the address of each run of \p access.
template <typename F>
void forEachRun(const Access &access, F visit) {
  for (std::int64_t i3 = 0; i3 < access.count[3]; ++i3)
    for (std::int64_t i2 = 0; i2 < access.count[2]; ++i2)
      for (std::int64_t i1 = 0; i1 < access.count[1]; ++i1)
        for (std::int64_t i0 = 0; i0 < access.count[0]; ++i0)
          visit(access.begin + i0 * access.step[0] + i1 * access.step[1] +
                i2 * access.step[2] + i3 * access.step[3]);
}

/// The bytes of one run within the scratchpad: a line is moved when its first
/// byte comes.
void doLocalRun(std::int64_t at, std::int64_t bytes, Action action,
                const Config &config, Counts &counts) {
  for (std::int64_t i = 0; i < bytes; ++i)
    if (i == 0 || (at + i) % lineBytes(config) == 0) {
      ++counts[action];
      ++counts[Action::DmaLine];
    }
}

template <typename T>
void doLocal(const T &c, Action writes, const Config &config, Counts &counts) {
  for (const Access &access : accessesOf(c, config))
    forEachRun(access, [&](std::int64_t at) {
      if (access.write)
        ++counts[Action::DmaRun];
      doLocalRun(at, access.run,
                 access.write ? writes : Action::ScratchpadCopyRead, config,
                 counts);
    });
}

struct TransferActions {
  Action line, beat, byte, useful;
};

/// A load or store: bytes come one by one, and with some of them a burst, a
/// beat or a line begins.
template <typename T>
void doTransfer(const T &c, const TransferActions &actions,
                const Config &config, Counts &counts) {
  for (std::int64_t i3 = 0; i3 < c.count[3]; ++i3)
    for (std::int64_t i2 = 0; i2 < c.count[2]; ++i2)
      for (std::int64_t i1 = 0; i1 < c.count[1]; ++i1)
        for (std::int64_t i0 = 0; i0 < c.count[0]; ++i0) {
          ++counts[Action::DmaRun];
          const std::int64_t dram = c.dramOffset + i0 * c.dramStep[0] +
                                    i1 * c.dramStep[1] + i2 * c.dramStep[2] +
                                    i3 * c.dramStep[3];
          const std::int64_t spad = c.spadAddr + i0 * c.spadStep[0] +
                                    i1 * c.spadStep[1] + i2 * c.spadStep[2] +
                                    i3 * c.spadStep[3];
          for (std::int64_t i = 0; i < c.run; ++i) {
            const bool burst = i == 0 || (dram + i) % 64 == 0;
            if (burst)
              ++counts[Action::DmaBurst];
            if (burst || (dram + i) % config.dramBytesPerCycle == 0) {
              ++counts[actions.beat];
              counts[actions.byte] += config.dramBytesPerCycle;
            }
            if (burst || (spad + i) % lineBytes(config) == 0) {
              ++counts[actions.line];
              ++counts[Action::DmaLine];
            }
            ++counts[actions.useful];
          }
        }
}

/// Rows of R bytes, or lines of a table, that each access of a command of queue
/// `vector` takes; inputs of depthwise excepted.
void doVectorAccesses(const Command &command, const Config &config,
                      Counts &counts) {
  const std::int64_t r = config.arrayRows;
  for (const Access &access : accessesOf(command, config))
    forEachRun(access, [&](std::int64_t) {
      if (access.space == Space::Accumulator) {
        ++counts[access.write ? Action::AccumulatorVectorWrite
                              : Action::AccumulatorVectorRead];
        return;
      }
      const bool isTable = access.field == "table_addr";
      for (std::int64_t i = 0; i < access.run;
           i += isTable ? lineBytes(config) : r) {
        const bool isA = access.field == "a_addr" ||
                         std::holds_alternative<Transpose>(command);
        if (access.write)
          ++counts[Action::ScratchpadVectorWrite];
        else if (isA)
          ++counts[Action::ScratchpadVectorARead];
        else if (access.field == "b_addr")
          ++counts[Action::ScratchpadVectorBRead];
        else if (access.field != "src_addr")
          ++counts[Action::ScratchpadVectorPRead];
        if (isTable)
          counts[Action::VectorTableLine] += r;
        if (access.field == "param_addr")
          ++counts[Action::VectorParameterRow];
      }
    });
}

/// One lane of one row of results.
template <typename T>
void doResult(const T &c, Counts &counts) {
  if (c.rescale != 0)
    ++counts[Action::VectorRescale];
  if (c.dstKind == DstKind::Bytes)
    ++counts[Action::VectorLimit];
  if (c.lookup != 0)
    ++counts[Action::VectorLookup];
}

void doOneByOne(const Sync &, const Config &, Counts &) {}

void doOneByOne(const Load &c, const Config &config, Counts &counts) {
  doTransfer(c,
             {Action::ScratchpadLoadWrite, Action::BusReadBeat,
              Action::DramReadByte, Action::DramUsefulReadByte},
             config, counts);
}

void doOneByOne(const Store &c, const Config &config, Counts &counts) {
  doTransfer(c,
             {Action::ScratchpadStoreRead, Action::BusWriteBeat,
              Action::DramWriteByte, Action::DramUsefulWriteByte},
             config, counts);
}

void doOneByOne(const Copy &c, const Config &config, Counts &counts) {
  doLocal(c, Action::ScratchpadCopyWrite, config, counts);
}

void doOneByOne(const Fill &c, const Config &config, Counts &counts) {
  doLocal(c, Action::ScratchpadFillWrite, config, counts);
}

void doOneByOne(const FillWords &c, const Config &config, Counts &counts) {
  doLocal(c, Action::ScratchpadFillWrite, config, counts);
}

/// One row that passes the pipe: \p isFirst and \p isLast of what gives a
/// result.
void doVectorPass(const Vector &c, bool isFirst, bool isLast,
                  const Config &config, Counts &counts) {
  ++counts[Action::VectorPipeRow];
  for (int lane = 0; lane < config.arrayRows; ++lane) {
    if (c.aKind == VectorAKind::Bytes)
      ++counts[Action::VectorZeroPoint];
    if (c.bias != 0)
      ++counts[Action::VectorBias];
    if (c.aRescale != 0)
      ++counts[Action::VectorNarrowRescale];
    if (c.op != VectorOp::Copy) {
      ++counts[Action::VectorZeroPoint];
      if (c.bRescale != 0)
        ++counts[Action::VectorNarrowRescale];
      if (c.op == VectorOp::Mul)
        ++counts[Action::VectorProduct];
      else
        ++counts[Action::VectorOperation];
    }
    if (!isFirst)
      ++counts[Action::VectorReduction];
    if (isLast)
      doResult(c, counts);
  }
}

void doOneByOne(const Vector &c, const Config &config, Counts &counts) {
  doVectorAccesses(c, config, counts);
  const bool reduces = c.reduce != VectorReduce::None;
  for (int outer = 0; outer < c.count[1]; ++outer)
    for (int inner = 0; inner < c.count[0]; ++inner) {
      const bool isFirst = !reduces || inner == 0;
      const bool isLast = !reduces || inner + 1 == c.count[0];
      doVectorPass(c, isFirst, isLast, config, counts);
      // The other quarters of a row from words to words, with B again.
      for (int quarter = 1; quarter < 4; ++quarter)
        if (c.aKind == VectorAKind::Words && c.dstKind == DstKind::Words) {
          doVectorPass(c, isFirst, isLast, config, counts);
          if (c.op != VectorOp::Copy)
            ++counts[Action::ScratchpadVectorBRead];
        }
    }
}

void doOneByOne(const Transpose &c, const Config &config, Counts &counts) {
  doVectorAccesses(c, config, counts);
  for (int square = 0; square < c.count[0] * c.count[1]; ++square)
    for (int row = 0; row < config.arrayRows; ++row) {
      ++counts[Action::VectorTransposeRow];
      ++counts[Action::VectorPipeRow];
    }
}

/// What a depthwise command does behind its windows.
void doDepthwiseOutput(const Depthwise &c, const Config &config,
                       Counts &counts) {
  doVectorAccesses(c, config, counts);
  for (int output = 0; output < c.outH * c.outW; ++output) {
    ++counts[Action::VectorPipeRow];
    for (int lane = 0; lane < config.arrayRows; ++lane) {
      if (c.bias != 0)
        ++counts[Action::VectorBias];
      doResult(c, counts);
    }
  }
}

} // namespace

Counts countOneByOne(const Command &command, const Config &config) {
  Counts counts;
  ++counts[Action::ControlCommand];
  for (int byte = 0; byte < commandBits / 8; ++byte) {
    ++counts[Action::DramUsefulReadByte];
    ++counts[Action::DramReadByte];
    if (byte % config.dramBytesPerCycle == 0)
      ++counts[Action::BusReadBeat];
  }
  const Header &header = headerOf(command);
  for (const auto &tokens : {header.waitCount, header.signalCount})
    for (int count : tokens)
      if (count != 0)
        ++counts[Action::ControlSemaphore];
  std::visit([&](const auto &c) { doOneByOne(c, config, counts); }, command);
  if (const auto *depthwise = std::get_if<Depthwise>(&command))
    doDepthwiseOutput(*depthwise, config, counts);
  return counts;
}

} // namespace glowplug::npu::test
