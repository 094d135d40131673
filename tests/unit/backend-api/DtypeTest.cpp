// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element and value sizes.

#include "tests/unit/backend-api/Images.h"

#include <glowplug/glue/dtype.h>

#include <gtest/gtest.h>

#include <optional>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// Calls \p function on a value of the given type; nothing when it refuses.
std::optional<uint64_t> measure(int (*function)(gp_image_value, uint64_t *),
                                fb::DType dtype,
                                const std::vector<int64_t> &shape) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::Value>> values = {
      makeValue(builder, dtype, shape)};
  std::vector<uint8_t> image =
      finishImage(builder, fb::CreateBodyDirect(builder, &values));
  gp_image_body body = gp_image_program_body(gp_image_root(image.data()));
  uint64_t result = 4711;
  if (!function(gp_image_body_values_at(body, 0), &result)) {
    EXPECT_EQ(result, 4711u) << "stored something although it refused";
    return std::nullopt;
  }
  return result;
}

TEST(DtypeTest, KnowsEveryTypeOfTheSchema) {
  const size_t bytes[] = {0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 2, 4, 8};
  size_t index = 0;
  for (fb::DType dtype : fb::EnumValuesDType()) {
    const auto value = static_cast<gp_image_dtype>(dtype);
    EXPECT_EQ(gp_dtype_bytes(value), bytes[index]) << index;
    const std::string name = gp_image_dtype_name(value);
    EXPECT_EQ(name, fb::EnumNameDType(dtype));
    EXPECT_EQ(gp_dtype_is_float(value), name.find('f') != std::string::npos);
    EXPECT_EQ(gp_dtype_is_signed_integer(value), name[0] == 'i');
    EXPECT_EQ(gp_dtype_is_unsigned_integer(value), name[0] == 'u');
    ++index;
  }
  EXPECT_EQ(index, std::size(bytes));
  EXPECT_EQ(gp_dtype_bytes(static_cast<gp_image_dtype>(200)), 0u);
}

TEST(DtypeTest, AccumulatesAsTheSchemaSays) {
  auto accumulator = [](fb::DType dtype) {
    return gp_image_dtype_name(
        gp_dtype_accumulator(static_cast<gp_image_dtype>(dtype)));
  };
  EXPECT_STREQ(accumulator(fb::DType::bf16), "f32");
  EXPECT_STREQ(accumulator(fb::DType::f64), "f64");
  EXPECT_STREQ(accumulator(fb::DType::u8), "i32");
  EXPECT_STREQ(accumulator(fb::DType::u16), "i32");
  EXPECT_STREQ(accumulator(fb::DType::u32), "u32");
  EXPECT_STREQ(accumulator(fb::DType::i64), "i64");
  EXPECT_STREQ(accumulator(fb::DType::boolean), "none");
}

TEST(DtypeTest, CountsElements) {
  auto count = [](const std::vector<int64_t> &shape) {
    return measure(gp_value_elements, fb::DType::f32, shape);
  };
  EXPECT_EQ(count({}), 1u);
  EXPECT_EQ(count({2, 3, 4}), 24u);
  EXPECT_EQ(count({5, 0, 7}), 0u);
  // An empty tensor is empty, however large the other dims are.
  EXPECT_EQ(count({INT64_MAX, INT64_MAX, 0}), 0u);
  EXPECT_EQ(count({INT64_MAX, 2}), uint64_t{INT64_MAX} * 2);
  EXPECT_EQ(count({INT64_MAX, 3}), std::nullopt);
  EXPECT_EQ(count({int64_t{1} << 32, int64_t{1} << 32}), std::nullopt);
  EXPECT_EQ(count({0, -1}), std::nullopt);
}

TEST(DtypeTest, CountsBytes) {
  EXPECT_EQ(measure(gp_value_bytes, fb::DType::f16, {3, 5}), 30u);
  EXPECT_EQ(measure(gp_value_bytes, fb::DType::boolean, {}), 1u);
  EXPECT_EQ(measure(gp_value_bytes, fb::DType::f64, {INT64_MAX / 8, 3}),
            std::nullopt);
  EXPECT_EQ(measure(gp_value_bytes, fb::DType::none, {1}), std::nullopt);
}

} // namespace
