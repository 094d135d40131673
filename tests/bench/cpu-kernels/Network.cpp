// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles ResNet-50 in the compiler's own form and prints its times: all the
// way from a program to a run, without importer and plugin.

#include "backends/cpu/compiler/LowerProgram.h"
#include "backends/cpu/compiler/codegen/EmitObject.h"
#include "backends/cpu/compiler/lower/Lowering.h"
#include "backends/cpu/compiler/lower/WriteBlob.h"
#include "backends/cpu/runtime/Executable.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <random>

namespace glowplug::cpu::test {
namespace {

constexpr DType f32 = gp_image_dtype_f32;
constexpr DType i32 = gp_image_dtype_i32;
constexpr DType u8 = gp_image_dtype_u8;
constexpr DType i8 = gp_image_dtype_i8;
using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start)
      .count();
}

/// Processor time of the calling thread: what a busy machine leaves alone.
double threadMilliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1e3 + double(time.tv_nsec) * 1e-6;
}

/// Page-aligned memory.
struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

Memory allocate(uint64_t bytes) {
  Memory memory(std::aligned_alloc(4096, (bytes + 4096) / 4096 * 4096));
  std::memset(memory.get(), 0, bytes);
  return memory;
}

class ResNet {
public:
  /// \p isInt8: as an importer makes it of a quantised model, with u8
  /// activations, i8 weights and a scale per channel.
  explicit ResNet(bool isInt8) : isInt8(isInt8) {}

  Program build();

private:
  ValueId addValue(Shape shape, DType type) {
    program.values.push_back({type, std::move(shape)});
    return program.values.size() - 1;
  }
  ValueId addValue(Shape shape) {
    return addValue(std::move(shape), isInt8 ? u8 : f32);
  }
  template <typename Element>
  ValueId addConstant(Shape shape, DType type,
                      const std::vector<Element> &elements) {
    ConstantOp constant;
    constant.data.resize(elements.size() * sizeof(Element));
    std::memcpy(constant.data.data(), elements.data(), constant.data.size());
    const ValueId value = addValue(std::move(shape), type);
    program.ops.push_back({std::move(constant), {}, {value}, ""});
    return value;
  }
  /// Weights, a bias and, for int8, the scale of their sums.
  void addWeights(Shape shape, Shape perChannel, int64_t inputs,
                  std::vector<ValueId> &operands);
  ValueId quantizeInput(ValueId input);
  ValueId addConv(ValueId input, int64_t channels, int64_t kernel,
                  int64_t stride, bool relu,
                  std::optional<ValueId> residual = std::nullopt);
  Region epilogue(bool relu, bool residual);
  Region integerEpilogue(bool residual);

  const bool isInt8;
  Program program;
  ValueId quantizedInput = 0;
  std::mt19937 random{1};
};

void ResNet::addWeights(Shape shape, Shape perChannel, int64_t inputs,
                        std::vector<ValueId> &operands) {
  if (isInt8) {
    std::vector<int8_t> weights(elementCount(shape));
    for (int8_t &weight : weights)
      weight = int8_t(random());
    std::vector<int32_t> bias(elementCount(perChannel));
    for (int32_t &value : bias)
      value = int32_t(random() % 2000) - 1000;
    // Sums grow as the root of their length.
    const std::vector<float> scale(bias.size(),
                                   float(0.01 / std::sqrt(double(inputs))));
    operands.push_back(addConstant(std::move(shape), i8, weights));
    operands.push_back(addConstant(perChannel, i32, bias));
    operands.push_back(addConstant(perChannel, f32, scale));
    return;
  }
  const auto uniform = [&](const Shape &of, double scale) {
    std::uniform_real_distribution<float> unit(-1, 1);
    std::vector<float> elements(elementCount(of));
    for (float &element : elements)
      element = unit(random) * float(scale);
    return elements;
  };
  operands.push_back(
      addConstant(shape, f32, uniform(shape, std::sqrt(3 / double(inputs)))));
  operands.push_back(addConstant(perChannel, f32, uniform(perChannel, 0.1)));
}

ValueId ResNet::quantizeInput(ValueId input) {
  MapOp map;
  map.region.parameters = {f32};
  const float scale = 1.0f / 64;
  uint32_t bits;
  std::memcpy(&bits, &scale, sizeof bits);
  map.region.instructions = {{gp_image_scalar_op_constant, f32, {}, bits},
                             {gp_image_scalar_op_constant, u8, {}, 128},
                             {gp_image_scalar_op_quantize, u8, {0, 1, 2}}};
  map.region.results = {3};
  const ValueId result = addValue(program.values[input].shape);
  program.ops.push_back({std::move(map), {input}, {result}, ""});
  return result;
}

