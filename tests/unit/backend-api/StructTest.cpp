// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The struct-size rule: short structs are filled with zeros, long ones must
// hold nothing that the reader does not know.

#include <glowplug/glue/struct.h>

#include <gtest/gtest.h>

namespace {

/// One struct as three releases know it.
struct Version1 {
  size_t struct_size;
  uint64_t a;
};
struct Version2 {
  size_t struct_size;
  uint64_t a, b;
};
struct Version3 {
  size_t struct_size;
  uint64_t a, b, c;
};

TEST(StructTest, CopiesAStructOfTheSameRelease) {
  Version2 from{sizeof from, 1, 2}, to{};
  ASSERT_EQ(GP_STRUCT_READ(&to, &from), GP_OK);
  EXPECT_EQ(to.struct_size, sizeof to);
  EXPECT_EQ(to.a, 1u);
  EXPECT_EQ(to.b, 2u);
}

TEST(StructTest, ReadsFieldsOfANewerReleaseAsZero) {
  // The bytes after the old struct are set: they must not be read.
  struct {
    Version1 old;
    uint64_t neighbour;
  } from{{sizeof(Version1), 1}, ~uint64_t{0}};
  Version3 to{99, 99, 99, 99};
  ASSERT_EQ(GP_STRUCT_READ(&to, &from.old), GP_OK);
  EXPECT_EQ(to.struct_size, sizeof(Version3));
  EXPECT_EQ(to.a, 1u);
  EXPECT_EQ(to.b, 0u);
  EXPECT_EQ(to.c, 0u);
}

TEST(StructTest, TakesAnUnknownTailOfZeros) {
  Version3 from{sizeof from, 1, 2, 0};
  Version2 to{};
  ASSERT_EQ(GP_STRUCT_READ(&to, &from), GP_OK);
  EXPECT_EQ(to.struct_size, sizeof(Version2));
  EXPECT_EQ(to.b, 2u);
}

TEST(StructTest, RefusesAnyUnknownByteThatIsSetAndLeavesTheCopyAlone) {
  for (size_t byte = sizeof(Version1); byte < sizeof(Version3); ++byte) {
    Version3 from{sizeof from, 1, 0, 0};
    reinterpret_cast<char *>(&from)[byte] = 1;
    Version1 to{7, 8};
    EXPECT_EQ(GP_STRUCT_READ(&to, &from), GP_UNKNOWN_FIELD) << byte;
    EXPECT_EQ(to.struct_size, 7u);
    EXPECT_EQ(to.a, 8u);
  }
}

TEST(StructTest, RefusesImpossibleSizes) {
  Version1 to{};
  EXPECT_EQ(GP_STRUCT_READ(&to, nullptr), GP_INVALID_ARGUMENT);
  for (size_t size : {size_t{0}, sizeof(size_t) - 1,
                      size_t{GP_STRUCT_SIZE_MAX} + 1, SIZE_MAX}) {
    Version1 from{size, 1};
    EXPECT_EQ(GP_STRUCT_READ(&to, &from), GP_INVALID_ARGUMENT) << size;
  }
}

TEST(StructTest, TakesTheLargestSizeThereIs) {
  alignas(8) char from[GP_STRUCT_SIZE_MAX] = {};
  const size_t size = sizeof from;
  memcpy(from, &size, sizeof size);
  Version1 to{};
  EXPECT_EQ(GP_STRUCT_READ(&to, from), GP_OK);
  from[sizeof from - 1] = 1;
  EXPECT_EQ(GP_STRUCT_READ(&to, from), GP_UNKNOWN_FIELD);
}

TEST(StructTest, TellsWhetherTheWriterHadAField) {
  Version3 s{sizeof(Version2), 0, 0, 0};
  EXPECT_TRUE(GP_STRUCT_HAS(Version3, &s, a));
  EXPECT_TRUE(GP_STRUCT_HAS(Version3, &s, b));
  EXPECT_FALSE(GP_STRUCT_HAS(Version3, &s, c));
}

} // namespace
