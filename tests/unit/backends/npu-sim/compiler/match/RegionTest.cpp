// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random epilogues and maps: the stages and the core's interpreter give the
// same bits, or the region is refused.

#include "backends/npu-sim/compiler/program/ReadValues.h"
#include "tests/unit/backends/npu-sim/compiler/match/RandomRegion.h"

#include <set>

namespace glowplug::matchtest {

namespace {

const std::vector<int64_t> shape{2, 12, 5, 13};

/// The result for one region.
struct Outcome {
  std::string refusal;      ///< empty: it was matched
  std::size_t distinct = 0; ///< values of the result
};

/// Matches \p region, changed by \p change, and compares.
template <typename Change>
Outcome compare(Random &random, const RandomRegion &region, Change change) {
  Case test(random), plain(random);
  const Tensor sums = randomSums(random, shape);
  region.addTo(test);
  region.addMapTo(plain, sums);
  change(lastRegion(test.b));
  change(lastRegion(plain.b));

  const Image image(test.b);
  const npusim::Matched matched = matchLast(image);
  if (const auto *refusal = std::get_if<npusim::Refusal>(&matched)) {
    EXPECT_FALSE(refusal->reason.empty());
    EXPECT_EQ(refusal->splitEpilogue, region.hasSums) << refusal->reason;
    return {refusal->reason};
  }
  npusim::Program program = npusim::readValues(image.root());
  program.layers = {std::get<npusim::Layer>(matched)};

  const std::vector<Tensor> expected = interpretCase(plain);
  if (expected.empty())
    return {"the interpreter failed"};
  std::vector<std::vector<std::uint8_t>> inputs;
  for (const Tensor &input : test.inputs)
    inputs.push_back(input.bytes().vec());
  const llvm::ArrayRef<std::int32_t> words = sums.elements<std::int32_t>();
  const std::vector<std::uint8_t> actual = runStages(
      program, region.hasSums ? Numbers(words.begin(), words.end()) : Numbers{},
      inputs, test.segments);
  EXPECT_EQ(llvm::ArrayRef<std::uint8_t>(actual), expected[0].bytes());
  return {"", std::set<std::uint8_t>(actual.begin(), actual.end()).size()};
}

class RegionTest : public testing::TestWithParam<bool> {};

TEST_P(RegionTest, WhatTheMachineCanDoIsExact) {
  Random random(11);
  int rich = 0;
  constexpr int count = 1000;
  for (int n = 0; n < count && !HasFailure(); ++n) {
    SCOPED_TRACE(n);
    const RandomRegion region(random, shape, GetParam());
    const Outcome outcome = compare(random, region, [](image::RegionT &) {});
    EXPECT_EQ(outcome.refusal, "");
    rich += outcome.distinct > 8;
  }
  // Most results say something.
  EXPECT_GT(rich, count / 2);
}

TEST_P(RegionTest, NothingIsTakenForSomethingElse) {
  Random random(12);
  int taken = 0, refused = 0;
  for (int n = 0; n < 3000 && !HasFailure(); ++n) {
    SCOPED_TRACE(n);
    const RandomRegion region(random, shape, GetParam());
    if (region.region.region().instructions.empty())
      continue;
    const auto seed = static_cast<Random::result_type>(random());
    const Outcome outcome = compare(random, region, [&](image::RegionT &each) {
      Random mutations(seed);
      for (auto i = pick(mutations, 1, 3); i > 0; --i)
        mutate(each, Random(mutations()));
    });
    (outcome.refusal.empty() ? taken : refused)++;
  }
  EXPECT_GT(taken, 300);
  EXPECT_GT(refused, 300);
}

INSTANTIATE_TEST_SUITE_P(Npu, RegionTest, testing::Bool(),
                         [](const auto &info) {
                           return info.param ? "Epilogues" : "Maps";
                         });

} // namespace

} // namespace glowplug::matchtest
