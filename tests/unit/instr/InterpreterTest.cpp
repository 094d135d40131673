// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hand-written schedules against the interpreter of the primitive set, in many
// of the orders that they allow.

#include "core/reference/Interpreter.h"
#include "core/image/Verify.h"
#include "core/reference/instr/Interpreter.h"
#include "tests/unit/instr/Testing.h"

#include <set>

using namespace glowplug;
using namespace glowplug::test;

namespace {

using Bytes = llvm::ArrayRef<uint8_t>;

/// What the prim program means.
Tensor reference(const ProgramBuilder &program, llvm::ArrayRef<Tensor> inputs,
                 llvm::ArrayRef<Bytes> segments) {
  const std::vector<uint8_t> bytes = program.finish();
  llvm::cantFail(verifyImage(bytes));
  return llvm::cantFail(
      interpret(*image::GetProgram(bytes.data()), inputs, segments))[0];
}

/// Runs \p program in program order and in 50 others; all give \p expected.
void expectAlways(InstrBuilder &program, llvm::ArrayRef<Tensor> inputs,
                  llvm::ArrayRef<Bytes> segments, const Tensor &expected) {
  ASSERT_EQ(instrError(program), "");
  const std::vector<uint8_t> bytes = program.finish();
  const instr::Program &content = *instr::GetProgram(bytes.data());
  for (int run = -1; run < 50; ++run) {
    InstrInterpreterOptions options;
    if (run >= 0)
      options.seed = run;
    auto outputs = interpretInstr(content, inputs, segments, options);
    ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
    ASSERT_EQ(outputs->size(), 1u);
    EXPECT_EQ((*outputs)[0].typeString(), expected.typeString());
    ASSERT_EQ((*outputs)[0].bytes(), expected.bytes()) << "run " << run;
  }
}

/// bias, then rescale to i8: (i32 sum, i32 bias, i32 multiplier) -> i8.
RegionBuilder requantise() {
  RegionBuilder region({DType::i32, DType::i32, DType::i32});
  const ScalarId sum = region.add(region.parameter(0), region.parameter(1));
  region.yield(region.rescaleTosa(
      image::ScalarOp::rescale_tosa_single, sum, region.parameter(2),
      region.constant(int32_t{37}), region.constant(int8_t{-3})));
  return region;
}

constexpr int64_t M = 64, K = 64, N = 16, tileM = 16, tileK = 32;

/// y = requantise(x[M,K] * w[K,N] + bias): the scratchpad holds two tiles of x
/// and two of results, and two accumulator tiles, used by turns.
void buildMatmul(InstrBuilder &b) {
  const TensorType tile(DType::i8, {tileM, tileK});
  const TensorType weights(DType::i8, {tileK, N}), row(DType::i32, {1, N});
  const TensorType sums(DType::i32, {tileM, N}), out(DType::i8, {tileM, N});
  const uint32_t x = b.buffer("x", dram, 0, M * K);
  const uint32_t w = b.buffer("w", dram, M * K, K * N);
  const uint32_t scales = b.buffer("scales", dram, M * K + K * N, 8 * N);
  const uint32_t y = b.buffer("y", dram, 8192, M * N);
  b.input(x, {DType::i8, {M, K}});
  b.output(y, {DType::i8, {M, N}});
  b.constant(w, b.segment(K * N), 0);
  b.constant(scales, b.segment(8 * N), 0);
  const uint32_t wTile = b.buffer("w", spad, 0, K * N);
  const uint32_t scaleTile = b.buffer("scales", spad, 1024, 8 * N);
  uint32_t xTile[2], outTile[2], accTile[2];
  for (int i = 0; i < 2; ++i) {
    xTile[i] = b.buffer("x", spad, 1152 + 512 * i, 512);
    outTile[i] = b.buffer("y", spad, 2176 + 256 * i, 256);
    accTile[i] = b.buffer("sums", acc, 1024 * i, 1024);
  }
  BodyBuilder &product = b.addKernel();
  product.output(
      product.matmul(product.input("", tile.dtype, tile.shape),
                     product.input("", weights.dtype, weights.shape)));
  const uint32_t productKernel = b.lastKernel();
  BodyBuilder &scale = b.addKernel();
  const ValueId a = scale.input("", sums.dtype, sums.shape);
  const ValueId bias = scale.input("", row.dtype, row.shape);
  const ValueId factor = scale.input("", row.dtype, row.shape);
  scale.output(scale.map(requantise(), {a, bias, factor})[0]);
  const uint32_t scaleKernel = b.lastKernel();

  const TensorType all(DType::i8, {K * N}), allScales(DType::i8, {8 * N});
  b.copy(load, b.view(w, all), b.view(wTile, all));
  const uint32_t ready =
      b.copy(load, b.view(scales, allScales), b.view(scaleTile, allScales));
  // Who used a tile last.
  std::vector<uint32_t> useX[2], useOut[2], useAcc[2];
  int turn = 0;
  for (int64_t m = 0; m < M / tileM; ++m) {
    const int side = m % 2;
    uint32_t last = 0;
    for (int64_t k = 0; k < K / tileK; ++k, turn ^= 1) {
      const uint32_t in =
          b.copy(load, b.view(x, tile, m * tileM * K + k * tileK, {K, 1}),
                 b.view(xTile[turn], tile), useX[turn]);
      std::vector<uint32_t> waits = {ready, in};
      if (k == 0)
        waits.insert(waits.end(), useAcc[side].begin(), useAcc[side].end());
      last = b.compute(
          matrix, productKernel,
          {b.view(xTile[turn], tile), b.view(wTile, weights, k * tileK * N)},
          {b.view(accTile[side], sums)}, waits, k != 0);
      useX[turn] = {last};
    }
    std::vector<uint32_t> waits = {last, ready};
    waits.insert(waits.end(), useOut[side].begin(), useOut[side].end());
    const uint32_t done =
        b.compute(vector, scaleKernel,
                  {b.view(accTile[side], sums), b.view(scaleTile, row),
                   b.view(scaleTile, row, 4 * N)},
                  {b.view(outTile[side], out)}, waits);
    useAcc[side] = {done};
    useOut[side] = {b.copy(store, b.view(outTile[side], out),
                           b.view(y, out, m * tileM * N), {done})};
  }
}

TEST(InstrInterpreterTest, DoubleBufferedMatmulEqualsPrim) {
  const Tensor x = randomTensor({DType::i8, {M, K}}, 1);
  const Tensor w = randomTensor({DType::i8, {K, N}}, 2);
  std::vector<int32_t> scales;
  for (int i = 0; i < N; ++i)
    scales.push_back(1000 * i - 5000); // biases
  for (int i = 0; i < N; ++i)
    scales.push_back((1 << 28) + 10000000 * i); // multipliers
  const Tensor scaleTensor = Tensor::of<int32_t>({2 * N}, scales);

  ProgramBuilder prim("matmul");
  const uint32_t weights = prim.addSegment(w.bytes());
  const uint32_t parameters = prim.addSegment(scaleTensor.bytes());
  MatMulOptions options;
  options.epilogue.region = requantise();
  options.epilogue.extras = {
      prim.constantSegment(DType::i32, {1, N}, parameters, 0),
      prim.constantSegment(DType::i32, {1, N}, parameters, 4 * N)};
  prim.output(prim.matmul(prim.input("x", DType::i8, {M, K}),
                          prim.constantSegment(DType::i8, {K, N}, weights, 0),
                          options));
  const Bytes segments[] = {w.bytes(), scaleTensor.bytes()};
  const Tensor expected = reference(prim, x, segments);
  // The test says something only if the values are spread.
  EXPECT_GT(std::set<uint8_t>(expected.bytes().begin(), expected.bytes().end())
                .size(),
            50u);

  InstrBuilder schedule("matmul", bytesOf(toyMachine()));
  buildMatmul(schedule);
  expectAlways(schedule, x, segments, expected);
}

/// Whether \p before is ordered before \p after: by a walk through all paths.
bool isOrdered(const instr::ProgramT &program, uint32_t before,
               uint32_t after) {
  std::vector<uint32_t> open = {after};
  std::set<uint32_t> seen;
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (at == before)
      return true;
    if (!seen.insert(at).second)
      continue;
    const auto &instructions = program.instructions;
    llvm::append_range(open, instructions[at]->waits);
    for (uint32_t i = 0; i < at; ++i)
      if (instructions[i]->engine == instructions[at]->engine)
        open.push_back(i);
  }
  return false;
}

