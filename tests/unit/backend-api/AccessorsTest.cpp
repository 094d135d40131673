// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the generated C accessors read is what the FlatBuffers library wrote.

#include "tests/unit/backend-api/Images.h"

#include <glowplug/image.h>

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// A region (x, y) -> max(x + y, constant).
flatbuffers::Offset<fb::Region>
makeRegion(flatbuffers::FlatBufferBuilder &builder) {
  std::vector<uint16_t> both = {0, 1}, none, last = {2, 3}, result = {4};
  std::vector<flatbuffers::Offset<fb::Instruction>> instructions = {
      fb::CreateInstructionDirect(builder, fb::ScalarOp::add, fb::DType::f32,
                                  &both),
      fb::CreateInstructionDirect(builder, fb::ScalarOp::constant,
                                  fb::DType::f32, &none, 0xdeadbeef12345678u),
      fb::CreateInstructionDirect(builder, fb::ScalarOp::max, fb::DType::f32,
                                  &last)};
  std::vector<uint8_t> parameters = {static_cast<uint8_t>(fb::DType::f32),
                                     static_cast<uint8_t>(fb::DType::f32)};
  auto types = builder.CreateVector(parameters);
  auto code = builder.CreateVector(instructions);
  auto results = builder.CreateVector(result);
  fb::RegionBuilder region(builder);
  region.add_parameters(
      flatbuffers::Offset<flatbuffers::Vector<fb::DType>>(types.o));
  region.add_instructions(code);
  region.add_results(results);
  return region.Finish();
}

TEST(AccessorsTest, ReadScalarsVectorsAndDefaults) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<int64_t> strides = {2, INT64_MIN}, pads = {0, -5};
  std::vector<int32_t> zeroPoints = {-128};
  auto conv = fb::CreateConvDirect(builder, &strides, &pads, nullptr, nullptr,
                                   1, &zeroPoints);
  std::vector<uint32_t> operands = {7, 4294967295u}, results = {9};
  std::vector<flatbuffers::Offset<fb::Op>> ops = {
      fb::CreateOpDirect(builder, fb::Attributes::Conv, conv.Union(), 3,
                         &operands, &results, "layer1/conv"),
      fb::CreateOp(builder)};
  std::vector<uint8_t> image = finishImage(
      builder, fb::CreateBodyDirect(builder, nullptr, nullptr, nullptr, &ops));

  gp_image_program program = gp_image_root(image.data());
  ASSERT_NE(program.p, nullptr);
  EXPECT_EQ(gp_image_program_container_version(program), 1u);
  gp_image_body body = gp_image_program_body(program);
  ASSERT_EQ(gp_image_body_ops_count(body), 2u);

  gp_image_op op = gp_image_body_ops_at(body, 0);
  EXPECT_EQ(gp_image_op_version(op), 3);
  EXPECT_STREQ(gp_image_op_name(op), "layer1/conv");
  ASSERT_EQ(gp_image_op_operands_count(op), 2u);
  EXPECT_EQ(gp_image_op_operands_at(op, 0), 7u);
  EXPECT_EQ(gp_image_op_operands_at(op, 1), 4294967295u);
  EXPECT_EQ(gp_image_op_operands_at(op, 2), 0u) << "past the end";
  EXPECT_EQ(gp_image_op_attributes_type(op), gp_image_attributes_conv);
  EXPECT_EQ(gp_image_op_as_map(op).p, nullptr);
  gp_image_conv read = gp_image_op_as_conv(op);
  ASSERT_NE(read.p, nullptr);
  EXPECT_EQ(gp_image_conv_strides_at(read, 1), INT64_MIN);
  EXPECT_EQ(gp_image_conv_pads_low_at(read, 1), -5);
  EXPECT_EQ(gp_image_conv_pads_high_count(read), 0u);
  EXPECT_EQ(gp_image_conv_groups(read), 1) << "the default";
  EXPECT_EQ(gp_image_conv_lhs_zp_at(read, 0), -128);
  EXPECT_EQ(gp_image_conv_epilogue(read).p, nullptr);

  gp_image_op empty = gp_image_body_ops_at(body, 1);
  ASSERT_NE(empty.p, nullptr);
  EXPECT_EQ(gp_image_op_version(empty), 1);
  EXPECT_STREQ(gp_image_op_name(empty), "");
  EXPECT_EQ(gp_image_op_attributes_type(empty), gp_image_attributes_none);
  EXPECT_EQ(gp_image_body_ops_at(body, 2).p, nullptr) << "past the end";
}

