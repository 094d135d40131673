// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints the rate of each layer's kernel on one thread beside the roof.

#include "backends/cpu/compiler/kernels/PackRhs.h"
#include "tests/bench/cpu-kernels/Roof.h"
#include "tests/bench/cpu-kernels/Shapes.h"
#include "tests/unit/backends/cpu/compiler/kernels/Assembly.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <functional>
#include <memory>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

/// Memory aligned to a page, filled with small numbers.
class Buffer {
public:
  explicit Buffer(int64_t elements)
      : data(static_cast<float *>(
            std::aligned_alloc(4096, (elements * 4 + 4095) / 4096 * 4096))) {
    for (int64_t i = 0; i < elements; ++i)
      data[i] = float(i % 13 - 6) / 8;
  }
  ~Buffer() { std::free(data); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  float *const data;
};

/// "; 3 loops, 2 spills": what the assembly looks like.
std::string describeLoops(const Kernel &kernel, const TargetTraits &target) {
  int spills = 0;
  int narrow = 0;
  const std::vector<InnerLoop> loops =
      innerLoops(kernel.assembly(), target.lanes * 32);
  for (const InnerLoop &loop : loops) {
    spills += loop.vectorSpills;
    narrow += loop.narrowMultiplyAdds;
  }
  return fmt::format(", {} inner loops, {} spills, {} narrow", loops.size(),
                     spills, narrow);
}

/// max(acc + bias, 0), the usual end of a layer.
Epilogue biasRelu(Value *bias, SmallVector<int64_t, 4> strides) {
  Epilogue epilogue;
  epilogue.emit = [=](IRBuilder<> &builder, Value *acc,
                      const EpilogueContext &context) {
    Value *extra = loadExtra(builder, builder.getFloatTy(),
                             {bias, false, strides}, context);
    acc = builder.CreateFAdd(acc, extra);
    return builder.CreateMaxNum(acc, Constant::getNullValue(acc->getType()));
  };
  return epilogue;
}

/// The usual end of an int8 layer: scale per channel, round, clamp to u8.
Epilogue rescale(Value *scale, SmallVector<int64_t, 4> strides) {
  Epilogue epilogue;
  epilogue.emit = [=](IRBuilder<> &builder, Value *acc,
                      const EpilogueContext &context) {
    Type *lane = builder.getFloatTy();
    Value *factor = loadExtra(builder, lane, {scale, false, strides}, context);
    Value *value = builder.CreateSIToFP(acc, factor->getType());
    value = builder.CreateFMul(value, factor);
    value =
        builder.CreateMaxNum(value, Constant::getNullValue(value->getType()));
    value = builder.CreateMinNum(value, ConstantFP::get(value->getType(), 255));
    value = builder.CreateUnaryIntrinsic(Intrinsic::rint, value);
    value = builder.CreateFPToSI(value, acc->getType());
    return builder.CreateTrunc(
        value, VectorType::get(builder.getInt8Ty(),
                               cast<VectorType>(value->getType())));
  };
  return epilogue;
}

struct Total {
  double flops = 0, seconds = 0;
};

void report(const std::string &name, int count, double flops, double seconds,
            double roof, const std::string &tiling, Total &total) {
  total.flops += count * flops;
  total.seconds += count * seconds;
  fmt::print("  {:28} x{:<3} {:9.1f} us {:7.1f} GF/s {:5.1f} %  {}\n", name,
             count, seconds * 1e6, flops / seconds * 1e-9,
             flops / seconds * 1e-9 / roof * 100, tiling);
}

int repetitions(double flops, double roof) {
  return std::max(5, int(0.1 * roof * 1e9 / flops));
}

double benchConv(Machine &machine, const ConvLayer &layer,
                 Arithmetic arithmetic, double roof, Total &total) {
  const ConvSpec &spec = layer.spec;
  const TargetTraits &target = machine.target;
  const ConvKind kind = chooseConvKind(target, spec, arithmetic);
  const ConvPlan plan = planConv(target, spec, kind, arithmetic);
  const bool isInt8 = arithmetic == Arithmetic::int8;
  Buffer input(bufferElements(Layout::blocked, target.lanes, spec.batch,
                              spec.inChannels, spec.rows.in, spec.columns.in));
  Buffer result(bufferElements(Layout::blocked, target.lanes, spec.batch,
                               spec.outChannels, spec.rows.out,
                               spec.columns.out));
  Buffer weights(plan.packedElements());
  Buffer bias(spec.outChannels);
  Kernel kernel(machine, 4,
                [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
                    Value *begin, Value *end) {
                  emitConv(builder, plan, {buffers[0], buffers[1], buffers[2]},
                           isInt8 ? rescale(buffers[3], {0, 1, 0, 0})
                                  : biasRelu(buffers[3], {0, 1, 0, 0}),
                           begin, end);
                });
  // Padding counts as work, as usual.
  const double flops =
      2.0 * spec.batch * spec.outChannels * (spec.inChannels / spec.groups) *
      spec.rows.out * spec.columns.out * spec.rows.kernel * spec.columns.kernel;
  const double seconds = bestSeconds(repetitions(flops, roof), [&] {
    kernel.run({input.data, weights.data, result.data, bias.data}, 0,
               plan.workUnits());
  });
  report(layer.name, layer.count, flops, seconds, roof,
         fmt::format("{}x{}{} {} units", plan.vectors, plan.maxPixels,
                     plan.flat ? " flat" : "", plan.workUnits()) +
             describeLoops(kernel, target),
         total);
  return seconds;
}

/// A product in the form of its kernel; an 8-bit one is of u8 and i8, with zero
/// points that ask for all there is.
struct Product {
  MatMulSpec spec;
  MatMulPlan plan;
  PackRhsSpec right; ///< of a computed right side
  LeftSpec left;

