// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of the generated accessors, which plugins depend on.

#include "backend-api/schema/generate/Names.h"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace glowplug::accessors;

namespace {

TEST(NamesTest, BreaksWordsBeforeACapitalAfterASmallLetter) {
  EXPECT_EQ(snakeCase("Conv"), "conv");
  EXPECT_EQ(snakeCase("MatMul"), "mat_mul");
  EXPECT_EQ(snakeCase("ConvTranspose"), "conv_transpose");
  EXPECT_EQ(snakeCase("DType"), "dtype");
  EXPECT_EQ(snakeCase("NONE"), "none");
  EXPECT_EQ(snakeCase("lhs_zp"), "lhs_zp");
  EXPECT_EQ(snakeCase("Int8Table"), "int8_table");
}

TEST(NamesTest, DropsTheNamespace) {
  EXPECT_EQ(withoutNamespace("glowplug.image.Op"), "Op");
  EXPECT_EQ(withoutNamespace("Op"), "Op");
}

TEST(NamesTest, RefusesANameThatIsTaken) {
  Identifiers identifiers;
  identifiers.add("gp_image_op");
  EXPECT_TRUE(identifiers.contains("gp_image_op"));
  EXPECT_THROW(identifiers.add("gp_image_op"), std::runtime_error);
}

} // namespace
