// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole programs on the tiled kernels against the same programs on the generic
// loop nests.

#include "backends/cpu/compiler/LowerProgram.h"
#include "backends/cpu/compiler/codegen/EmitObject.h"
#include "backends/cpu/compiler/lower/Lowering.h"
#include "backends/cpu/compiler/lower/WriteBlob.h"
#include "backends/cpu/runtime/Executable.h"
#include "tests/unit/backends/cpu/compiler/RandomProgram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

namespace glowplug::cpu::test {
namespace {

struct Outcome {
  std::vector<std::vector<float>> outputs;
  size_t steps = 0;
};

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

Memory allocateAligned(uint64_t bytes) {
  Memory memory(std::aligned_alloc(64, (bytes + 64) / 64 * 64));
  // Scratch memory is filled with NaN, so that a read of too much shows.
  std::fill_n(static_cast<float *>(memory.get()), bytes / 4, NAN);
  return memory;
}

Outcome run(const Program &program, const Target &target, bool tiled,
            const std::vector<float> &input, unsigned threads,
            bool checked = false) {
  CompileOptions options;
  options.useTiledKernels = tiled;
  options.checkAccesses = checked;
  Lowering l(program, target, options, {});
  lowerProgram(l);
  cantFail(finishKernels(l));
  const Placement placement = cantFail(placeBuffers(l));
  const auto object = cantFail(emitObject(l.module, target));
  const std::vector<uint8_t> blob = writeBlob(l, placement, object);

  std::vector<Memory> segments;
  std::vector<llvm::ArrayRef<uint8_t>> segmentBytes;
  for (const std::vector<uint8_t> &segment : l.madeSegments) {
    segments.push_back(allocateAligned(segment.size()));
    auto *to = static_cast<uint8_t *>(segments.back().get());
    std::copy(segment.begin(), segment.end(), to);
    segmentBytes.push_back({to, segment.size()});
  }
  // Code reads the blob where it lies, so that must be aligned.
  Memory blobMemory = allocateAligned(blob.size());
  auto *blobBytes = static_cast<uint8_t *>(blobMemory.get());
  std::copy(blob.begin(), blob.end(), blobBytes);
  auto executable = cantFail(
      Executable::load({blobBytes, blob.size()}, segmentBytes, threads));

  Memory inputMemory = allocateAligned(input.size() * 4);
  std::copy(input.begin(), input.end(),
            static_cast<float *>(inputMemory.get()));
  std::vector<Memory> outputs;
  std::vector<void *> outputPointers;
  for (ValueId output : program.outputs) {
    outputs.push_back(allocateAligned(program.values[output].bytes()));
    outputPointers.push_back(outputs.back().get());
  }
  const Memory workspace = allocateAligned(placement.workspaceBytes);
  if (llvm::Error error =
          executable->run({inputMemory.get()}, outputPointers, workspace.get()))
    ADD_FAILURE() << toString(std::move(error)) << describe(program);

  Outcome outcome;
  outcome.steps = l.steps.size();
  for (size_t i = 0; i < outputs.size(); ++i) {
    auto *from = static_cast<const float *>(outputPointers[i]);
    outcome.outputs.emplace_back(
        from, from + program.values[program.outputs[i]].elements());
  }
  return outcome;
}

void compareMany(const std::string &cpu, unsigned seed, int count) {
  const Target target = cantFail(Target::create(cpu, ""));
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int i = 0; i < count; ++i) {
    const Program program = randomProgram(random);
    std::vector<float> input(program.values[program.inputs[0]].elements());
    for (float &element : input)
      element = uniform(random);
    const Outcome expected = run(program, target, false, input, 1);
    const Outcome got = run(program, target, true, input, 1 + random() % 2,
                            /*checked=*/random() % 2 == 0);
    for (size_t output = 0; output < expected.outputs.size(); ++output) {
      const std::vector<float> &reference = expected.outputs[output];
      double largest = 0;
      for (float value : reference)
        largest = std::max(largest, std::abs(double(value)));
      ASSERT_TRUE(std::isfinite(largest)) << describe(program);
      for (size_t e = 0; e < reference.size(); ++e)
        ASSERT_LE(std::abs(double(got.outputs[output][e]) - reference[e]),
                  1e-5 * largest + 1e-12)
            << "program " << i << ", output " << output << ", element " << e
            << ": got " << got.outputs[output][e] << ", expected "
            << reference[e] << describe(program);
    }
  }
}

/// stem -> max pool -> convolution + residual -> mean: one step per op, that
/// is, no conversion of layouts in between.
TEST(TiledTest, NetworkNeedsNoConversion) {
  constexpr DType f32 = gp_image_dtype_f32;
  Program program;
  program.values = {{f32, {1, 3, 16, 16}},  {f32, {24, 3, 3, 3}},
                    {f32, {1, 24, 16, 16}}, {f32, {1, 24, 8, 8}},
                    {f32, {24, 24, 3, 3}},  {f32, {1, 24, 8, 8}},
                    {f32, {1, 24, 1, 1}}};
  program.inputs = {0};
  program.outputs = {6};
  const auto splat = [](float value) {
    ConstantOp constant;
    constant.splat = true;
    constant.data.resize(sizeof value);
    std::memcpy(constant.data.data(), &value, sizeof value);
    return constant;
  };
  ConvOp conv;
  conv.strides = conv.dilations = conv.padsLow = conv.padsHigh = {1, 1};
  ConvOp residual = conv;
  residual.epilogue.parameters = {f32, f32};
  residual.epilogue.instructions = {{gp_image_scalar_op_add, f32, {0, 1}, 0}};
  residual.epilogue.results = {2};
  WindowOp pool;
  pool.kind = gp_image_reduce_kind_max;
  pool.sizes = pool.strides = {1, 1, 2, 2};
  pool.padsLow = pool.padsHigh = {0, 0, 0, 0};
  pool.dilations = {1, 1, 1, 1};
  ReduceOp mean;
  mean.kind = gp_image_reduce_kind_sum;
  mean.dims = {2, 3};
  program.ops = {{splat(0.5f), {}, {1}, ""},     {conv, {0, 1}, {2}, ""},
                 {pool, {2}, {3}, ""},           {splat(0.25f), {}, {4}, ""},
                 {residual, {3, 4, 3}, {5}, ""}, {mean, {5}, {6}, ""}};
  const Target target = cantFail(Target::create("host", ""));
  const std::vector<float> input(3 * 16 * 16, 1.0f);
  const Outcome expected = run(program, target, false, input, 1);
  const Outcome got = run(program, target, true, input, 1);
  EXPECT_EQ(got.steps, 4u);
  ASSERT_EQ(got.outputs[0].size(), 24u);
  for (size_t i = 0; i < 24; ++i)
    EXPECT_NEAR(got.outputs[0][i], expected.outputs[0][i],
                1e-5 * expected.outputs[0][i]);
}

/// Kinds of the steps that \p program becomes on \p cpu, whatever this machine
/// is.
std::vector<std::string> kindsOfSteps(const Program &program,
                                      const std::string &cpu = "znver4") {
  const Target target = cantFail(Target::create(cpu, ""));
  Lowering l(program, target, {}, {});
  lowerProgram(l);
  std::vector<std::string> kinds;
  for (const Step &step : l.steps)
    kinds.push_back(l.kernelInfos[step.kernel].name);
  return kinds;
}

/// 8-bit groups of any size need no generic loops.
TEST(TiledTest, BytesInSmallGroups) {
  for (int64_t perGroup : {3, 4, 29}) {
    Program program;
    program.values = {{gp_image_dtype_u8, {1, 3 * perGroup, 5, 5}},
                      {gp_image_dtype_i8, {6, perGroup, 1, 1}},
                      {gp_image_dtype_i32, {1, 6, 5, 5}}};
    program.inputs = {0};
    program.outputs = {2};
    ConstantOp weights;
    weights.splat = true;
    weights.data = {1};
    ConvOp conv;
    conv.strides = conv.dilations = {1, 1};
    conv.padsLow = conv.padsHigh = {0, 0};
    conv.groups = 3;
    program.ops = {{weights, {}, {1}, ""}, {conv, {0, 1}, {2}, ""}};
    EXPECT_EQ(kindsOfSteps(program),
              (std::vector<std::string>{"reorder", "tiled conv", "reorder"}));
  }
}

/// Kinds of the steps of [2, 8, 32] x [2, 32, 24], the right side a transpose.
std::vector<std::string> stepsOfProduct(DType lhs, DType rhs, Ints lhsZero,
                                        Ints rhsZero,
                                        const std::string &cpu = "znver4") {
  Program program;
  program.values = {{lhs, {2, 8, 32}},
                    {rhs, {2, 24, 32}},
                    {rhs, {2, 32, 24}},
                    {gp_image_dtype_i32, {2, 8, 24}}};
  program.inputs = {0, 1};
  program.outputs = {3};
  program.ops = {
      {TransposeOp{{0, 2, 1}}, {1}, {2}, ""},
      {MatMulOp{std::move(lhsZero), std::move(rhsZero), {}}, {0, 2}, {3}, ""}};
  return kindsOfSteps(program, cpu);
}

/// Computed 8-bit operands are read where they lie, and rows are summed only if
/// no choice of signedness makes the right side's zero point vanish.
TEST(TiledTest, ComputedBytesNeedNoCopy) {
  constexpr DType u8 = gp_image_dtype_u8;
  constexpr DType i8 = gp_image_dtype_i8;
  using Steps = std::vector<std::string>;
  const Steps packed{"pack rhs", "tiled matmul"};
  const Steps summed{"pack rhs", "row sums", "tiled matmul"};
  EXPECT_EQ(stepsOfProduct(u8, i8, {7}, {}), packed);
  EXPECT_EQ(stepsOfProduct(i8, i8, {7}, {0}), packed);
  EXPECT_EQ(stepsOfProduct(i8, u8, {}, {}), packed);
  EXPECT_EQ(stepsOfProduct(i8, u8, {}, {128}), packed);
  EXPECT_EQ(stepsOfProduct(u8, u8, {128}, {128}), packed);
  EXPECT_EQ(stepsOfProduct(u8, i8, {7}, {3}), summed);
  EXPECT_EQ(stepsOfProduct(u8, u8, {}, {}), summed);
  EXPECT_EQ(stepsOfProduct(i8, i8, {}, Ints(24, 3)), summed);
  // Without dot products of bytes nothing is ever biased.
  EXPECT_EQ(stepsOfProduct(u8, u8, {}, {}, "haswell"),
            (Steps{"widen rows", "pack rhs", "tiled matmul"}));
  Ints perColumn(24, 3);
  perColumn[5] = 4;
  EXPECT_EQ(stepsOfProduct(u8, i8, {}, perColumn).back(), "matmul");
}

TEST(TiledTest, HostMatchesGeneric) { compareMany("host", 1, 120); }
TEST(TiledTest, BaselineMatchesGeneric) { compareMany("x86-64", 2, 40); }
TEST(TiledTest, Avx2MatchesGeneric) {
  if (!compareRequirement(cantFail(Target::create("haswell", "")).requirement())
           .empty())
    GTEST_SKIP() << "this machine lacks the instructions";
  compareMany("haswell", 3, 40);
}

} // namespace
} // namespace glowplug::cpu::test
