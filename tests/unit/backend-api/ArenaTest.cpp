// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arena planner: what is alive together never overlaps, and the plan is
// close to the bound that no plan can beat.

#include <glowplug/glue/arena.h>

#include <gtest/gtest.h>

#include <random>

using namespace glowplug::glue;

namespace {

using Requests = std::vector<ArenaRequest>;

void expectLegal(const Requests &requests, const ArenaPlan &plan,
                 uint64_t alignment) {
  ASSERT_EQ(plan.offsets.size(), requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % alignment, 0u);
    EXPECT_LE(plan.offsets[i] + requests[i].bytes, plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      const bool together = requests[i].first <= requests[j].last &&
                            requests[j].first <= requests[i].last;
      const bool apart =
          plan.offsets[i] + requests[i].bytes <= plan.offsets[j] ||
          plan.offsets[j] + requests[j].bytes <= plan.offsets[i] ||
          requests[i].bytes == 0 || requests[j].bytes == 0;
      EXPECT_TRUE(!together || apart) << "requests " << j << " and " << i;
    }
  }
}

TEST(ArenaTest, NeedsNothingForNoRequest) {
  EXPECT_EQ(planArena({})->bytes, 0u);
  EXPECT_EQ(planArena({{0, 0, 5}, {0, 1, 2}})->bytes, 0u);
}

TEST(ArenaTest, ReusesMemoryOfWhatIsDead) {
  Requests chain = {{100, 0, 1}, {100, 1, 2}, {100, 2, 3}, {100, 3, 4}};
  auto plan = planArena(chain);
  EXPECT_EQ(plan->bytes, 256u);
  expectLegal(chain, *plan, 64);
}

TEST(ArenaTest, TakesTheTightestGap) {
  // Placed in this order: at 0, 256, 448, 576, 640.
  Requests requests = {{256, 0, 9}, {192, 0, 0}, {128, 0, 9},
                       {64, 0, 0},  {64, 0, 9},  {64, 5, 5}};
  auto plan = planArena(requests);
  expectLegal(requests, *plan, 64);
  // At step 5 the holes are 256..448 and 576..640: the smaller one is taken.
  EXPECT_EQ(plan->offsets[5], plan->offsets[3]);
  EXPECT_EQ(plan->bytes, 704u);
}

TEST(ArenaTest, KeepsStepsInclusive) {
  // An operand that dies at the step its result is born still needs its place.
  auto plan = planArena({{64, 0, 1}, {64, 1, 2}});
  EXPECT_EQ(plan->bytes, 128u);
}

TEST(ArenaTest, RefusesSizesBeyond64Bits) {
  EXPECT_FALSE(planArena({{UINT64_MAX, 0, 0}}));
  EXPECT_FALSE(
      planArena({{UINT64_MAX / 2, 0, 0}, {UINT64_MAX / 2, 0, 0}, {64, 0, 0}}));
  EXPECT_TRUE(planArena({{UINT64_MAX / 2, 0, 0}}));
}

TEST(ArenaTest, RandomLifetimesNeverOverlapAndStayNearTheBound) {
  std::mt19937 random(20261121);
  auto pick = [&](uint32_t low, uint32_t high) {
    return low + static_cast<uint32_t>(random() % (high - low + 1));
  };
  double worst = 1;
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    const uint64_t alignment = uint64_t{1} << pick(0, 8);
    const uint32_t steps = pick(1, 60);
    Requests requests(pick(1, 80));
    for (ArenaRequest &request : requests) {
      request.bytes = pick(0, 9) == 0 ? 0 : pick(1, 1u << pick(1, 20));
      request.first = pick(0, steps);
      request.last = std::min(steps, request.first + pick(0, 12));
    }
    auto plan = planArena(requests, alignment);
    ASSERT_TRUE(plan);
    expectLegal(requests, *plan, alignment);
    const uint64_t bound = arenaLowerBound(requests, alignment);
    EXPECT_GE(plan->bytes, bound);
    if (bound != 0)
      worst = std::max(worst, static_cast<double>(plan->bytes) /
                                  static_cast<double>(bound));
    EXPECT_EQ(planArena(requests, alignment)->offsets, plan->offsets);
  }
  // Greedy best fit is not optimal, but a planner that forgot to reuse memory
  // would be several times above the bound.
  EXPECT_LT(worst, 1.5);
}

TEST(ArenaTest, ATrainOfEqualBuffersNeedsExactlyTheBound) {
  for (uint32_t overlap = 0; overlap < 5; ++overlap) {
    Requests requests;
    for (uint32_t i = 0; i < 50; ++i)
      requests.push_back({4096, i, i + overlap});
    EXPECT_EQ(planArena(requests)->bytes, arenaLowerBound(requests));
    EXPECT_EQ(arenaLowerBound(requests), 4096u * (overlap + 1));
  }
}

} // namespace
