// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The form of blobs: written and read back, and damaged.

#include "tests/unit/backends/npu-sim/runtime/Testing.h"

#include <gmock/gmock.h>

#include <random>

using namespace glowplug;
using namespace glowplug::npusim;
using namespace glowplug::npusim::test;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

/// Something in every part.
Blob sampleBlob() {
  Blob blob = blobOf("load load_a dram_base=2 run=16 signal=0\n"
                     "load load_w dram_base=0 run=80 spad_addr=64 signal=1\n"
                     "vector vector wait=0 wait=1 a_kind=bytes count0=1 "
                     "dst_addr=32768 out_max=127 out_min=-128 layer=1 "
                     "signal=2\n"
                     "store store wait=2 dram_base=3 spad_addr=32768 run=16 "
                     "layer=1\n",
                     {80, 0, 48, 16}, 2);
  blob.inputs = {{0, 16}, {32, 16}};
  blob.layers[0] = {"conv \"1\"", 4096, 1 << 20};
  blob.layers[1] = {"größer 漢字 \U0001F600", 0, 96};
  blob.buffers = {{"input of conv 1, 0", 0, 0, 16},
                  {"", 1, 262128, 16}}; // to the last byte
  return blob;
}

npu::Result<Blob> read(const std::vector<std::uint8_t> &bytes) {
  return readBlob(bytes, {});
}

std::string readError(const Blob &blob) {
  const auto result = readBlob(writeBlob(blob, {}), {});
  return result ? "" : result.message();
}

bool areEqual(const Blob &a, const Blob &b) {
  return a.program == b.program && a.inputs == b.inputs &&
         a.outputs == b.outputs && a.layers == b.layers &&
         a.buffers == b.buffers;
}

TEST(Blob, ComesBackAsItWas) {
  const Blob blob = sampleBlob();
  const auto bytes = writeBlob(blob, {});
  EXPECT_EQ(bytes, writeBlob(sampleBlob(), {}));
  const auto result = read(bytes);
  ASSERT_TRUE(result) << result.message();
  EXPECT_TRUE(areEqual(*result, blob));
}

TEST(Blob, MayBeEmpty) {
  const Blob blob;
  const auto result = read(writeBlob(blob, {}));
  ASSERT_TRUE(result) << result.message();
  EXPECT_TRUE(areEqual(*result, blob));
}

TEST(Blob, IsRefusedWhereverItEnds) {
  const auto bytes = writeBlob(sampleBlob(), {});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result =
        read({bytes.begin(), bytes.begin() + std::ptrdiff_t(size)});
    ASSERT_FALSE(result) << size << " bytes";
    EXPECT_NE(result.message(), "");
  }
  auto longer = bytes;
  longer.push_back(0);
  const auto result = read(longer);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.message(), "1 bytes follow the last buffer");
}

/// A blob with a flipped bit is either refused, or a different blob.
TEST(Blob, NoFlippedBitPassesUnseen) {
  const Blob blob = sampleBlob();
  const auto bytes = writeBlob(blob, {});
  int refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const auto result = read(flipped);
    if (result)
      EXPECT_FALSE(areEqual(*result, blob)) << "bit " << bit;
    else
      ++refused;
  }
  EXPECT_GT(refused, int(bytes.size()) * 2);
}

TEST(Blob, SurvivesAnyBytes) {
  const auto bytes = writeBlob(sampleBlob(), {});
  std::mt19937_64 random(4);
  int taken = 0;
  for (int round = 0; round < 50000; ++round) {
    auto damaged = bytes;
    for (auto changes = random() % 4 + 1; changes > 0; --changes) {
      // Mostly after the commands, and whole words of extreme values.
      const std::size_t low = random() % 2 == 0 ? 0 : 16 + 128 + 4 * 64;
      const std::size_t at = low + random() % (damaged.size() - low);
      const std::size_t size = std::min<std::size_t>(
          std::size_t(1) << random() % 4, damaged.size() - at);
      const auto value =
          static_cast<std::uint8_t>(random() % 3 == 0   ? 0
                                    : random() % 2 == 0 ? 0xff
                                                        : random());
      for (std::size_t i = 0; i < size; ++i)
        damaged[at + i] = value;
    }
    taken += bool(read(damaged));
  }
  EXPECT_GT(taken, 0);
}

TEST(Blob, SaysWhatIsWrong) {
  auto bytes = writeBlob(sampleBlob(), {});
  bytes[7] = '2';
  EXPECT_EQ(read(bytes).message(), "magic: not a compiled partition of an NPU");
  EXPECT_EQ(read({}).message(), "magic: needs 8 bytes, but 0 are left");
  bytes = writeBlob(sampleBlob(), {});
  bytes[15] = 1;
  EXPECT_THAT(read(bytes).message(), StartsWith("program: needs 72057594037"));

  Blob blob = sampleBlob();
  blob.layers[1].name = std::string("a\0b", 3);
  EXPECT_EQ(readError(blob), "layer 1: name: is not UTF-8 without zeros");
  blob = sampleBlob();
  blob.layers[0].macs = (std::uint64_t(1) << 47) + 1;
  EXPECT_EQ(readError(blob), "layer 0: macs: must be at most 140737488355328, "
                             "but is 140737488355329");
  blob = sampleBlob();
  blob.buffers[1].layer = 2;
  EXPECT_EQ(readError(blob), "buffer 1: layer: is 2, but there are 2 layers");
  blob = sampleBlob();
  blob.buffers[1].bytes = 17;
  EXPECT_EQ(readError(blob), "buffer 1: bytes: it ends at 262145, but the "
                             "scratchpad has 262144 bytes");
  blob = sampleBlob();
  blob.buffers[1].begin = blob.buffers[1].bytes = UINT32_MAX;
  EXPECT_THAT(readError(blob), StartsWith("buffer 1: bytes: it ends at "));
  blob = sampleBlob();
  blob.inputs[1].offset = 33;
  EXPECT_EQ(readError(blob), "input 1: offset: 33 and 16 bytes reach beyond "
                             "the extent of its base, 48");
  blob = sampleBlob();
  blob.outputs[0].bytes = ~std::uint64_t(0);
  EXPECT_THAT(readError(blob), StartsWith("output 0: offset: 0 and 184467440"));
  blob = sampleBlob();
  blob.program.extents[outputsBase] = 16 + 4097;
  EXPECT_THAT(readError(blob), StartsWith("extent of the outputs: must be at "
                                          "most 4112, "));
  blob = sampleBlob();
  blob.program.extents[4] = 1;
  EXPECT_EQ(readError(blob), "extent of base 4: must be 0, but is 1");
}

TEST(Blob, TakesNamesThatAreTextOnly) {
  const auto isTaken = [](const std::string &name) {
    Blob blob;
    blob.layers = {{name, 0, 0}};
    return readError(blob).empty();
  };
  for (const char *good :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(isTaken(good)) << good;
  for (const char *bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",
        "a\xe2\x82"})
    EXPECT_FALSE(isTaken(bad)) << bad;
}

} // namespace