TEST(InstrInterpreterTest, VerifierNeedsEveryWaitThatNoOthersImply) {
  InstrBuilder whole("matmul", bytesOf(toyMachine()));
  buildMatmul(whole);
  size_t needed = 0, implied = 0;
  for (uint32_t i = 0; i < whole.program().instructions.size(); ++i)
    for (size_t j = 0; j < whole.program().instructions[i]->waits.size(); ++j) {
      InstrBuilder b("matmul", bytesOf(toyMachine()));
      buildMatmul(b);
      std::vector<uint32_t> &waits = b.program().instructions[i]->waits;
      const uint32_t wait = waits[j];
      waits.erase(waits.begin() + j);
      const std::string error = instrError(b);
      if (isOrdered(b.program(), wait, i)) {
        ++implied;
        EXPECT_EQ(error, "") << "instruction " << i << " waits for " << wait;
      } else {
        ++needed;
        const bool found = error.find("race: ") != std::string::npos ||
                           error.find("lifetime: ") != std::string::npos;
        EXPECT_TRUE(found) << "instruction " << i << " waits for " << wait
                           << ": " << error;
      }
    }
  EXPECT_GT(needed, 20u);
  EXPECT_GT(implied, 5u);
}

TEST(InstrInterpreterTest, VerifierSurvivesChangedBytesOfTheMatmul) {
  InstrBuilder b("matmul", bytesOf(toyMachine()));
  buildMatmul(b);
  const std::vector<uint8_t> machine = bytesOf(toyMachine());
  std::vector<uint8_t> bytes = b.finish();
  size_t refused = 0, changes = 0;
  for (size_t i = 0; i < bytes.size(); i += 3, ++changes) {
    const uint8_t before = bytes[i];
    bytes[i] ^= 1 << i % 8;
    refused += !instrError(bytes, machine).empty();
    bytes[i] = before;
  }
  EXPECT_GT(refused, changes / 2);
  EXPECT_EQ(instrError(bytes, machine), "");
}

