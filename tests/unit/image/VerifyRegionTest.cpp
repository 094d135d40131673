// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The verifier on regions. Which types each scalar op takes is compared with
// the interpreter in tests/unit/reference.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

/// A map of (f32, i8, boolean) whose region has one instruction, add(0, 0).
class VerifyRegionTest : public ::testing::Test {
protected:
  VerifyRegionTest() {
    std::vector<ValueId> inputs;
    const std::vector<DType> types = {DType::f32, DType::i8, DType::boolean};
    for (DType type : types)
      inputs.push_back(b.input("x", type, {2}));
    RegionBuilder region(types);
    ScalarId x = region.parameter(0);
    region.yield(region.add(x, x));
    b.output(b.map(region, inputs)[0]);
  }

  image::RegionT &region() { return *b.lastOp().attributes.AsMap()->region; }
  image::InstructionT &instruction() { return *region().instructions[0]; }

  /// The message for the one instruction \p op of type \p dtype.
  std::string instructionError(ScalarOp op, DType dtype,
                               std::vector<uint16_t> operands,
                               uint64_t bits = 0) {
    instruction().op = op;
    instruction().dtype = toImage(dtype);
    instruction().operands = std::move(operands);
    instruction().bits = bits;
    region().results = {3};
    std::string error = verifyError(b);
    const std::string head = "op 0 '' (Map): region: ";
    EXPECT_EQ(error.substr(0, head.size()), head);
    return error.substr(head.size());
  }

  ProgramBuilder b{"region"};
};

TEST_F(VerifyRegionTest, RefusesUnknownNumbers) {
  EXPECT_EQ(verifyError(b), "");
  EXPECT_EQ(instructionError(ScalarOp::none, DType::f32, {}),
            "instruction 0: needs a known scalar op, but got 0");
  EXPECT_EQ(instructionError(static_cast<ScalarOp>(2), DType::f32, {}),
            "instruction 0: needs a known scalar op, but got 2");
  EXPECT_EQ(instructionError(static_cast<ScalarOp>(200), DType::f32, {}),
            "instruction 0: needs a known scalar op, but got 200");
  EXPECT_EQ(instructionError(ScalarOp::add, DType::none, {0, 0}),
            "instruction 0 (add): needs a known type, but got 0");
  EXPECT_EQ(instructionError(ScalarOp::add, static_cast<DType>(99), {0, 0}),
            "instruction 0 (add): needs a known type, but got 99");
}

TEST_F(VerifyRegionTest, RefusesScalarsNotDefinedBefore) {
  EXPECT_EQ(instructionError(ScalarOp::add, DType::f32, {0, 3}),
            "instruction 0 (add): needs an operand defined before, below 3, "
            "but got 3");
  instruction().operands = {0, 0};
  region().results = {4};
  EXPECT_EQ(verifyError(b),
            "op 0 '' (Map): region: needs result 0 below 4, but got 4");
  region().results = {1};
  EXPECT_EQ(
      verifyError(b),
      "op 0 '' (Map): needs a region that yields (f32), but it yields (i8)");
}

TEST_F(VerifyRegionTest, RefusesOtherOperandCounts) {
  EXPECT_EQ(instructionError(ScalarOp::add, DType::f32, {0}),
            "instruction 0 (add): needs 2 operands, but got 1");
  EXPECT_EQ(instructionError(ScalarOp::neg, DType::f32, {}),
            "instruction 0 (neg): needs 1 operands, but got 0");
  EXPECT_EQ(instructionError(ScalarOp::select, DType::f32, {2, 0}),
            "instruction 0 (select): needs 3 operands, but got 2");
  EXPECT_EQ(instructionError(ScalarOp::constant, DType::f32, {0}),
            "instruction 0 (constant): needs 0 operands, but got 1");
}

TEST_F(VerifyRegionTest, RefusesOtherTypes) {
  EXPECT_EQ(instructionError(ScalarOp::add, DType::f32, {0, 1}),
            "instruction 0 (add): needs operand 1 of type f32, but got i8");
  EXPECT_EQ(
      instructionError(ScalarOp::add, DType::boolean, {2, 2}),
      "instruction 0 (add): needs operand 0 of a number, but got boolean");
  EXPECT_EQ(instructionError(ScalarOp::exp, DType::i8, {1}),
            "instruction 0 (exp): needs operand 0 of a float, but got i8");
  EXPECT_EQ(
      instructionError(ScalarOp::shift_left, DType::f32, {0, 0}),
      "instruction 0 (shift_left): needs operand 0 of an integer, but got f32");
  EXPECT_EQ(instructionError(ScalarOp::bit_and, DType::f32, {0, 0}),
            "instruction 0 (bit_and): needs operand 0 of an integer or "
            "boolean, but got f32");
  EXPECT_EQ(instructionError(ScalarOp::is_nan, DType::boolean, {1}),
            "instruction 0 (is_nan): needs operand 0 of a float, but got i8");
  EXPECT_EQ(instructionError(ScalarOp::lt, DType::f32, {0, 0}),
            "instruction 0 (lt): needs a result of boolean, but got f32");
  EXPECT_EQ(instructionError(ScalarOp::select, DType::f32, {0, 0, 0}),
            "instruction 0 (select): needs operand 0 of boolean, but got f32");
  EXPECT_EQ(instructionError(ScalarOp::quantize, DType::i8, {0, 1, 1}),
            "instruction 0 (quantize): needs operand 1 of a float, but got i8");
  EXPECT_EQ(instructionError(ScalarOp::quantize, DType::i8, {0, 0, 2}),
            "instruction 0 (quantize): needs operand 2 of an integer, but got "
            "boolean");
  EXPECT_EQ(instructionError(ScalarOp::dequantize, DType::f32, {1, 0, 2}),
            "instruction 0 (dequantize): needs operand 2 of an integer, but "
            "got boolean");
  EXPECT_EQ(
      instructionError(ScalarOp::dequantize, DType::f16, {1, 0, 1}),
      "instruction 0 (dequantize): needs a result of type f32, but got f16");
}

