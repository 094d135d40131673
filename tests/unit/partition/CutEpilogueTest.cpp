// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where epilogues are cut, and that results stay.

#include "core/image/Writer.h"
#include "core/image/image_generated.h"
#include "core/lowering/SplitEpilogue.h"
#include "core/prim/Build.h"
#include "core/prim/Epilogue.h"
#include "core/reference/Interpreter.h"
#include "tests/unit/partition/Testing.h"

#include "mlir/IR/Verifier.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using namespace mlir;

namespace {

using Names = std::vector<std::string>;

// Bias and rescale to a first byte; a sum with another tensor to a second; its
// real value times a third operand. The scale is read before and after it.
const char *const residual = R"(
func.func @main(%x: tensor<16x4xi8>, %r: tensor<16x3xui8>, %k: tensor<1x3xf32>) -> tensor<16x3xf32> {
  %w = prim.constant dense<[[3, -7, 2], [1, 4, -5], [9, 2, 6], [-3, 8, 1]]> : tensor<4x3xi8>
  %bias = prim.constant dense<[[5, -90, 17]]> : tensor<1x3xi32>
  %m = prim.constant dense<[[1610612736, 1342177280, 2013265920]]> : tensor<1x3xi32>
  %y = prim.matmul %x, %w lhs_zp [2] : tensor<16x4xi8>, tensor<4x3xi8> -> tensor<16x3xf32>
      epilogue(%bias, %m, %r, %k : tensor<1x3xi32>, tensor<1x3xi32>, tensor<16x3xui8>, tensor<1x3xf32>) {
  ^bb0(%acc: i32, %b: i32, %mul: i32, %other: ui8, %scale: f32):
    %zp = prim.scalar_constant 128 : ui8
    %shift = prim.scalar_constant 36 : i32
    %sum = prim.scalar add(%acc, %b) : (i32, i32) -> i32
    %first = prim.scalar rescale_tosa_single(%sum, %mul, %shift, %zp) : (i32, i32, i32, ui8) -> ui8
    %wide = prim.scalar cast(%first) : (ui8) -> i32
    %added = prim.scalar cast(%other) : (ui8) -> i32
    %both = prim.scalar add(%wide, %added) : (i32, i32) -> i32
    %half = prim.scalar_constant 1073741824 : i32
    %by = prim.scalar_constant 31 : i32
    %none = prim.scalar_constant 0 : ui8
    %second = prim.scalar rescale_tosa_single(%both, %half, %by, %none) : (i32, i32, i32, ui8) -> ui8
    %real = prim.scalar dequantize(%second, %scale, %zp) : (ui8, f32, ui8) -> f32
    %scaled = prim.scalar mul(%real, %scale) : (f32, f32) -> f32
    prim.yield %scaled : f32
  }
  return %y : tensor<16x3xf32>
})";

// The byte is not all that the result knows of the sum.
const char *const bypass = R"(
func.func @main(%x: tensor<16x4xi8>, %r: tensor<16x3xui8>, %k: tensor<1x3xf32>) -> tensor<16x3xf32> {
  %w = prim.constant dense<1> : tensor<4x3xi8>
  %y = prim.matmul %x, %w : tensor<16x4xi8>, tensor<4x3xi8> -> tensor<16x3xf32>
      epilogue(%k : tensor<1x3xf32>) {
  ^bb0(%acc: i32, %scale: f32):
    %zp = prim.scalar_constant 0 : i8
    %byte = prim.scalar cast(%acc) : (i32) -> i8
    %real = prim.scalar dequantize(%byte, %scale, %zp) : (i8, f32, i8) -> f32
    %all = prim.scalar cast(%acc) : (i32) -> f32
    %sum = prim.scalar add(%real, %all) : (f32, f32) -> f32
    prim.yield %sum : f32
  }
  return %y : tensor<16x3xf32>
})";

std::vector<Tensor> inputs() {
  std::vector<int8_t> x;
  std::vector<uint8_t> r;
  for (int i = 0; i < 64; ++i)
    x.push_back(static_cast<int8_t>(i * 37 % 256 - 128));
  for (int i = 0; i < 48; ++i)
    r.push_back(static_cast<uint8_t>(i * 91));
  return {Tensor::of<int8_t>({16, 4}, x), Tensor::of<uint8_t>({16, 3}, r),
          Tensor::of<float>({1, 3}, {0.125F, 3.0F, -0.7F})};
}

