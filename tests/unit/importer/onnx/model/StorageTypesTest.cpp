// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What codes stand for: the numbers that the definitions of the types name.

#include "core/importer/onnx/model/StorageTypes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

float valueOf(int number, int code) {
  return decode(*storageTypeOf(number), static_cast<uint8_t>(code));
}

TEST(StorageTypes, NamesAreThoseOfOnnx) {
  EXPECT_EQ(storageTypeOf(17)->name, "float8e4m3fn");
  EXPECT_EQ(storageTypeOf(26)->name, "int2");
  for (int type : {-1, 0, 1, 2, 16, 27, 28, 99})
    EXPECT_EQ(storageTypeOf(type), nullptr) << type;
}

TEST(StorageTypes, Float8E4M3FN) {
  EXPECT_EQ(valueOf(17, 0x01), 0x1p-9f);
  EXPECT_EQ(valueOf(17, 0x07), 0x1.cp-7f);
  EXPECT_EQ(valueOf(17, 0x08), 0x1p-6f);
  EXPECT_EQ(valueOf(17, 0x38), 1);
  EXPECT_EQ(valueOf(17, 0xb9), -1.125f);
  EXPECT_EQ(valueOf(17, 0x7e), 448);
  EXPECT_TRUE(std::isnan(valueOf(17, 0x7f)));
  EXPECT_TRUE(std::isnan(valueOf(17, 0xff)));
  EXPECT_TRUE(std::signbit(valueOf(17, 0x80)));
}

TEST(StorageTypes, Float8E4M3FNUZ) {
  EXPECT_EQ(valueOf(18, 0x01), 0x1p-10f);
  EXPECT_EQ(valueOf(18, 0x40), 1);
  EXPECT_EQ(valueOf(18, 0x7f), 240);
  EXPECT_EQ(valueOf(18, 0xff), -240);
  EXPECT_TRUE(std::isnan(valueOf(18, 0x80)));
}

TEST(StorageTypes, Float8E5M2) {
  EXPECT_EQ(valueOf(19, 0x01), 0x1p-16f);
  EXPECT_EQ(valueOf(19, 0x3c), 1);
  EXPECT_EQ(valueOf(19, 0x7b), 57344);
  EXPECT_EQ(valueOf(19, 0x7c), infinity);
  EXPECT_EQ(valueOf(19, 0xfc), -infinity);
  for (int code : {0x7d, 0x7e, 0x7f, 0xff})
    EXPECT_TRUE(std::isnan(valueOf(19, code))) << code;
}

TEST(StorageTypes, Float8E5M2FNUZ) {
  EXPECT_EQ(valueOf(20, 0x01), 0x1p-17f);
  EXPECT_EQ(valueOf(20, 0x40), 1);
  EXPECT_EQ(valueOf(20, 0x7f), 57344);
  EXPECT_TRUE(std::isnan(valueOf(20, 0x80)));
}

TEST(StorageTypes, Float4E2M1HasEightMagnitudes) {
  const float values[] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
  for (int code = 0; code < 8; ++code) {
    EXPECT_EQ(valueOf(23, code), values[code]);
    EXPECT_EQ(valueOf(23, code + 8), -values[code]);
    EXPECT_EQ(valueOf(23, code + 16), values[code]) << "the low bits count";
  }
}

TEST(StorageTypes, Float8E8M0HasPowersOfTwo) {
  EXPECT_EQ(valueOf(24, 0), 0x1p-127f);
  EXPECT_EQ(valueOf(24, 127), 1);
  EXPECT_EQ(valueOf(24, 254), 0x1p127f);
  EXPECT_TRUE(std::isnan(valueOf(24, 255)));
}

TEST(StorageTypes, PackedBytesRoundUp) {
  EXPECT_EQ(packedBytes(*storageTypeOf(22), 0), 0);
  EXPECT_EQ(packedBytes(*storageTypeOf(22), 5), 3);
  EXPECT_EQ(packedBytes(*storageTypeOf(26), 5), 2);
  EXPECT_EQ(packedBytes(*storageTypeOf(17), 5), 5);
}

} // namespace