TEST(AccessorsTest, ReadRegionsOfEnums) {
  flatbuffers::FlatBufferBuilder builder;
  auto map = fb::CreateMap(builder, makeRegion(builder));
  std::vector<flatbuffers::Offset<fb::Op>> ops = {
      fb::CreateOp(builder, fb::Attributes::Map, map.Union())};
  std::vector<uint8_t> image = finishImage(
      builder, fb::CreateBodyDirect(builder, nullptr, nullptr, nullptr, &ops));
  gp_image_op op = gp_image_body_ops_at(
      gp_image_program_body(gp_image_root(image.data())), 0);
  gp_image_region region = gp_image_map_region(gp_image_op_as_map(op));
  ASSERT_EQ(gp_image_region_parameters_count(region), 2u);
  EXPECT_EQ(gp_image_region_parameters_at(region, 1), gp_image_dtype_f32);
  ASSERT_EQ(gp_image_region_instructions_count(region), 3u);
  gp_image_instruction add = gp_image_region_instructions_at(region, 0);
  EXPECT_EQ(gp_image_instruction_op(add), gp_image_scalar_op_add);
  EXPECT_EQ(gp_image_instruction_operands_at(add, 1), 1);
  gp_image_instruction constant = gp_image_region_instructions_at(region, 1);
  EXPECT_EQ(gp_image_instruction_bits(constant), 0xdeadbeef12345678u);
  EXPECT_EQ(gp_image_instruction_operands_count(constant), 0u);
  EXPECT_EQ(gp_image_region_results_at(region, 0), 4);
}

TEST(AccessorsTest, ReadBytesStringsAndFloats) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<uint8_t> data = {1, 2, 250};
  auto constant = fb::CreateConstantDirect(builder, true, &data);
  std::vector<double> floats = {0.1, -1e300};
  std::vector<flatbuffers::Offset<fb::Attribute>> attributes = {
      fb::CreateAttributeDirect(builder, "epsilon", nullptr, &floats),
      fb::CreateAttributeDirect(builder, "mode", nullptr, nullptr, "same")};
  auto composite =
      fb::CreateCompositeDirect(builder, "softmax", &attributes, 2);
  std::vector<flatbuffers::Offset<fb::Op>> ops = {
      fb::CreateOp(builder, fb::Attributes::Constant, constant.Union()),
      fb::CreateOp(builder, fb::Attributes::Composite, composite.Union())};
  auto body = fb::CreateBodyDirect(builder, nullptr, nullptr, nullptr, &ops);
  std::vector<flatbuffers::Offset<flatbuffers::String>> features = {
      builder.CreateString("alpha"), builder.CreateString("beta")};
  builder.Finish(fb::CreateProgramDirect(builder, 1, 1, &features, "net", body),
                 fb::ProgramIdentifier());

  gp_image_program program = gp_image_root(builder.GetBufferPointer());
  ASSERT_EQ(gp_image_program_required_features_count(program), 2u);
  EXPECT_STREQ(gp_image_program_required_features_at(program, 1), "beta");
  EXPECT_STREQ(gp_image_program_required_features_at(program, 2), "");
  gp_image_body read = gp_image_program_body(program);
  gp_image_constant first =
      gp_image_op_as_constant(gp_image_body_ops_at(read, 0));
  EXPECT_TRUE(gp_image_constant_splat(first));
  EXPECT_EQ(gp_image_constant_segment(first), -1) << "the default";
  ASSERT_EQ(gp_image_constant_data_count(first), 3u);
  EXPECT_EQ(gp_image_constant_data_data(first)[2], 250);
  gp_image_composite second =
      gp_image_op_as_composite(gp_image_body_ops_at(read, 1));
  EXPECT_STREQ(gp_image_composite_name(second), "softmax");
  EXPECT_EQ(gp_image_composite_body(second), 2u);
  gp_image_attribute epsilon = gp_image_composite_attributes_at(second, 0);
  EXPECT_EQ(gp_image_attribute_floats_at(epsilon, 1), -1e300);
  EXPECT_STREQ(gp_image_attribute_text(epsilon), "");
  EXPECT_STREQ(
      gp_image_attribute_text(gp_image_composite_attributes_at(second, 1)),
      "same");
}

TEST(AccessorsTest, NumberUnionMembersAndEnumsAsTheLibraryDoes) {
  for (fb::Attributes kind : fb::EnumValuesAttributes()) {
    std::string name = gp_image_attributes_name(
        static_cast<gp_image_attributes>(static_cast<int>(kind)));
    EXPECT_NE(name, "?") << fb::EnumNameAttributes(kind);
  }
  for (fb::ScalarOp op : fb::EnumValuesScalarOp())
    EXPECT_STREQ(gp_image_scalar_op_name(
                     static_cast<gp_image_scalar_op>(static_cast<int>(op))),
                 fb::EnumNameScalarOp(op));
  EXPECT_STREQ(gp_image_attributes_name(
                   static_cast<gp_image_attributes>(fb::Attributes::MAX)),
               "loop");
  EXPECT_STREQ(gp_image_attributes_name(static_cast<gp_image_attributes>(
                   static_cast<int>(fb::Attributes::MAX) + 1)),
               "?");
}

TEST(AccessorsTest, AnswerForAbsentTables) {
  EXPECT_EQ(gp_image_root(nullptr).p, nullptr);
  const char other[16] = "????NOPE";
  EXPECT_EQ(gp_image_root(other).p, nullptr);
  gp_image_op op = {nullptr};
  EXPECT_EQ(gp_image_op_version(op), 1);
  EXPECT_EQ(gp_image_op_operands_count(op), 0u);
  EXPECT_EQ(gp_image_op_as_conv(op).p, nullptr);
  EXPECT_STREQ(gp_image_op_name(op), "");
  EXPECT_EQ(gp_image_constant_data_data(gp_image_op_as_constant(op)), nullptr);
}

} // namespace
