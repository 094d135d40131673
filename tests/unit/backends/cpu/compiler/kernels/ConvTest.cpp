// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution kernels against a direct loop, on random shapes.

#include "tests/unit/backends/cpu/compiler/kernels/Buffers.h"
#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

int64_t outputSize(const SpatialDim &dim, int64_t high) {
  return (dim.in + dim.low + high - dim.dilation * (dim.kernel - 1) - 1) /
             dim.stride +
         1;
}

/// A random dim, with odd sizes, asymmetric pads and dilation.
SpatialDim randomDim(std::mt19937 &random) {
  const auto upTo = [&](int64_t low, int64_t high) {
    return low + int64_t(random() % (high - low + 1));
  };
  for (;;) {
    SpatialDim dim;
    dim.in = random() % 4 ? upTo(1, 12) : upTo(13, 60);
    dim.kernel = random() % 3 ? 3 : upTo(1, 7);
    if (random() % 3 == 0)
      dim.kernel = 1;
    dim.stride = random() % 2 ? 1 : upTo(1, 3);
    dim.dilation = random() % 3 ? 1 : upTo(1, 3);
    dim.low = random() % 3 ? 0 : upTo(0, 4);
    const int64_t high = random() % 3 ? dim.low : upTo(0, 4);
    if (dim.in + dim.low + high < dim.dilation * (dim.kernel - 1) + 1)
      continue;
    dim.out = outputSize(dim, high);
    return dim;
  }
}

std::string describe(const ConvSpec &spec) {
  const auto dim = [](const SpatialDim &d) {
    return std::to_string(d.in) + "->" + std::to_string(d.out) + " k" +
           std::to_string(d.kernel) + " s" + std::to_string(d.stride) + " d" +
           std::to_string(d.dilation) + " p" + std::to_string(d.low);
  };
  return "n" + std::to_string(spec.batch) + " " +
         std::to_string(spec.inChannels) + "->" +
         std::to_string(spec.outChannels) + " g" + std::to_string(spec.groups) +
         " rows " + dim(spec.rows) + " columns " + dim(spec.columns);
}

struct Reference {
  std::vector<double> value, magnitude;
};

Reference directConv(const ConvSpec &spec, const GuardedBuffer &input,
                     const PlaneIndex &at, const std::vector<float> &weights) {
  const int64_t groupIn = spec.inChannels / spec.groups;
  const int64_t groupOut = spec.outChannels / spec.groups;
  const SpatialDim &rows = spec.rows;
  const SpatialDim &columns = spec.columns;
  Reference result;
  for (int64_t n = 0; n < spec.batch; ++n)
    for (int64_t o = 0; o < spec.outChannels; ++o)
      for (int64_t oh = 0; oh < rows.out; ++oh)
        for (int64_t ow = 0; ow < columns.out; ++ow) {
          double sum = 0, magnitude = 0;
          for (int64_t i = 0; i < groupIn; ++i)
            for (int64_t kh = 0; kh < rows.kernel; ++kh)
              for (int64_t kw = 0; kw < columns.kernel; ++kw) {
                const int64_t ih =
                    oh * rows.stride - rows.low + kh * rows.dilation;
                const int64_t iw =
                    ow * columns.stride - columns.low + kw * columns.dilation;
                if (ih < 0 || ih >= rows.in || iw < 0 || iw >= columns.in)
                  continue;
                const int64_t c = o / groupOut * groupIn + i;
                const double product =
                    double(input[at(n, c, ih * columns.in + iw)]) *
                    weights[((o * groupIn + i) * rows.kernel + kh) *
                                columns.kernel +
                            kw];
                sum += product;
                magnitude += std::abs(product);
              }
          result.value.push_back(sum);
          result.magnitude.push_back(magnitude);
        }
  return result;
}

/// What the epilogue of a case does; the reference repeats it.
enum class Tail { none, bias, biasAddRelu, longAddRelu };

/// One convolution: its operands, what the epilogue adds, and the result.
struct Case {
  const ConvPlan plan;
  const ConvSpec &spec;
  const Tail tail;
  const bool atStart; ///< of buffers: where they are guarded
  const PlaneIndex inAt, outAt;
  GuardedBuffer input, packed, result, bias, added;
  std::vector<float> weights;