TEST_F(VerifyRegionTest, RefusesStrayBits) {
  EXPECT_EQ(instructionError(ScalarOp::constant, DType::f16, {}, 0x10000),
            "instruction 0 (constant): needs bits of 2 bytes, but got 0x10000");
  EXPECT_EQ(instructionError(ScalarOp::constant, DType::boolean, {}, 2),
            "instruction 0 (constant): needs a boolean of 0 or 1, but got 2");
  EXPECT_EQ(instructionError(ScalarOp::add, DType::f32, {0, 0}, 1),
            "instruction 0 (add): needs bits of 0, but got 0x1");
}

TEST_F(VerifyRegionTest, RefusesRescalesOfOtherTypes) {
  EXPECT_EQ(
      instructionError(ScalarOp::rescale_fp32_rne, DType::i8, {1, 0, 1}),
      "instruction 0 (rescale_fp32_rne): needs operand 0 of i32, but got i8");
  EXPECT_EQ(instructionError(ScalarOp::rescale_fp32_rne, DType::i8, {1, 0}),
            "instruction 0 (rescale_fp32_rne): needs 3 operands, but got 2");
  EXPECT_EQ(
      instructionError(ScalarOp::rescale_tosa_single, DType::i8, {1, 0, 1}),
      "instruction 0 (rescale_tosa_single): needs 4 operands, but got 3");
}

/// A map from i32 x, f32 scale and i8 zp with one rescale to \p result.
static std::string rescaleError(ScalarOp op, DType result,
                                llvm::ArrayRef<uint16_t> operands) {
  ProgramBuilder b("rescale");
  RegionBuilder region({DType::i32, DType::f32, DType::i8});
  llvm::SmallVector<ScalarId> scalars;
  for (uint16_t operand : operands)
    scalars.push_back({operand});
  region.yield(region.instruction(op, result, scalars));
  b.output(b.map(region, {b.input("x", DType::i32, {4}),
                          b.input("scale", DType::f32, {4}),
                          b.input("zp", DType::i8, {4})})[0]);
  return verifyError(b);
}

TEST_F(VerifyRegionTest, KnowsTheTypesOfRescales) {
  const std::string at = "op 0 '' (Map): region: instruction 0 ";
  EXPECT_EQ(rescaleError(ScalarOp::rescale_fp32_rne, DType::i8, {0, 1, 2}), "");
  EXPECT_EQ(
      rescaleError(ScalarOp::rescale_tosa_double, DType::i32, {0, 0, 0, 0}),
      "");
  EXPECT_EQ(rescaleError(ScalarOp::rescale_fp32_rne, DType::i8, {0, 0, 2}),
            at + "(rescale_fp32_rne): needs operand 1 of f32, but got i32");
  EXPECT_EQ(rescaleError(ScalarOp::rescale_fp32_rne, DType::i32, {0, 1, 0}),
            at + "(rescale_fp32_rne): needs operand 2 of an integer of 8 "
                 "or 16 bits, but got i32");
  EXPECT_EQ(rescaleError(ScalarOp::rescale_fp32_rne, DType::u8, {0, 1, 2}),
            at + "(rescale_fp32_rne): needs a result of type i8, but got "
                 "u8");
  EXPECT_EQ(
      rescaleError(ScalarOp::rescale_tosa_single, DType::i8, {0, 1, 0, 2}),
      at + "(rescale_tosa_single): needs operand 1 of i32, but got "
           "f32");
  EXPECT_EQ(
      rescaleError(ScalarOp::rescale_tosa_single, DType::i8, {0, 0, 2, 2}),
      at + "(rescale_tosa_single): needs operand 2 of i32, but got i8");
}

TEST_F(VerifyRegionTest, RefusesOtherTables) {
  EXPECT_EQ(instructionError(ScalarOp::table, DType::i8, {0}),
            "instruction 0 (table): needs operand 0 of i8 or u8, but got f32");
  EXPECT_EQ(
      instructionError(ScalarOp::table, DType::boolean, {1}),
      "instruction 0 (table): needs a result of a number, but got boolean");
  EXPECT_EQ(instructionError(ScalarOp::table, DType::i16, {1}),
            "instruction 0 (table): needs a table of 512 bytes, but got 0");
  instruction().table.resize(256);
  EXPECT_EQ(instructionError(ScalarOp::table, DType::i16, {1}),
            "instruction 0 (table): needs a table of 512 bytes, but got 256");
  EXPECT_EQ(instructionError(ScalarOp::neg, DType::i8, {1}),
            "instruction 0 (neg): needs a table of 0 bytes, but got 256");
}

TEST_F(VerifyRegionTest, RefusesMoreScalarsThanNumbers) {
  const image::InstructionT one = instruction();
  for (int i = 0; i < 65533; ++i)
    region().instructions.push_back(std::make_unique<image::InstructionT>(one));
  EXPECT_EQ(verifyError(b),
            "op 0 '' (Map): region: needs at most 65536 scalars, but got "
            "65537");
  region().instructions.pop_back();
  EXPECT_EQ(verifyError(b), "");
}

} // namespace