/// Bias, rescale and, with a residual, the sum of both in f32. A Relu is the
/// lower end of u8.
Region ResNet::integerEpilogue(bool residual) {
  Region region;
  region.parameters = {i32, i32, f32};
  if (residual)
    region.parameters.push_back(u8);
  uint16_t next = region.parameters.size();
  const auto append = [&](ScalarOp op, DType type,
                          llvm::SmallVector<uint16_t, 3> operands,
                          float value = 0) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    region.instructions.push_back({op, type, std::move(operands), bits});
    return next++;
  };
  const uint16_t zero = append(gp_image_scalar_op_constant, u8, {});
  const uint16_t sum = append(gp_image_scalar_op_add, i32, {0, 1});
  uint16_t value =
      append(gp_image_scalar_op_rescale_fp32_rne, u8, {sum, 2, zero});
  if (residual) {
    const auto part = [&](uint16_t byte, float scale) {
      const uint16_t real = append(gp_image_scalar_op_cast, f32, {byte});
      const uint16_t factor =
          append(gp_image_scalar_op_constant, f32, {}, scale);
      return append(gp_image_scalar_op_mul, f32, {real, factor});
    };
    const uint16_t both = append(gp_image_scalar_op_add, f32,
                                 {part(value, 0.55f), part(3, 0.45f)});
    const uint16_t one = append(gp_image_scalar_op_constant, f32, {}, 1);
    value = append(gp_image_scalar_op_quantize, u8, {both, one, zero});
  }
  region.results = {value};
  return region;
}

Region ResNet::epilogue(bool relu, bool residual) {
  if (isInt8)
    return integerEpilogue(residual);
  Region region;
  region.parameters.assign(residual ? 3 : 2, f32);
  uint16_t next = region.parameters.size();
  const auto append = [&](ScalarOp op,
                          llvm::SmallVector<uint16_t, 3> operands) {
    region.instructions.push_back({op, f32, std::move(operands), 0});
    return next++;
  };
  uint16_t value = append(gp_image_scalar_op_add, {0, 1});
  if (residual)
    value = append(gp_image_scalar_op_add, {value, 2});
  if (relu) {
    const uint16_t zero = append(gp_image_scalar_op_constant, {});
    value = append(gp_image_scalar_op_max, {value, zero});
  }
  region.results = {value};
  return region;
}

ValueId ResNet::addConv(ValueId input, int64_t channels, int64_t kernel,
                        int64_t stride, bool relu,
                        std::optional<ValueId> residual) {
  const Shape shape = program.values[input].shape;
  const int64_t pad = kernel / 2;
  const int64_t size = (shape[2] + 2 * pad - kernel) / stride + 1;
  ConvOp conv;
  conv.strides = {stride, stride};
  conv.dilations = {1, 1};
  conv.padsLow = conv.padsHigh = {pad, pad};
  conv.epilogue = epilogue(relu, residual.has_value());
  std::vector<ValueId> operands{input};
  addWeights({channels, shape[1], kernel, kernel}, {1, channels, 1, 1},
             shape[1] * kernel * kernel, operands);
  if (isInt8 && input == quantizedInput)
    conv.lhsZeroPoints = {128};
  if (residual)
    operands.push_back(*residual);
  const ValueId result = addValue({shape[0], channels, size, size});
  program.ops.push_back({std::move(conv), std::move(operands), {result}, ""});
  return result;
}

Program ResNet::build() {
  program.inputs = {addValue({1, 3, 224, 224}, f32)};
  quantizedInput = program.inputs[0];
  if (isInt8)
    quantizedInput = quantizeInput(quantizedInput);
  ValueId x = addConv(quantizedInput, 64, 7, 2, true);
  WindowOp pool;
  pool.kind = gp_image_reduce_kind_max;
  pool.sizes = {1, 1, 3, 3};
  pool.strides = {1, 1, 2, 2};
  pool.dilations = {1, 1, 1, 1};
  pool.padsLow = pool.padsHigh = {0, 0, 1, 1};
  const ValueId pooled = addValue({1, 64, 56, 56});
  program.ops.push_back({pool, {x}, {pooled}, ""});
  x = pooled;
  const int blocks[] = {3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage)
    for (int block = 0; block < blocks[stage]; ++block) {
      const int64_t mid = 64 << stage;
      const int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      const ValueId shortcut =
          block == 0 ? addConv(x, 4 * mid, 1, stride, false) : x;
      ValueId y = addConv(x, mid, 1, 1, true);
      y = addConv(y, mid, 3, stride, true);
      x = addConv(y, 4 * mid, 1, 1, true, shortcut);
    }
  ReduceOp mean;
  mean.kind = gp_image_reduce_kind_sum;
  mean.dims = {2, 3};
  std::vector<ValueId> summands{x};
  if (isInt8) {
    mean.epilogue = integerEpilogue(false);
    summands.push_back(addConstant({1, 1, 1, 1}, i32, std::vector<int32_t>{0}));
    summands.push_back(
        addConstant({1, 1, 1, 1}, f32, std::vector<float>{1.0f / 49}));
  }
  const ValueId summed = addValue({1, 2048, 1, 1});
  program.ops.push_back({mean, summands, {summed}, ""});
  const ValueId row = addValue({1, 2048});
  program.ops.push_back({ReshapeOp{}, {summed}, {row}, ""});
  MatMulOp product;
  product.epilogue = epilogue(false, false);
  std::vector<ValueId> operands{row};
  addWeights({2048, 1000}, {1, 1000}, 2048, operands);
  const ValueId result = addValue({1, 1000});
  program.ops.push_back({std::move(product), operands, {result}, ""});
  program.outputs = {result};
  return std::move(program);
}