  Product(const TargetTraits &target, const MatMulLayer &layer,
          Arithmetic arithmetic)
      : spec(layer.spec) {
    if (arithmetic == Arithmetic::int8) {
      spec.packedRhs = true;
      spec.isLhsWide = wantsWideLhs(target);
      const int64_t stride =
          spec.isLhsWide ? spec.m * wideColumns(spec.k) : spec.m * spec.k;
      for (BatchDim &dim : spec.batch)
        dim = {dim.size, stride, 1, 1};
    }
    plan = planMatMul(target, spec, arithmetic);
    right.batch = {{plan.batches(), spec.k * spec.n}};
    right.rowStride = spec.n;
    right.columnStride = 1;
    right.isSigned = true;
    right.lhsZero = 100;
    right.rhsZero = rhsZero;
    left.batch = {{plan.batches(), spec.m * spec.k}};
    left.rows = spec.m;
    left.columns = left.rowStride = spec.k;
  }

  static constexpr int32_t rhsZero = 3;
};

/// The kernels of a product in the order in which they run.
class ProductSteps {
public:
  ProductSteps(Machine &machine, const Product &product, bool isInt8,
               bool isDynamic);

  void run() const {
    for (const auto &step : steps)
      step();
  }

private:
  using Values = const std::vector<Value *> &;

  void add(int64_t units, std::vector<void *> buffers, EmitFn emit) {
    auto kernel = std::make_shared<Kernel>(machine, buffers.size(), emit);
    steps.push_back([=] { kernel->run(buffers, 0, units); });
  }
  void addPacking();
  void addProduct(bool isInt8, bool isDynamic);