std::vector<float> run(Program &program) {
  EXPECT_TRUE(succeeded(verify(*program.module)));
  llvm::Expected<Image> image = writeImage(program.main(), {});
  if (!image) {
    ADD_FAILURE() << message(image.takeError());
    return {};
  }
  llvm::Expected<std::vector<Tensor>> outputs = interpret(
      *image::GetProgram(image->bytes.data()), inputs(), image->segments);
  if (!outputs) {
    ADD_FAILURE() << message(outputs.takeError());
    return {};
  }
  return outputs->front().elements<float>().vec();
}

Operation *matmulOf(Program &program) {
  return *program.main().getOps<prim::MatMulOp>().begin();
}

/// The scalar ops of a region that are not constants.
Names scalars(Region &region) {
  Names names;
  for (auto op : region.getOps<prim::ScalarOp>())
    names.push_back(prim::stringifyScalarKind(op.getKind()).str());
  return names;
}

} // namespace

TEST(CutEpilogue, CutsBehindTheLastByteThenBeforeItThenAll) {
  Program program(residual);
  const std::vector<float> expected = run(program);

  SplitOps ops = cutEpilogue(matmulOf(program));
  EXPECT_TRUE(prim::elementOf(ops.plain->getResult(0)).isUnsignedInteger(8));
  EXPECT_EQ(scalars(ops.plain->getRegion(0)),
            (Names{"add", "rescale_tosa_single", "cast", "cast", "add",
                   "rescale_tosa_single"}));
  EXPECT_EQ(ops.plain->getNumOperands(), 5u); // not the scale
  EXPECT_EQ(scalars(ops.map.getBody()), (Names{"dequantize", "mul"}));
  EXPECT_EQ(ops.map->getNumOperands(), 2u);
  EXPECT_EQ(run(program), expected);

  ops = cutEpilogue(ops.plain);
  EXPECT_TRUE(prim::elementOf(ops.plain->getResult(0)).isUnsignedInteger(8));
  EXPECT_EQ(scalars(ops.plain->getRegion(0)),
            (Names{"add", "rescale_tosa_single"}));
  EXPECT_EQ(ops.plain->getNumOperands(), 4u);
  EXPECT_EQ(scalars(ops.map.getBody()),
            (Names{"cast", "cast", "add", "rescale_tosa_single"}));
  EXPECT_EQ(ops.map->getNumOperands(), 2u);
  EXPECT_EQ(run(program), expected);

  ops = cutEpilogue(ops.plain);
  EXPECT_EQ(prim::epilogueOf(ops.plain), nullptr);
  EXPECT_EQ(ops.plain->getNumOperands(), 2u);
  EXPECT_EQ(ops.map->getNumOperands(), 3u);
  EXPECT_EQ(run(program), expected);
}

TEST(CutEpilogue, TakesAllWhereMoreThanTheByteCounts) {
  Program program(bypass);
  const std::vector<float> expected = run(program);
  const SplitOps ops = cutEpilogue(matmulOf(program));
  EXPECT_EQ(prim::epilogueOf(ops.plain), nullptr);
  EXPECT_EQ(run(program), expected);
}

TEST(CutEpilogue, EachRefusalCutsOnceMore) {
  for (size_t most : {2, 1, 0}) {
    Program program(residual);
    auto judge = [most](const Question &question) {
      if (question.kind != "MatMul")
        return no();
      const auto rescales = static_cast<size_t>(
          llvm::count(question.scalars, "rescale_tosa_single"));
      if (llvm::is_contained(question.scalars, "dequantize") || rescales > most)
        return no("too much behind it", /*splitEpilogue=*/true);
      return yes();
    };
    llvm::Expected<PartitionResult> result =
        program.partition({std::make_shared<FakeBackend>("fake", judge)});
    ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
    ASSERT_EQ(result->partitions.size(), 2u);
    EXPECT_EQ(result->partitions[0].backend, 0u);
    EXPECT_EQ(result->rewrites.size(), 3 - most);
    EXPECT_EQ(result->partitions[1].opCount, 3 - most);
    EXPECT_EQ(prim::elementOf(result->partitions[0].outputs[0])
                  .getIntOrFloatBitWidth(),
              most == 0 ? 32u : 8u);
  }
}
