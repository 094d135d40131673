// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Speed of the reference interpreter on layers of real networks.

#include "core/image/ImageBuilder.h"
#include "core/reference/Interpreter.h"

#include <benchmark/benchmark.h>

#include <random>

using namespace glowplug;

namespace {

Tensor randomTensor(llvm::ArrayRef<int64_t> shape) {
  std::mt19937 generator(1);
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::f32, shape));
  for (float &element : tensor.mutableElements<float>())
    element = static_cast<float>(generator()) * 0x1p-32f - 0.5f;
  return tensor;
}

void run(benchmark::State &state, ProgramBuilder &builder, double work,
         const char *unit) {
  std::vector<Tensor> inputs;
  for (uint32_t input : builder.body().inputs)
    inputs.push_back(randomTensor(builder.shape(ValueId{input})));
  const std::vector<uint8_t> image = builder.finish();
  const image::Program &program = *image::GetProgram(image.data());
  InterpreterOptions options;
  options.threads = static_cast<unsigned>(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(
        llvm::cantFail(interpret(program, inputs, {}, options)));
  state.counters[unit] =
      benchmark::Counter(work, benchmark::Counter::kIsIterationInvariantRate);
}

/// A square convolution as ResNet-50 has them.
void conv(benchmark::State &state, int64_t in, int64_t out, int64_t size,
          int64_t kernel, int64_t stride, int64_t groups) {
  ProgramBuilder b("conv");
  ValueId x = b.input("x", DType::f32, {1, in, size, size});
  ValueId w = b.input("w", DType::f32, {out, in / groups, kernel, kernel});
  int64_t pad = kernel / 2;
  ValueId y = b.conv(x, w,
                     {.strides = {stride, stride},
                      .padsLow = {pad, pad},
                      .padsHigh = {pad, pad},
                      .dilations = {},
                      .groups = groups,
                      .lhsZp = {},
                      .rhsZp = {},
                      .epilogue = {}});
  b.output(y);
  double macs = static_cast<double>(in / groups * kernel * kernel);
  for (int64_t dim : b.shape(y))
    macs *= static_cast<double>(dim);
  run(state, b, macs, "MAC/s");
}

void matmul(benchmark::State &state, int64_t m, int64_t k, int64_t n) {
  ProgramBuilder b("matmul");
  ValueId x = b.input("x", DType::f32, {m, k});
  ValueId w = b.input("w", DType::f32, {k, n});
  b.output(b.matmul(x, w));
  run(state, b, static_cast<double>(m * k * n), "MAC/s");
}

/// relu(a * scale + b), with a scale per channel.
void elementwise(benchmark::State &state) {
  ProgramBuilder b("elementwise");
  ValueId x = b.input("x", DType::f32, {1, 256, 56, 56});
  ValueId y = b.input("y", DType::f32, {1, 256, 56, 56});
  ValueId scale = b.input("scale", DType::f32, {1, 256, 1, 1});
  RegionBuilder region({DType::f32, DType::f32, DType::f32});
  ScalarId sum =
      region.add(region.mul(region.parameter(0), region.parameter(2)),
                 region.parameter(1));
  region.yield(region.max(sum, region.constant(0.0f)));
  b.output(b.map(region, {x, y, scale})[0]);
  run(state, b, 256.0 * 56 * 56, "elements/s");
}

void gelu(benchmark::State &state) {
  ProgramBuilder b("erf");
  ValueId x = b.input("x", DType::f32, {128, 3072});
  b.output(b.map(image::ScalarOp::erf, x));
  run(state, b, 128.0 * 3072, "elements/s");
}

void maxPool(benchmark::State &state) {
  ProgramBuilder b("pool");
  ValueId x = b.input("x", DType::f32, {1, 64, 112, 112});
  b.output(b.window(image::ReduceKind::max, x, {1, 1, 3, 3},
                    {.strides = {1, 1, 2, 2},
                     .padsLow = {0, 0, 1, 1},
                     .padsHigh = {0, 0, 1, 1},
                     .dilations = {},
                     .epilogue = {}}));
  run(state, b, 64.0 * 56 * 56, "elements/s");
}

} // namespace

#define GP_LAYER(function, name, ...)                                          \
  BENCHMARK_CAPTURE(function, name, __VA_ARGS__)                               \
      ->Arg(1)                                                                 \
      ->Arg(2)                                                                 \
      ->UseRealTime()                                                          \
      ->Unit(benchmark::kMillisecond)

GP_LAYER(conv, stem7x7, 3, 64, 224, 7, 2, 1);
GP_LAYER(conv, stage1_3x3, 64, 64, 56, 3, 1, 1);
GP_LAYER(conv, stage1_1x1, 64, 256, 56, 1, 1, 1);
GP_LAYER(conv, stage3_3x3, 256, 256, 14, 3, 1, 1);
GP_LAYER(conv, stage4_3x3, 512, 512, 7, 3, 1, 1);
GP_LAYER(conv, stage4_1x1, 512, 2048, 7, 1, 1, 1);
GP_LAYER(conv, depthwise3x3, 96, 96, 56, 3, 1, 96);
GP_LAYER(matmul, bert_qkv, 128, 768, 768);
GP_LAYER(matmul, bert_ffn, 128, 768, 3072);
GP_LAYER(matmul, row, 1, 2048, 1000);
BENCHMARK(elementwise)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(gelu)->Arg(1)->UseRealTime();
BENCHMARK(maxPool)->Arg(1)->UseRealTime();
