// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A new version of an op, beginning with its schema: readers take both
// versions, and writers use the newer one only for what the older one cannot
// express.

#include "tests/unit/semantics/Versions.h"
#include "core/semantics/Rules.h"

#include <gtest/gtest.h>

using namespace glowplug;

static std::string errorOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

TEST(VersionsTest, ReadersTakeBoth) {
  const test::Roll old;
  EXPECT_EQ(errorOf(semantics::verifyVersion(old, 1)), "");
  EXPECT_EQ(errorOf(semantics::verifyVersion(old, 2)), "");
  EXPECT_EQ(errorOf(semantics::verifyVersion(old, 0)),
            "needs version 1 to 2, but got 0");
  EXPECT_EQ(errorOf(semantics::verifyVersion(old, 3)),
            "needs version 1 to 2, but got 3");
}

TEST(VersionsTest, AnOldOneHasNoNewAttributes) {
  test::Roll op;
  op.mode = test::RollMode::fill;
  EXPECT_EQ(errorOf(semantics::verifyVersion(op, 1)),
            "needs version 2, but got 1");
  EXPECT_EQ(errorOf(semantics::verifyVersion(op, 2)), "");
}

TEST(VersionsTest, WritersUseTheOldestThatSaysIt) {
  test::Roll op;
  op.steps = {1, 2};
  EXPECT_EQ(versionOf(op), 1u);
  op.limit = 8;
  EXPECT_EQ(versionOf(op), 2u);
  op.limit = 7;
  op.mode = test::RollMode::fill;
  EXPECT_EQ(versionOf(op), 2u);
}

TEST(VersionsTest, OthersHaveOne) {
  test::Same op;
  op.flag = true;
  EXPECT_EQ(versionOf(op), 1u);
  EXPECT_EQ(errorOf(semantics::verifyVersion(op, 2)),
            "needs version 1, but got 2");
}