  Case(const TargetTraits &target, const ConvSpec &conv, Tail tail,
       std::mt19937 &random, Arithmetic arithmetic)
      : plan(planConv(target, conv, chooseConvKind(target, conv), arithmetic)),
        spec(plan.spec), tail(tail), atStart(random() % 2),
        inAt{plan.kind == ConvKind::stem ? Layout::rowMajor : Layout::blocked,
             target.lanes, spec.inChannels, spec.rows.in * spec.columns.in},
        outAt{Layout::blocked, target.lanes, spec.outChannels,
              spec.rows.out * spec.columns.out},
        input(elementsOf(inAt, spec.rows.in), atStart),
        packed(plan.packedElements(), atStart),
        result(elementsOf(outAt, spec.rows.out), atStart),
        bias(spec.outChannels, atStart),
        added(elementsOf(outAt, spec.rows.out), atStart),
        weights(spec.outChannels * steps()) {
    bias.randomize(random);
    randomize(input, inAt, random);
    randomize(added, outAt, random);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float &weight : weights)
      weight = uniform(random);
    packConvWeights(plan, weights, {packed.data(), size_t(packed.size())});
  }

  int64_t steps() const {
    return spec.inChannels / spec.groups * spec.rows.kernel *
           spec.columns.kernel;
  }
  int64_t elementsOf(const PlaneIndex &at, int64_t rows) const {
    return bufferElements(at.layout, at.lanes, spec.batch, at.channels, rows,
                          at.plane / rows);
  }
  /// Lanes past the last channel stay NaN: they must not matter.
  void randomize(const GuardedBuffer &buffer, const PlaneIndex &at,
                 std::mt19937 &random) const {
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int64_t n = 0; n < spec.batch; ++n)
      for (int64_t c = 0; c < at.channels; ++c)
        for (int64_t p = 0; p < at.plane; ++p)
          buffer[at(n, c, p)] = uniform(random);
  }
  Epilogue epilogue(const std::vector<Value *> &buffers) const;
  void run(Machine &machine, std::mt19937 &random) const;
  std::string compareWithLoops() const;
};

/// Adds the last two of \p buffers, bias and another tensor.
Epilogue Case::epilogue(const std::vector<Value *> &buffers) const {
  Epilogue epilogue;
  epilogue.isLong = tail == Tail::longAddRelu;
  if (tail != Tail::none)
    epilogue.emit = [=, this](IRBuilder<> &b, Value *acc,
                              const EpilogueContext &context) {
      Value *extra = loadExtra(b, b.getFloatTy(),
                               {buffers[3], false, {0, 1, 0, 0}}, context);
      acc = b.CreateFAdd(acc, extra);
      if (tail == Tail::bias)
        return acc;
      extra = loadExtra(b, b.getFloatTy(), {buffers[4], true, {}}, context);
      acc = b.CreateFAdd(acc, extra);
      return b.CreateMaxNum(acc, Constant::getNullValue(acc->getType()));
    };
  return epilogue;
}

void Case::run(Machine &machine, std::mt19937 &random) const {
  const Kernel kernel(
      machine, 5,
      [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
          Value *begin, Value *end) {
        emitConv(builder, plan, {buffers[0], buffers[1], buffers[2]},
                 epilogue(buffers), begin, end);
      });
  runShuffled(
      kernel,
      {input.data(), packed.data(), result.data(), bias.data(), added.data()},
      plan.workUnits(), random);
}

std::string Case::compareWithLoops() const {
  Reference reference = directConv(spec, input, inAt, weights);
  size_t i = 0;
  std::vector<int64_t> places;
  for (int64_t n = 0; n < spec.batch; ++n)
    for (int64_t c = 0; c < spec.outChannels; ++c)
      for (int64_t p = 0; p < outAt.plane; ++p, ++i) {
        places.push_back(outAt(n, c, p));
        if (tail == Tail::none)
          continue;
        double &value = reference.value[i];
        value += bias[c];
        reference.magnitude[i] += std::abs(bias[c]) + 1;
        if (tail == Tail::bias)
          continue;
        value = std::max(0.0, value + added[places.back()]);
      }
  return compare(reference.value, reference.magnitude, steps(),
                 [&](int64_t element) { return result[places[element]]; });
}

/// Compiles, runs and checks one case; an empty string means success.
std::string check(Machine &machine, const ConvSpec &spec, Tail tail,
                  std::mt19937 &random,
                  Arithmetic arithmetic = Arithmetic::fp32) {
  const Case conv(machine.target, spec, tail, random, arithmetic);
  conv.run(machine, random);
  return conv.compareWithLoops();
}

