// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// JSON that nests deep would overflow the stack of a parser that recurses.

#include "core/support/Json.h"

#include <gtest/gtest.h>

using namespace glowplug;

static std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

static std::string errorOf(const std::string &text) {
  llvm::Expected<llvm::json::Value> value = parseJson(text);
  return value ? "" : llvm::toString(value.takeError());
}

TEST(JsonTest, ReadsUpToTheLimit) {
  EXPECT_EQ(errorOf(nested(maxJsonDepth)), "");
  EXPECT_EQ(errorOf(nested(maxJsonDepth + 1)),
            "arrays and objects nest 101 deep, and the limit is 100");
}

TEST(JsonTest, RefusesWhatWouldOverflowTheStack) {
  EXPECT_NE(errorOf(nested(1'000'000)), "");
  EXPECT_NE(errorOf(std::string(1'000'000, '[')), "");
  std::string objects;
  for (int i = 0; i < 200'000; ++i)
    objects += "{\"a\":";
  EXPECT_NE(errorOf(objects), "");
  // A string that ends in a backslash does not hide what follows.
  EXPECT_NE(errorOf("[\"\\\\\"," + nested(1'000'000) + "]"), "");
}

TEST(JsonTest, BracketsInStringsAndSiblingsDoNotNest) {
  EXPECT_EQ(errorOf("[\"\\\"" + std::string(1000, '[') + "\"]"), "");
  std::string siblings = "[0";
  for (int i = 0; i < 1000; ++i)
    siblings += ",[]";
  EXPECT_EQ(errorOf(siblings + "]"), "");
}
