// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walker of the DMA engines: the bursts or runs of random transfers, equal
// in each address and length, one a cycle.

#include "Vdmawalk.h"

#include "simulator/isa/Access.h"
#include "simulator/timing/DmaTiming.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

struct Piece {
  std::uint64_t dram;
  std::int64_t spad, bytes;
};

/// What the walker takes: \p far is in DRAM, or the source of a copy, or null.
struct Transfer {
  const Access *spad, *far;
  std::uint64_t base;
  bool bursts; ///< else whole runs
};

Bases randomBases(std::mt19937_64 &random) {
  Bases bases;
  for (auto &base : bases)
    base = random() >> random() % 30 & ~std::uint64_t(burstBytes - 1);
  return bases;
}

/// The pieces of each run in turn.
std::vector<Piece> piecesOf(const Transfer &transfer) {
  const Access &spad = *transfer.spad;
  std::vector<Piece> pieces;
  std::array<std::int64_t, 4> i{};
  for (i[3] = 0; i[3] < spad.count[3]; ++i[3])
    for (i[2] = 0; i[2] < spad.count[2]; ++i[2])
      for (i[1] = 0; i[1] < spad.count[1]; ++i[1])
        for (i[0] = 0; i[0] < spad.count[0]; ++i[0]) {
          std::int64_t at = spad.begin;
          std::uint64_t dram = transfer.base;
          for (int d = 0; d < 4; ++d)
            at += i[d] * spad.step[d];
          if (transfer.far) {
            std::int64_t offset = transfer.far->begin;
            for (int d = 0; d < 4; ++d)
              offset += i[d] * transfer.far->step[d];
            dram += static_cast<std::uint64_t>(offset);
          }
          for (std::int64_t left = spad.run, bytes; left > 0; left -= bytes) {
            const auto past = static_cast<std::int64_t>(dram % burstBytes);
            bytes = transfer.bursts ? std::min(left, burstBytes - past) : left;
            pieces.push_back({dram, at, bytes});
            at += bytes;
            dram += static_cast<std::uint64_t>(bytes);
          }
        }
  return pieces;
}

/// The bursts are those of the contract too.
template <typename T>
void expectBursts(const std::vector<Piece> &pieces, const T &command,
                  const Bases &bases, const Config &config) {
  BurstWalker walker(command, bases, config);
  for (const Piece &piece : pieces) {
    ASSERT_FALSE(walker.done());
    const Burst burst = walker.next();
    ASSERT_EQ(burst.address, piece.dram);
    ASSERT_EQ(burst.bytes, piece.bytes);
  }
  ASSERT_TRUE(walker.done());
}

class WalkBench {
public:
  explicit WalkBench(std::uint64_t seed) : random(seed) {
    unit.rst_ni = unit.start_i = unit.next_i = 0;
    eval(0);
    eval(1);
    unit.rst_ni = 1;
    eval(0);
  }

  /// Walks \p transfer. It starts with the last piece of the one before, or
  /// some cycles later.
  void run(const Transfer &transfer, const std::vector<Piece> &pieces) {
    while (unit.valid_o == 0 && random() % 2 == 0)
      edge();
    give(transfer);
    unit.start_i = 1;
    edge();
    unit.start_i = 0;
    const bool pauses = random() % 2 == 0;
    for (std::size_t n = 0; n < pieces.size(); ++n) {
      do {
        const Piece &piece = pieces[n];
        ASSERT_EQ(unit.valid_o, 1) << "piece " << n;
        if (transfer.far) {
          ASSERT_EQ(unit.dram_o, piece.dram) << "piece " << n;
        }
        ASSERT_EQ(unit.spad_o, piece.spad) << "piece " << n;
        ASSERT_EQ(transfer.bursts ? unit.bytes_o : unit.run_o, piece.bytes)
            << "piece " << n;
        ASSERT_EQ(unit.last_o, n + 1 == pieces.size()) << "piece " << n;
        unit.next_i = pauses && random() % 2 == 0 ? 0 : 1;
        if (unit.next_i == 0)
          edge();
      } while (unit.next_i == 0);
      // The edge of the last piece may start the next transfer.
      if (n + 1 < pieces.size() || random() % 2 == 0) {
        edge();
        unit.next_i = 0;
      }
    }
  }

  Cycle cycle = 0;

private:
  void give(const Transfer &transfer) {
    const Access &spad = *transfer.spad;
    unit.whole_i = transfer.bursts ? 0 : 1;
    unit.dram_i = transfer.base;
    unit.spad_i = static_cast<std::uint32_t>(spad.begin);
    unit.run_i = static_cast<std::uint16_t>(spad.run);
    unit.counts_i = 0;
    std::array<std::uint32_t, 4> dramSteps;
    std::array<std::uint8_t, 12> spadSteps;
    for (int d = 0; d < 4; ++d) {
      unit.counts_i |= static_cast<std::uint64_t>(spad.count[d]) << 16 * d;
      dramSteps[d] = static_cast<std::uint32_t>(random());
      if (transfer.far)
        dramSteps[d] = static_cast<std::uint32_t>(transfer.far->step[d]);
      const auto step = static_cast<std::uint32_t>(spad.step[d]);
      std::memcpy(&spadSteps[3 * d], &step, 3);
    }
    if (transfer.far)
      unit.dram_i += static_cast<std::uint64_t>(transfer.far->begin);
    std::memcpy(&unit.dram_steps_i, dramSteps.data(), sizeof dramSteps);
    std::memcpy(&unit.spad_steps_i, spadSteps.data(), sizeof spadSteps);
  }

  void eval(int clock) {
    unit.clk_i = clock;
    unit.eval();
  }
  void edge() {
    eval(1);
    eval(0);
    ++cycle;
  }

  std::mt19937_64 random;
  const std::unique_ptr<VerilatedContext> context =
      std::make_unique<VerilatedContext>();
  const std::unique_ptr<Vdmawalk> made =
      std::make_unique<Vdmawalk>(context.get());
  Vdmawalk &unit = *made;
};

/// The sides of a command that is no sync, by its \p accesses.
Transfer transferOf(const AccessList &accesses, const Bases &bases,
                    bool isCopy) {
  if (isCopy)
    return {&accesses[1], &accesses[0], 0, false};
  Transfer transfer{};
  for (const Access &access : accesses)
    if (access.space == Space::Dram) {
      transfer.far = &access;
      transfer.base = bases[access.base];
      transfer.bursts = true;
    } else {
      transfer.spad = &access;
    }
  return transfer;
}

TEST(DmaWalk, GivesThePiecesOfTheContract) {
  const Config config;
  std::mt19937_64 random(16);
  WalkBench bench(48);
  for (int n = 0; n < 40'000; ++n) {
    const Bases bases = randomBases(random);
    const Command command = randomCommand(
        random, config, random() % 2 == 0 ? Queue::LoadA : Queue::Store);
    if (std::holds_alternative<Sync>(command))
      continue;
    const AccessList accesses = accessesOf(command, config);
    const Transfer transfer =
        transferOf(accesses, bases, std::holds_alternative<Copy>(command));
    const std::vector<Piece> pieces = piecesOf(transfer);
    if (const auto *load = std::get_if<Load>(&command))
      expectBursts(pieces, *load, bases, config);
    else if (const auto *store = std::get_if<Store>(&command))
      expectBursts(pieces, *store, bases, config);
    bench.run(transfer, pieces);
    if (HasFatalFailure())
      FAIL() << "command " << n;
  }
  RecordProperty("cycles", std::to_string(bench.cycle));
}

} // namespace
