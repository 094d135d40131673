// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions and the fields of commands say the same.

#include "backends/npu-sim/compiler/instr/Arithmetic.h"
#include "core/image/image_generated.h"

#include "hw/spec/Isa.h"

#include <glowplug/glue/bytes.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace glowplug;
using namespace glowplug::npusim;
using image::DType;
using image::ScalarOp;
using Image = std::vector<uint8_t>;

namespace {

std::vector<bool> rowsOf(const Arithmetic &arithmetic) {
  std::vector<bool> isRow;
  for (Role role : rolesOf(arithmetic))
    isRow.push_back(role == Role::A || role == Role::B);
  return isRow;
}

/// What a command may say, but for what a region says in two ways.
Arithmetic randomArithmetic(std::mt19937 &random) {
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  const auto byteType = [&] {
    return below(2) ? gp_image_dtype_u8 : gp_image_dtype_i8;
  };
  Arithmetic made;
  made.a.type = below(2) ? gp_image_dtype_i32 : byteType();
  made.a.zeroPoint = made.a.type == gp_image_dtype_i32 ? 0 : below(384) - 128;
  made.bias = below(2);
  made.a.rescale = made.a.type != gp_image_dtype_i32 && !made.bias && below(2);
  made.op = below(6);
  if (made.op != npu::VectorOp::Copy)
    made.b = {byteType(), below(384) - 128,
              made.op != npu::VectorOp::Mul && below(2)};
  made.toWords = below(3) == 0;
  made.rescale = below(2);
  if (!made.rescale && made.op == npu::VectorOp::Copy)
    made.a.rescale = false; // it would be read as that of the result
  made.doubleRound =
      (made.rescale || made.a.rescale || made.b.rescale) && below(2);
  if (made.toWords)
    return made;
  made.outMin = below(256) - 128;
  made.outMax = std::min(255, made.outMin + below(256));
  made.outZp = below(384) - 128;
  if (below(4) == 0)
    for (int i = 0; i < 256; ++i)
      made.table.push_back(static_cast<uint8_t>(random()));
  return made;
}

void expectSame(const Arithmetic &a, const Arithmetic &b) {
  for (auto row : {&Arithmetic::a, &Arithmetic::b}) {
    EXPECT_EQ((a.*row).type, (b.*row).type);
    EXPECT_EQ((a.*row).zeroPoint, (b.*row).zeroPoint);
    EXPECT_EQ((a.*row).rescale, (b.*row).rescale);
  }
  EXPECT_EQ(a.bias, b.bias);
  EXPECT_EQ(a.op, b.op);
  EXPECT_EQ(a.rescale, b.rescale);
  EXPECT_EQ(a.doubleRound, b.doubleRound);
  EXPECT_EQ(a.toWords, b.toWords);
  EXPECT_EQ(a.outZp, b.outZp);
  EXPECT_EQ(a.outMin, b.outMin);
  EXPECT_EQ(a.outMax, b.outMax);
  EXPECT_EQ(a.table, b.table);
}

/// Appends an op to a region and returns the number of its scalar.
uint16_t add(image::RegionT &region, ScalarOp op, DType type,
             std::vector<uint16_t> operands, uint64_t bits = 0) {
  auto made = std::make_unique<image::InstructionT>();
  made->op = op;
  made->dtype = type;
  made->operands = std::move(operands);
  made->bits = bits;
  region.instructions.push_back(std::move(made));
  return static_cast<uint16_t>(region.parameters.size() +
                               region.instructions.size() - 1);
}

/// rescale(x, multiplier, shift) straight to i8, with zero point 3.
image::RegionT directRescale() {
  image::RegionT region;
  region.parameters = {DType::i32, DType::i32, DType::i8};
  const uint16_t shift = add(region, ScalarOp::cast, DType::i32, {2});
  const uint16_t zero = add(region, ScalarOp::constant, DType::i8, {}, 3);
  region.results = {add(region, ScalarOp::rescale_tosa_double, DType::i8,
                        {0, 1, shift, zero})};
  return region;
}

/// The region of the one map of an image.
gp_image_region regionOf(const Image &image) {
  const gp_image_body body = gp_image_program_body(gp_image_root(image.data()));
  return gp_image_map_region(gp_image_op_as_map(gp_image_body_ops_at(body, 0)));
}

/// An image with a map of \p region.
Image imageOf(const image::RegionT &region) {
  auto op = std::make_unique<image::OpT>();
  image::MapT map;
  map.region = std::make_unique<image::RegionT>(region);
  op->attributes.Set(std::move(map));
  image::ProgramT program;
  program.body = std::make_unique<image::BodyT>();
  program.body->ops.push_back(std::move(op));
  flatbuffers::FlatBufferBuilder builder;
  image::FinishProgramBuffer(builder, image::Program::Pack(builder, &program));
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

/// An image with a map of what \p arithmetic is written as.
Image imageOf(const Arithmetic &arithmetic) {
  glue::Writer w;
  gp_image_map_fields map = gp_image_map_defaults();
  gp_image_op_fields op = gp_image_op_defaults();
  gp_image_body_fields body = gp_image_body_defaults();
  gp_image_program_fields program = gp_image_program_defaults();
  map.region = writeRegion(w, arithmetic);
  op.attributes_type = gp_image_attributes_map;
  op.attributes = gp_image_write_map(w, &map);
  const gp_ref ops[] = {gp_image_write_op(w, &op)};
  body.ops = ops;
  body.ops_count = 1;
  program.body = gp_image_write_body(w, &body);
  return glue::copyOf(gp_image_finish(w, gp_image_write_program(w, &program)));
}

std::string problemOf(const image::RegionT &region,
                      const std::vector<bool> &isRow) {
  const Image image = imageOf(region);
  const auto read = readRegion(regionOf(image), isRow);
  return read ? "" : read.message();
}

} // namespace

TEST(ArithmeticTest, IsReadAsItWasWritten) {
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    const Arithmetic from = randomArithmetic(random);
    const Image image = imageOf(from);
    const auto read = readRegion(regionOf(image), rowsOf(from));
    ASSERT_TRUE(read) << i << ": " << read.message();
    expectSame(read->arithmetic, from);
    const std::vector<Role> roles = rolesOf(from);
    for (size_t k = 0; k < roles.size(); ++k)
      EXPECT_EQ(read->parameters[static_cast<size_t>(roles[k])],
                static_cast<int>(k));
    if (HasFailure())
      FAIL() << "case " << i;
  }
}