/// Runs \p count random cases of \p make.
template <typename Make>
void checkMany(Machine &machine, unsigned seed, int count, Make make) {
  if (!machine.canRun())
    GTEST_SKIP() << "this machine lacks the instructions";
  std::mt19937 random(seed);
  int done = 0;
  while (done < count) {
    const ConvSpec spec = make(random);
    if (!canConvBlocked(machine.target, spec))
      continue;
    ++done;
    const Tail tail = Tail(random() % 4);
    const std::string failure = check(machine, spec, tail, random);
    ASSERT_EQ(failure, "") << describe(spec) << ", epilogue " << int(tail)
                           << ", case " << done;
  }
}

ConvSpec denseSpec(std::mt19937 &random) {
  ConvSpec spec;
  spec.batch = 1 + random() % 2;
  spec.inChannels = 1 + random() % 70;
  spec.outChannels = 1 + random() % 100;
  spec.rows = randomDim(random);
  spec.columns = randomDim(random);
  return spec;
}

ConvSpec stemSpec(std::mt19937 &random) {
  ConvSpec spec = denseSpec(random);
  spec.inChannels = 1 + random() % 4;
  return spec;
}

ConvSpec pointwiseSpec(std::mt19937 &random) {
  ConvSpec spec = denseSpec(random);
  spec.rows = spec.columns = {};
  spec.rows.in = spec.rows.out = 1 + random() % 20;
  spec.columns.in = spec.columns.out = 1 + random() % 20;
  return spec;
}

ConvSpec depthwiseSpec(std::mt19937 &random) {
  ConvSpec spec = denseSpec(random);
  spec.inChannels = spec.outChannels = spec.groups = 2 + random() % 70;
  if (random() % 8 == 0) {
    spec.columns.kernel = 9;
    spec.columns.low = 4;
    spec.columns.out = outputSize(spec.columns, 4 * spec.columns.dilation);
    if (spec.columns.in + 4 < (spec.columns.kernel - 1) * spec.columns.dilation)
      spec.batch = 0; // not a valid window: try again
  }
  return spec;
}

template <unsigned lanes>
ConvSpec groupedSpec(std::mt19937 &random) {
  ConvSpec spec = denseSpec(random);
  spec.groups = 2 + random() % 3;
  spec.inChannels = spec.groups * lanes * (1 + random() % 2);
  spec.outChannels = spec.groups * lanes * (1 + random() % 3);
  return spec;
}

TEST(ConvTest, Dense) { checkMany(Machine::host(), 1, 150, denseSpec); }
TEST(ConvTest, Stem) { checkMany(Machine::host(), 2, 80, stemSpec); }
TEST(ConvTest, Pointwise) { checkMany(Machine::host(), 3, 60, pointwiseSpec); }
TEST(ConvTest, Depthwise) { checkMany(Machine::host(), 4, 100, depthwiseSpec); }
TEST(ConvTest, Grouped) { checkMany(Machine::host(), 5, 40, groupedSpec<16>); }
TEST(ConvTest, DenseAvx2) { checkMany(Machine::avx2(), 6, 60, denseSpec); }
TEST(ConvTest, DepthwiseAvx2) {
  checkMany(Machine::avx2(), 7, 40, depthwiseSpec);
}
TEST(ConvTest, StemAvx2) { checkMany(Machine::avx2(), 8, 30, stemSpec); }
TEST(ConvTest, DenseGeneric) {
  checkMany(Machine::generic(), 9, 40, denseSpec);
}
TEST(ConvTest, GroupedGeneric) {
  checkMany(Machine::generic(), 10, 30, groupedSpec<4>);
}

/// The same comparison must find the inaccurate arithmetics.
TEST(ConvTest, PoorArithmeticFails) {
  std::mt19937 random(11);
  ConvSpec spec;
  spec.inChannels = 64;
  spec.outChannels = 32;
  spec.rows.in = spec.rows.out = spec.columns.in = spec.columns.out = 8;
  spec.rows.kernel = spec.columns.kernel = 3;
  spec.rows.low = spec.columns.low = 1;
  EXPECT_EQ(check(Machine::host(), spec, Tail::none, random), "");
  for (Arithmetic poor :
       {Arithmetic::bf16, Arithmetic::tf32, Arithmetic::fp16Accumulate})
    EXPECT_NE(check(Machine::host(), spec, Tail::none, random, poor), "")
        << int(poor);
}

} // namespace
} // namespace glowplug::cpu::test
