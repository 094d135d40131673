// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Footprints of views: against an element by element count on random views.

#include "core/image/instr/View.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

using namespace glowplug;
using namespace glowplug::instr;

namespace {

/// A view in bytes of its own.
struct Packed {
  flatbuffers::FlatBufferBuilder builder;
  const View *view;

  explicit Packed(const ViewT &content) {
    builder.Finish(View::Pack(builder, &content));
    view = flatbuffers::GetRoot<View>(builder.GetBufferPointer());
  }
};

/// How often each byte is covered, by the formula of the schema.
std::map<int64_t, int> countBytes(const ViewT &view, int64_t element) {
  std::map<int64_t, int> bytes;
  std::vector<int64_t> at(view.shape.size(), 0);
  for (;;) {
    int64_t offset = view.offset;
    for (size_t d = 0; d < at.size(); ++d) {
      const int64_t block = view.blocks.empty() ? 1 : view.blocks[d];
      offset += at[d] / block * view.strides[d] +
                (view.inner.empty() ? 0 : at[d] % block * view.inner[d]);
    }
    for (int64_t i = 0; i < element; ++i)
      ++bytes[offset + i];
    size_t d = at.size();
    while (d-- > 0 && ++at[d] == view.shape[d])
      at[d] = 0;
    if (d == SIZE_MAX)
      return bytes;
  }
}

TEST(ViewTest, FootprintIsExactOnRandomViews) {
  std::mt19937 random(7);
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % n); };
  int overlapping = 0, partial = 0;
  for (int run = 0; run < 20000; ++run) {
    ViewT content;
    const bool wide = below(4) == 0;
    const int64_t element = wide ? 4 : 1;
    content.dtype = static_cast<uint8_t>(wide ? DType::i32 : DType::i8);
    content.offset = 4000;
    const bool blocked = below(2) == 0;
    for (int64_t rank = below(4); rank > 0; --rank) {
      content.shape.push_back(1 + below(7));
      content.strides.push_back((below(41) - 20) * element);
      if (!blocked)
        continue;
      content.blocks.push_back(1 + below(4));
      content.inner.push_back(
          content.blocks.back() == 1 ? 0 : (below(9) - 4) * element);
    }
    const Packed packed(content);
    llvm::Error error = verifyView(*packed.view, 8000);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    Footprint footprint = llvm::cantFail(footprintOf(*packed.view));
    const std::map<int64_t, int> bytes = countBytes(content, element);
    bool overlaps = false;
    for (const auto &[byte, count] : bytes)
      overlaps |= count > 1;
    ASSERT_EQ(footprint.overlaps, overlaps) << "run " << run;
    auto byte = bytes.begin();
    for (const ByteRange &range : footprint.ranges)
      for (int64_t i = range.begin; i < range.end; ++i, ++byte) {
        ASSERT_NE(byte, bytes.end()) << "run " << run;
        ASSERT_EQ(byte->first, i) << "run " << run;
      }
    ASSERT_EQ(byte, bytes.end()) << "run " << run;
    overlapping += overlaps;
    partial += !isPattern(*packed.view);
  }
  EXPECT_GT(overlapping, 1000);
  EXPECT_LT(overlapping, 19000);
  EXPECT_GT(partial, 1000);
}

TEST(ViewTest, TakesEmptyBlocksForNone) {
  // Lists that are there, but empty; the builder leaves such lists out. One of
  // both paddings puts them at a multiple of 8.
  int accepted = 0;
  for (size_t padding : {0, 1}) {
    flatbuffers::FlatBufferBuilder builder;
    const std::vector<int64_t> shape = {3}, strides = {4}, none;
    const auto shapes = builder.CreateVector(shape);
    const auto steps = builder.CreateVector(strides);
    builder.CreateVector(std::vector<uint32_t>(padding));
    const auto empty = builder.CreateVector(none);
    builder.Finish(CreateView(builder, 0, 0, static_cast<uint8_t>(DType::i8),
                              shapes, steps, empty, empty));
    const View &view = *flatbuffers::GetRoot<View>(builder.GetBufferPointer());
    ASSERT_TRUE(view.blocks() && view.inner());
    if (llvm::Error error = verifyView(view, 9)) {
      EXPECT_EQ(llvm::toString(std::move(error)),
                "needs a list at a multiple of 8 bytes");
      continue;
    }
    EXPECT_EQ(llvm::cantFail(footprintOf(view)).ranges.size(), 3u);
    ++accepted;
  }
  EXPECT_GT(accepted, 0);
}

TEST(ViewTest, RefusesSizesThatCannotBeWalked) {
  ViewT content;
  content.dtype = static_cast<uint8_t>(DType::i8);
  content.shape = {int64_t{1} << 30};
  content.strides = {2};
  const Packed packed(content);
  llvm::Error error = verifyView(*packed.view, uint64_t{1} << 40);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  llvm::Expected<Footprint> footprint = footprintOf(*packed.view);
  ASSERT_FALSE(bool(footprint));
  EXPECT_EQ(llvm::toString(footprint.takeError()),
            "needs at most 1048576 runs of bytes");
}

TEST(ViewTest, ChecksBoundsBeyond64Bits) {
  ViewT content;
  content.dtype = static_cast<uint8_t>(DType::i8);
  content.shape = {int64_t{1} << 40};
  content.strides = {int64_t{1} << 40};
  const Packed packed(content);
  llvm::Error error = verifyView(*packed.view, 64);
  EXPECT_NE(llvm::toString(std::move(error)).find("within its buffer of 64"),
            std::string::npos);
}

} // namespace