/// Of 1 on the left and right.
ConvOptions pads(int64_t above, int64_t below) {
  ConvOptions options;
  options.padsLow = {above, 1};
  options.padsHigh = {below, 1};
  return options;
}

TEST(InstrInterpreterTest, BlockedConvolutionWithPadsPerTileEqualsPrim) {
  // 20 channels in blocks of 16: the second block is not full. Two tiles of
  // output rows; the padding is above the first and below the second.
  constexpr int64_t C = 20, H = 6, W = 6, O = 4, plane = H * W;
  const Tensor x = randomTensor({DType::i8, {1, C, H, W}}, 3);
  const Tensor w = randomTensor({DType::i8, {O, C, 3, 3}}, 4);
  ProgramBuilder prim("conv");
  const uint32_t weights = prim.addSegment(w.bytes());
  const ValueId sum = prim.conv(
      prim.input("x", DType::i8, {1, C, H, W}),
      prim.constantSegment(DType::i8, {O, C, 3, 3}, weights, 0), pads(1, 1));
  RegionBuilder region({DType::i32});
  region.yield(region.rescaleTosa(
      image::ScalarOp::rescale_tosa_single, region.parameter(0),
      region.constant(int32_t{1} << 28), region.constant(int32_t{37}),
      region.constant(int8_t{5})));
  prim.output(prim.map(region, {sum})[0]);
  const Bytes segments[] = {w.bytes()};
  const Tensor expected = reference(prim, x, segments);

  InstrBuilder b("conv", bytesOf(toyMachine()));
  const uint32_t in = b.buffer("x", dram, 0, C * plane);
  const uint32_t constant = b.buffer("w", dram, 1024, O * C * 9);
  const uint32_t y = b.buffer("y", dram, 2048, O * plane);
  b.input(in, {DType::i8, {1, C, H, W}});
  b.output(y, {DType::i8, {1, O, H, W}});
  b.constant(constant, b.segment(O * C * 9), 0);
  const uint32_t tile = b.buffer("x", spad, 0, 2 * 16 * plane);
  const uint32_t wTile = b.buffer("w", spad, 1152, O * C * 9);
  const uint32_t sums = b.buffer("sums", acc, 0, 4 * O * plane);
  const uint32_t out = b.buffer("y", spad, 2048, O * plane);
  const TensorType all(DType::i8, {O * C * 9});
  const uint32_t first =
      b.copy(load, b.view(constant, all), b.view(wTile, all));
  for (int64_t c : {0, 16}) {
    const TensorType part(DType::i8, {std::min<int64_t>(16, C - c), H, W});
    b.copy(load, b.view(in, part, c * plane),
           b.view(tile, part, c * plane, {1, 16 * W, 16}));
  }
  const uint32_t loaded = first + 2;
  for (int64_t half : {0, 1}) {
    const TensorType rows(DType::i8, {1, C, 4, W});
    const TensorType sumRows(DType::i32, {1, O, 3, W});
    const TensorType outRows(DType::i8, {1, O, 3, W});
    BodyBuilder &conv = b.addKernel();
    const ValueId input = conv.input("", rows.dtype, rows.shape);
    const ValueId kernel = conv.input("", DType::i8, {O, C, 3, 3});
    conv.output(conv.conv(input, kernel, pads(1 - half, half)));
    instr::ViewT source =
        b.view(tile, rows, half * 2 * 16 * W, {0, 16 * plane, 16 * W, 16});
    source.blocks = {1, 16, 1, 1};
    source.inner = {0, 1, 0, 0};
    const instr::ViewT target =
        b.view(sums, sumRows, half * 3 * 4 * W, {0, 4 * plane, 4 * W, 4});
    const uint32_t done = b.compute(
        matrix, b.lastKernel(),
        {source, b.view(wTile, {DType::i8, {O, C, 3, 3}})}, {target}, {loaded});
    BodyBuilder &scale = b.addKernel();
    scale.output(
        scale.map(region, {scale.input("", DType::i32, sumRows.shape)})[0]);
    const std::vector<int64_t> strides = {0, plane, W, 1};
    const uint32_t scaled =
        b.compute(vector, b.lastKernel(), {target},
                  {b.view(out, outRows, half * 3 * W, strides)}, {done});
    b.copy(store, b.view(out, outRows, half * 3 * W, strides),
           b.view(y, outRows, half * 3 * W, strides), {scaled});
  }
  expectAlways(b, x, segments, expected);
}

} // namespace