  Machine &machine;
  const Product &product;
  const MatMulSpec &spec;
  const MatMulPlan &plan;
  Buffer lhs, wide, rhs, packed, start, rowStart, result, bias;
  std::vector<std::function<void()>> steps;
};

ProductSteps::ProductSteps(Machine &machine, const Product &product,
                           bool isInt8, bool isDynamic)
    : machine(machine), product(product), spec(product.spec),
      plan(product.plan), lhs(plan.batches() * spec.m * spec.k),
      wide(plan.batches() * spec.m * spec.k),
      rhs(plan.batches() * std::max(spec.k * spec.n, plan.packedElements())),
      packed(plan.batches() * plan.packedElements()),
      start(plan.batches() * plan.startElements()),
      rowStart(plan.batches() * spec.m),
      result(plan.batches() * spec.m * spec.n), bias(spec.n) {
  if (spec.isLhsWide)
    add(widenRowsUnits(product.left), {lhs.data, wide.data},
        [&](IRBuilder<> &builder, Values b, Value *begin, Value *end) {
          emitWidenRows(builder, plan.target, product.left, b[0], b[1], begin,
                        end);
        });
  if (isDynamic)
    addPacking();
  addProduct(isInt8, isDynamic);
}

void ProductSteps::addPacking() {
  add(packRhsUnits(plan, product.right), {rhs.data, packed.data, start.data},
      [&](IRBuilder<> &builder, Values b, Value *begin, Value *end) {
        emitPackRhs(builder, plan, product.right, {b[0], b[1], b[2]}, begin,
                    end);
      });
  add(rowStartUnits(plan.target, product.left), {lhs.data, rowStart.data},
      [&](IRBuilder<> &builder, Values b, Value *begin, Value *end) {
        emitRowStart(builder, plan.target, {product.left, Product::rhsZero},
                     b[0], b[1], begin, end);
      });
}

void ProductSteps::addProduct(bool isInt8, bool isDynamic) {
  add(plan.workUnits(),
      {spec.isLhsWide ? wide.data : lhs.data,
       isDynamic ? packed.data : rhs.data, result.data, bias.data, start.data,
       rowStart.data},
      [&](IRBuilder<> &builder, Values b, Value *begin, Value *end) {
        SmallVector<int64_t, 4> strides(spec.batch.size() + 1, 0);
        strides.push_back(1);
        emitMatMul(builder, plan,
                   {b[0], b[1], b[2], isDynamic ? b[4] : nullptr,
                    isDynamic ? b[5] : nullptr},
                   isInt8 ? rescale(b[3], strides) : biasRelu(b[3], strides),
                   begin, end);
      });
}

double benchMatMul(Machine &machine, const MatMulLayer &layer,
                   Arithmetic arithmetic, double roof, Total &total) {
  const bool isInt8 = arithmetic == Arithmetic::int8;
  const bool isDynamic = isInt8 && !layer.spec.packedRhs;
  const Product product(machine.target, layer, arithmetic);
  const MatMulSpec &spec = product.spec;
  const MatMulPlan &plan = product.plan;
  const double batches = double(plan.batches());
  const ProductSteps steps(machine, product, isInt8, isDynamic);
  const double flops = 2.0 * batches * spec.m * spec.n * spec.k;
  const double seconds =
      bestSeconds(repetitions(flops, roof), [&] { steps.run(); });
  report(
      layer.name, layer.count, flops, seconds, roof,
      fmt::format("{}x{} {} units, rhs {:.1f} GB/s", plan.vectors, plan.maxRows,
                  plan.workUnits(),
                  (isInt8 ? 1e-9 : 4e-9) * batches * spec.n * spec.k / seconds),
      total);
  return seconds;
}

template <typename Layers, typename Bench>
void benchAll(const char *title, const Layers &layers, double roof,
              Bench bench) {
  fmt::print("{}\n", title);
  Total total;
  for (const auto &layer : layers)
    bench(layer, total);
  fmt::print("  {:28}      {:9.1f} us {:7.1f} GF/s {:5.1f} %\n", "sum",
             total.seconds * 1e6, total.flops / total.seconds * 1e-9,
             total.flops / total.seconds * 1e-9 / roof * 100);
}

int run(int argc, char **argv) {
  Machine *machine = &Machine::host();
  Arithmetic arithmetic = Arithmetic::fp32;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--avx2") == 0)
      machine = &Machine::avx2();
    else if (std::strcmp(argv[i], "--int8") == 0)
      arithmetic = Arithmetic::int8;
    else
      only = argv[i];
  }
  const double roof = Roof(*machine, arithmetic).measure();
  fmt::print("{} lanes, {} registers, roof {:.1f} GF/s\n",
             machine->target.lanes, machine->target.registers, roof);
  const auto conv = [&](const ConvLayer &layer, Total &total) {
    benchConv(*machine, layer, arithmetic, roof, total);
  };
  const auto matMul = [&](const MatMulLayer &layer, Total &total) {
    benchMatMul(*machine, layer, arithmetic, roof, total);
  };
  if (only.empty() || only == "resnet50")
    benchAll("ResNet-50", resnet50Layers(), roof, conv);
  if (only.empty() || only == "vgg16")
    benchAll("VGG-16", vgg16Layers(), roof, conv);
  if (only.empty() || only == "mobilenetv2")
    benchAll("MobileNetV2", mobilenetV2Layers(), roof, conv);
  if (arithmetic == Arithmetic::int8 && (only.empty() || only == "grouped"))
    benchAll("Small groups", groupedLayers(), roof, conv);
  if (only.empty() || only == "bert")
    benchAll("BERT-base, sequence 128", bertBaseLayers(), roof, matMul);
  if (only.empty() || only == "fc")
    benchAll("Few rows", fullyConnectedLayers(), roof, matMul);
  fmt::print("roof again: {:.1f} GF/s\n", Roof(*machine, arithmetic).measure());
  return 0;
}

} // namespace
} // namespace glowplug::cpu::test

int main(int argc, char **argv) { return glowplug::cpu::test::run(argc, argv); }