TEST(ArithmeticTest, TakesRescalesStraightToBytes) {
  const Image image = imageOf(directRescale());
  const auto read = readRegion(regionOf(image), {true, false, false});
  ASSERT_TRUE(read) << read.message();
  EXPECT_TRUE(read->arithmetic.rescale);
  EXPECT_TRUE(read->arithmetic.doubleRound);
  EXPECT_EQ(read->arithmetic.outZp, 3);
  EXPECT_EQ(read->arithmetic.outMin, -128);
  EXPECT_EQ(read->arithmetic.outMax, 127);
}

TEST(ArithmeticTest, RefusesWhatOnePassCannotDo) {
  EXPECT_THAT(problemOf(directRescale(), {true, true, false}),
              testing::HasSubstr("the same for all rows"));

  // Wraps, where the unit limits.
  image::RegionT wraps;
  wraps.parameters = {DType::i32};
  wraps.results = {add(wraps, ScalarOp::cast, DType::i8, {0})};
  EXPECT_THAT(problemOf(wraps, {true}),
              testing::HasSubstr("needs results limited to a byte"));

  image::RegionT negative;
  negative.parameters = {DType::i32};
  negative.results = {add(negative, ScalarOp::neg, DType::i32, {0})};
  EXPECT_EQ(problemOf(negative, {true}), "cannot do neg in this place");

  image::RegionT unused = directRescale();
  unused.results = {0};
  EXPECT_EQ(problemOf(unused, {true, false, false}),
            "has a parameter without a use");

  image::RegionT mixed;
  mixed.parameters = {DType::i32, DType::i32, DType::i8, DType::i32, DType::i8};
  const uint16_t zero = add(mixed, ScalarOp::constant, DType::i32, {}, 0);
  const uint16_t inner =
      add(mixed, ScalarOp::rescale_tosa_single, DType::i32,
          {0, 1, add(mixed, ScalarOp::cast, DType::i32, {2}), zero});
  mixed.results = {
      add(mixed, ScalarOp::rescale_tosa_double, DType::i32,
          {inner, 3, add(mixed, ScalarOp::cast, DType::i32, {4}), zero})};
  EXPECT_EQ(problemOf(mixed, {true, false, false, false, false}),
            "mixes rescales that round once and twice");
}
