// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cells that units share where they can, against a cell for each unit.

#include "simulator/device/RaceCells.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace glowplug::npu;

namespace {

struct Cell {
  int last = -1, visits = 0;
  friend bool operator==(const Cell &, const Cell &) = default;
};

template <int Width>
void expectEqual(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  RaceCells<Cell, Width> shared;
  std::vector<Cell> each(20'000);
  for (int n = 0; n < 3000; ++n) {
    // Mostly whole granules.
    const std::int64_t unit = random() % 4 == 0 ? 1 : 16;
    const auto begin = static_cast<std::int64_t>(random() % 900) * unit;
    const std::int64_t end =
        begin + static_cast<std::int64_t>(1 + random() % 200) * unit;
    // What was seen holds for all units up to the next.
    std::int64_t next = begin;
    const bool forgets = random() % 2 == 0;
    std::vector<Cell> seen;
    shared.visit(begin, end, [&](Cell &cell, std::int64_t at) {
      for (; next < at; ++next)
        seen.push_back(seen.back());
      seen.push_back(cell);
      ++next;
      cell = {n, forgets ? 0 : cell.visits + 1};
    });
    for (; next < end; ++next)
      seen.push_back(seen.back());
    for (std::int64_t at = begin; at < end; ++at) {
      Cell &cell = each[static_cast<std::size_t>(at)];
      ASSERT_EQ(seen[static_cast<std::size_t>(at - begin)], cell)
          << "visit " << n << ", unit " << at;
      cell = {n, forgets ? 0 : cell.visits + 1};
    }
  }
}

TEST(RaceCells, EqualsACellForEachUnit) {
  expectEqual<16>(1);
  expectEqual<4>(2);
  expectEqual<1>(3);
}

/// Whole granules are seen once, however they were visited before.
TEST(RaceCells, WholeGranulesAreSeenOnce) {
  RaceCells<Cell, 16> cells;
  int calls = 0;
  const auto see = [&](Cell &cell, std::int64_t) { cell = {calls++, 0}; };
  cells.visit(0, 64, see);
  EXPECT_EQ(calls, 4);
  cells.visit(8, 24, see);
  EXPECT_EQ(calls, 4 + 16);
  const auto same = [&](Cell &cell, std::int64_t) {
    ++calls;
    cell = {};
  };
  cells.visit(0, 64, same); // sees parts, and makes them equal
  EXPECT_EQ(calls, 4 + 16 + 34);
  cells.visit(0, 64, same);
  EXPECT_EQ(calls, 4 + 16 + 34 + 4);
}

} // namespace
