// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes that go with messages: each is in memory once, and nobody can change
// what the other end has looked at.

#include "core/isolation/Parcel.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <numeric>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::isolation;

namespace {

std::vector<uint8_t> counting(size_t count, uint8_t first) {
  std::vector<uint8_t> bytes(count);
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

/// What the receiver of \p parcel sees at \p ranges.
std::vector<std::vector<uint8_t>> open(Parcel &parcel,
                                       std::vector<wire::Range> ranges) {
  std::vector<std::vector<uint8_t>> result;
  auto file = parcel.seal();
  EXPECT_TRUE(static_cast<bool>(file));
  auto delivery = Delivery::open(*file);
  EXPECT_TRUE(static_cast<bool>(delivery));
  for (const wire::Range &range : ranges) {
    auto bytes = (*delivery)->at(&range);
    EXPECT_TRUE(static_cast<bool>(bytes));
    result.emplace_back(bytes->vec());
  }
  return result;
}

TEST(ParcelTest, DeliversWhatWasAddedAndWhatWasCopied) {
  const auto small = counting(5, 1), large = counting(200001, 2),
             larger = counting(1 << 20, 3);
  Parcel parcel;
  std::vector<wire::Range> ranges = {parcel.add(small)};
  const AlignedBytes copied = parcel.copy(large);
  const AlignedBytes copiedToo = parcel.copy(larger);
  const AlignedBytes copiedSmall = parcel.copy(small);
  for (const AlignedBytes *bytes : {&copiedToo, &copied, &copiedSmall}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes->data()) %
                  AlignedBytes::alignment,
              0u);
    ranges.push_back(parcel.add(*bytes));
  }
  EXPECT_EQ(llvm::ArrayRef<uint8_t>(copied), llvm::ArrayRef(large));
  EXPECT_EQ(open(parcel, ranges),
            (std::vector<std::vector<uint8_t>>{small, larger, large, small}));
  // They are still there for whoever made them.
  EXPECT_EQ(llvm::ArrayRef<uint8_t>(copied), llvm::ArrayRef(large));
}

TEST(ParcelTest, WhatWasCopiedIsThereOnce) {
  Parcel parcel;
  const size_t count = 1 << 20;
  const AlignedBytes copied = parcel.copy(counting(count, 1));
  EXPECT_EQ(parcel.add(copied).offset(), parcel.add(copied).offset());
  struct stat status{};
  ASSERT_EQ(fstat(*parcel.seal(), &status), 0);
  EXPECT_EQ(status.st_size, static_cast<off_t>(count));
}

TEST(ParcelTest, AnAddressIsNotTakenForTheBytesThatWereThere) {
  Parcel parcel;
  const auto first = counting(1 << 20, 1), second = counting(1 << 20, 9);
  (void)parcel.copy(first); // and given back
  std::vector<AlignedBytes> others;
  std::vector<wire::Range> ranges;
  for (int i = 0; i < 8; ++i)
    ranges.push_back(parcel.add(others.emplace_back(llvm::ArrayRef(second))));
  for (const std::vector<uint8_t> &seen : open(parcel, ranges))
    EXPECT_EQ(seen, second);
}

TEST(ParcelTest, NobodyChangesASealedFile) {
  Parcel parcel;
  const AlignedBytes copied = parcel.copy(counting(1 << 20, 1));
  const wire::Range range = parcel.add(copied);
  const int file = *parcel.seal();
  EXPECT_EQ(pwrite(file, "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(file, 0), -1);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            MAP_FAILED);
  EXPECT_EQ(open(parcel, {range}).front(), counting(1 << 20, 1));
  EXPECT_EQ(*parcel.seal(), file); // for a second receiver
}

TEST(ParcelTest, AnEmptyOneHasNoFile) {
  Parcel parcel;
  const wire::Range range = parcel.add(llvm::ArrayRef<uint8_t>());
  EXPECT_EQ(*parcel.seal(), -1);
  EXPECT_TRUE(open(parcel, {range}).front().empty());
}

TEST(ParcelTest, RefusesAFileThatCouldChange) {
  const process::Descriptor file(
      memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(file.get(), 4096), 0);
  for (const int seals :
       {0, F_SEAL_SHRINK | F_SEAL_GROW, F_SEAL_FUTURE_WRITE}) {
    ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, seals), 0);
    auto delivery = Delivery::open(file.get());
    ASSERT_FALSE(static_cast<bool>(delivery));
    EXPECT_EQ(llvm::toString(delivery.takeError()),
              "a message came with a file that is not sealed");
  }
}

TEST(ParcelTest, RefusesRangesOutsideOfTheFile) {
  Parcel parcel;
  parcel.add(parcel.copy(counting(1 << 16, 1)));
  auto delivery = Delivery::open(*parcel.seal());
  ASSERT_TRUE(static_cast<bool>(delivery));
  for (const wire::Range &range :
       {wire::Range(0, (1 << 16) + 1), wire::Range(1 << 16, 1),
        wire::Range(64, UINT64_MAX), wire::Range(UINT64_MAX - 63, 64),
        wire::Range(1, 1)}) {
    auto bytes = (*delivery)->at(&range);
    EXPECT_FALSE(static_cast<bool>(bytes)) << range.offset();
    llvm::consumeError(bytes.takeError());
  }
}

TEST(ParcelDeathTest, BytesThatCannotBeReadAreAFault) {
  const size_t count = 1 << 20;
  void *const at =
      mmap(nullptr, count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(at, MAP_FAILED);
  Parcel parcel;
  EXPECT_DEATH(parcel.copy({static_cast<const uint8_t *>(at), count}), "");
  munmap(at, count);
}

} // namespace
