// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The simplest workspace, and broadcasting.

#include "tests/unit/backend-api/Images.h"

#include <glowplug/glue/layout.h>

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// An image with values of the given shapes, all f32.
std::vector<uint8_t> imageOf(const std::vector<std::vector<int64_t>> &shapes) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::Value>> values;
  for (const std::vector<int64_t> &shape : shapes)
    values.push_back(makeValue(builder, fb::DType::f32, shape));
  return finishImage(builder, fb::CreateBodyDirect(builder, &values));
}

TEST(LayoutTest, GivesEveryValueAPlaceOfItsOwn) {
  auto image = imageOf({{3}, {}, {0, 7}, {16, 2}});
  gp_image_body body = gp_image_program_body(gp_image_root(image.data()));
  EXPECT_EQ(gp_value_offset(body, 0), 0u);
  EXPECT_EQ(gp_value_offset(body, 1), 64u);
  EXPECT_EQ(gp_value_offset(body, 2), 128u);
  EXPECT_EQ(gp_value_offset(body, 3), 128u);
  EXPECT_EQ(gp_workspace_bytes({image.data(), image.size()}), 256u);
  EXPECT_EQ(gp_elements(body, 1), 1u);
  EXPECT_EQ(gp_elements(body, 2), 0u);
}

TEST(LayoutTest, BroadcastsEveryDimThatIsOne) {
  const std::vector<int64_t> full = {2, 3, 4};
  for (unsigned mask = 0; mask < 8; ++mask) {
    std::vector<int64_t> shape = full;
    for (unsigned dim = 0; dim < 3; ++dim)
      if (mask >> dim & 1)
        shape[dim] = 1;
    auto image = imageOf({shape, full});
    gp_image_body body = gp_image_program_body(gp_image_root(image.data()));
    uint64_t element = 0;
    for (int64_t i = 0; i < 2; ++i)
      for (int64_t j = 0; j < 3; ++j)
        for (int64_t k = 0; k < 4; ++k, ++element) {
          const int64_t expected =
              ((shape[0] == 1 ? 0 : i) * shape[1] + (shape[1] == 1 ? 0 : j)) *
                  shape[2] +
              (shape[2] == 1 ? 0 : k);
          EXPECT_EQ(gp_broadcast_element(body, 0, 1, element),
                    static_cast<uint64_t>(expected))
              << "mask " << mask << " element " << element;
        }
  }
}

} // namespace
