// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Images as the builder writes them.

#include "Testing.h"

#include "core/semantics/Shapes.h"

#include <chrono>

using namespace glowplug;
using namespace glowplug::test;

namespace {

TEST(ImageBuilderTest, WritesEveryOpValidly) {
  ProgramBuilder b("everything");
  addEveryOp(b);
  EXPECT_EQ(verifyError(b), "");
  std::vector<bool> seen(static_cast<size_t>(image::Attributes::MAX) + 1);
  const std::vector<uint8_t> bytes = b.finish();
  for (const image::Op *op : *image::GetProgram(bytes.data())->body()->ops())
    seen[static_cast<size_t>(op->attributes_type())] = true;
  for (size_t i = 1; i < seen.size(); ++i)
    EXPECT_TRUE(seen[i]) << image::EnumNameAttributes(
        static_cast<image::Attributes>(i));
}

TEST(ImageBuilderTest, WritesTheSameBytesAgain) {
  ProgramBuilder first("everything");
  addEveryOp(first);
  ProgramBuilder second("everything");
  addEveryOp(second);
  EXPECT_EQ(first.finish(), second.finish());
  EXPECT_EQ(first.finish(), first.finish());
}

TEST(ImageBuilderTest, InfersShapesAndTypes) {
  ProgramBuilder b("shapes");
  ValueId x = b.input("x", DType::i8, {1, 4, 9, 9});
  ConvOptions options;
  options.strides = {2, 2};
  options.padsLow = {1, 1};
  options.padsHigh = {1, 1};
  options.dilations = {1, 2};
  ValueId y = b.conv(x, b.input("w", DType::i8, {8, 4, 3, 3}), options);
  EXPECT_EQ(b.shape(y).vec(), (std::vector<int64_t>{1, 8, 5, 4}));
  EXPECT_EQ(b.dtype(y), DType::i32);
  EXPECT_EQ(b.dtype(b.reduce(image::ReduceKind::max, x, {1})), DType::i8);
  EXPECT_EQ(b.dtype(b.map(image::ScalarOp::eq, {x, x})), DType::boolean);
}

TEST(ImageBuilderTest, MarksShapesThatDoNotExist) {
  ProgramBuilder b("shapes");
  ValueId x = b.input("x", DType::f32, {2, 3});
  ValueId y = b.matmul(x, x);
  EXPECT_EQ(b.shape(y).vec(), std::vector<int64_t>{-1});
  EXPECT_NE(verifyError(b), "");
}

TEST(ImageBuilderTest, KeepsShapesThatAreChosen) {
  ProgramBuilder b("shapes");
  ValueId x = b.input("x", DType::f16, {2, 3});
  EXPECT_EQ(b.shape(b.reshape(x, {6})).vec(), std::vector<int64_t>{6});
  EXPECT_EQ(verifyError(b), "");
  // It breaks a rule; the verifier says which.
  ValueId y = b.reshape(x, {7});
  EXPECT_EQ(b.shape(y).vec(), std::vector<int64_t>{7});
  EXPECT_EQ(b.dtype(y), DType::f16);
  EXPECT_NE(verifyError(b).find("as many elements"), std::string::npos);
}

TEST(ImageBuilderTest, FillsInDefaults) {
  ProgramBuilder b("defaults");
  ValueId x = b.input("x", DType::f32, {1, 2, 8, 8});
  ConvOptions options;
  options.padsLow = {1, 0};
  b.conv(x, b.input("w", DType::f32, {4, 2, 3, 3}), options);
  const image::ConvT &conv = *b.lastOp().attributes.AsConv();
  EXPECT_EQ(conv.strides, (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(conv.pads_low, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(conv.pads_high, (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(conv.groups, 1);
  b.slice(x, {0, 1, 2, 3}, {1, 1, 1, 1});
  EXPECT_EQ(b.lastOp().attributes.AsSlice()->strides,
            (std::vector<int64_t>{1, 1, 1, 1}));
  b.window(image::ReduceKind::max, x, {1, 1, 2, 2});
  EXPECT_EQ(b.lastOp().attributes.AsWindow()->dilations,
            (std::vector<int64_t>{1, 1, 1, 1}));
}

TEST(ImageBuilderTest, NamesOpsAndValues) {
  ProgramBuilder b("names");
  ValueId x = b.input("x", DType::f32, {2});
  b.setLocation("block/add");
  ValueId y = b.map(image::ScalarOp::add, {x, x});
  b.setName(y, "y");
  b.output(y);
  b.lastOp().version = 1;
  const std::vector<uint8_t> bytes = b.finish();
  const image::Body &body = *image::GetProgram(bytes.data())->body();
  EXPECT_EQ(body.ops()->Get(0)->name()->str(), "block/add");
  EXPECT_EQ(body.values()->Get(1)->name()->str(), "y");
}

TEST(ImageBuilderTest, TakesTensOfThousandsOfOps) {
  ProgramBuilder b("long");
  ValueId x = b.input("x", DType::f32, {2, 3});
  RegionBuilder region({DType::f32, DType::f32});
  region.yield(region.max(region.mul(region.parameter(0), region.parameter(1)),
                          region.constant(0.5f)));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 50000; ++i)
    x = b.map(region, {x, x})[0];
  b.output(x);
  EXPECT_EQ(verifyError(b), "");
  // A hundred times what it takes, for machines that are slow or busy.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(ShapesTest, DividesTowardMinusInfinity) {
  EXPECT_EQ(shapes::windowed(5, 3, 2, 0, 0, 1), 2);
  EXPECT_EQ(shapes::windowed(2, 3, 2, 0, 0, 1), 0);
  EXPECT_EQ(shapes::windowed(1, 3, 2, 0, 0, 1), 0);
  EXPECT_EQ(shapes::windowed(1, 3, 1, 0, 0, 1), std::nullopt);
  EXPECT_EQ(shapes::windowed(0, 1, 1, 0, 0, 1), 0);
}

TEST(ShapesTest, NoticesOverflow) {
  constexpr int64_t huge = INT64_MAX;
  EXPECT_EQ(shapes::windowed(huge, 1, 1, huge, 0, 1), std::nullopt);
  EXPECT_EQ(shapes::windowed(1, huge, 1, 0, 0, huge), std::nullopt);
  EXPECT_EQ(shapes::transposed(huge, 1, huge, 0, 0, 1), std::nullopt);
  EXPECT_EQ(shapes::transposed(2, 1, 1, INT64_MIN, 0, 1), std::nullopt);
  EXPECT_EQ(shapes::padded(3, 0, 0, huge), std::nullopt);
  // A step on the way does not fit, though the size would.
  EXPECT_EQ(shapes::windowed(2, 1, huge, huge, 0, 1), std::nullopt);
  EXPECT_EQ(shapes::transposed(huge, 1, 3, huge, huge, 1), std::nullopt);
  const TensorType most(DType::i8, {huge}), one(DType::i8, {1});
  EXPECT_EQ(semantics::resultsOf(semantics::Concat{0}, {most, one})[0].shape,
            shapes::Shape{-1});
}

} // namespace