void bench(const std::string &title, const Program &program, bool tiled) {
  const Target target = cantFail(Target::create("host", ""));
  CompileOptions options;
  options.useTiledKernels = tiled;
  const auto start = Clock::now();
  const double busyStart = threadMilliseconds();
  Lowering l(program, target, options, {});
  lowerProgram(l);
  const Placement placement = cantFail(placeBuffers(l));
  const double lowered = threadMilliseconds() - busyStart;
  const auto object = cantFail(emitObject(l.module, target));
  const std::vector<uint8_t> blob = writeBlob(l, placement, object);
  fmt::print("{}: compiled in {:.0f} ms (processor {:.0f} ms, {:.0f} ms of it "
             "before code generation), {} steps, {} kernels, workspace "
             "{:.1f} MB\n",
             title, millisecondsSince(start), threadMilliseconds() - busyStart,
             lowered, l.steps.size(), l.kernelInfos.size(),
             double(placement.workspaceBytes) / 1e6);

  std::vector<Memory> segments;
  std::vector<llvm::ArrayRef<uint8_t>> segmentBytes;
  for (const std::vector<uint8_t> &segment : l.madeSegments) {
    segments.push_back(allocate(segment.size()));
    auto *to = static_cast<uint8_t *>(segments.back().get());
    std::copy(segment.begin(), segment.end(), to);
    segmentBytes.push_back({to, segment.size()});
  }
  const Memory blobMemory = allocate(blob.size());
  auto *blobBytes = static_cast<uint8_t *>(blobMemory.get());
  std::copy(blob.begin(), blob.end(), blobBytes);
  const Memory input = allocate(program.values[program.inputs[0]].bytes());
  std::fill_n(static_cast<float *>(input.get()),
              program.values[program.inputs[0]].elements(), 0.5f);
  const Memory output = allocate(program.values[program.outputs[0]].bytes());
  const Memory workspace = allocate(placement.workspaceBytes);
  for (unsigned threads : {1u, 2u}) {
    auto executable = cantFail(
        Executable::load({blobBytes, blob.size()}, segmentBytes, threads));
    std::vector<double> times;
    double leastBusy = 1e30;
    for (int i = 0; i < (tiled ? 30 : 3); ++i) {
      const auto begin = Clock::now();
      const double busyBegin = threadMilliseconds();
      cantFail(executable->run({input.get()}, {output.get()}, workspace.get()));
      times.push_back(millisecondsSince(begin));
      leastBusy = std::min(leastBusy, threadMilliseconds() - busyBegin);
    }
    std::sort(times.begin(), times.end());
    fmt::print(
        "  {} thread(s): min {:.2f} ms, median {:.2f} ms, least processor "
        "time of the caller {:.2f} ms\n",
        threads, times.front(), times[times.size() / 2], leastBusy);
  }
}

} // namespace
} // namespace glowplug::cpu::test

/// Numbers of the tiled kernels on f32 and int8, in turn; then, if asked for,
/// those of the generic ones.
int main(int argc, char **argv) {
  using namespace glowplug::cpu::test;
  const glowplug::cpu::Program floats = ResNet(false).build();
  const glowplug::cpu::Program integers = ResNet(true).build();
  for (int turn = 0; turn < 3; ++turn) {
    bench("f32", floats, true);
    bench("int8", integers, true);
  }
  if (argc == 2 && std::strcmp(argv[1], "--generic") == 0) {
    bench("f32, generic", floats, false);
    bench("int8, generic", integers, false);
  }
  return 0;
}
