// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Live ranges of the values of a body.

#include "tests/unit/backend-api/Images.h"

#include <glowplug/glue/liveness.h>

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::glue;
using namespace glowplug::testing;

namespace {

TEST(LivenessTest, FollowsDefinitionsUsesAndOutputs) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::Value>> values;
  for (int i = 0; i < 7; ++i)
    values.push_back(makeValue(builder, fb::DType::f32, {4}));
  // 0, 1: inputs; 2 = op0(0); 3 = op1(2, 0, 2); 4 = op2(3); 5: never defined;
  // 6 = op3(4), never used.
  std::vector<flatbuffers::Offset<fb::Op>> ops = {
      makeReshape(builder, {0}, {2}), makeReshape(builder, {2, 0, 2}, {3}),
      makeReshape(builder, {3}, {4}), makeReshape(builder, {4}, {6})};
  std::vector<uint32_t> inputs = {0, 1}, outputs = {3, 1, 3};
  std::vector<uint8_t> image = finishImage(
      builder, fb::CreateBodyDirect(builder, &values, &inputs, &outputs, &ops));

  auto ranges =
      computeLiveness(gp_image_program_body(gp_image_root(image.data())));
  ASSERT_EQ(ranges.size(), 7u);
  auto expectRange = [&](size_t value, uint32_t first, uint32_t last,
                         uint32_t uses) {
    EXPECT_TRUE(gp_live_range_is_defined(&ranges[value])) << value;
    EXPECT_EQ(ranges[value].first, first) << value;
    EXPECT_EQ(ranges[value].last, last) << value;
    EXPECT_EQ(ranges[value].uses, uses) << value;
  };
  expectRange(0, 0, 1, 2);
  expectRange(1, 0, 4, 0); // an input that is handed out as it is
  expectRange(2, 0, 1, 2);
  expectRange(3, 1, 4, 1); // an output lives to the end, also when used before
  expectRange(4, 2, 3, 1);
  EXPECT_FALSE(gp_live_range_is_defined(&ranges[5]));
  expectRange(6, 3, 3, 0);
  for (size_t value = 0; value < 7; ++value) {
    EXPECT_EQ(ranges[value].is_input != 0, value < 2) << value;
    EXPECT_EQ(ranges[value].is_output != 0, value == 1 || value == 3) << value;
  }
}

TEST(LivenessTest, OfNothingIsEmpty) {
  EXPECT_TRUE(computeLiveness(gp_image_body{nullptr}).empty());
}

} // namespace
