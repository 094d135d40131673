// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The integer recipes and tables on the CPU, bit by bit against the reference
// interpreter: in vectors of each width, in scalars, and after a matmul.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::cputest;
using image::ScalarOp;

namespace {

/// More than a vector, and no multiple of one.
constexpr int64_t elements = 5003;

const std::vector<DType> narrowTypes = {DType::i8, DType::u8, DType::i16,
                                        DType::u16};

/// Every path of the emitters that this target has; see also the runs of this
/// program for plainer CPUs.
const std::vector<Options> machines = {
    {},
#ifdef __x86_64__
    {{"features", "-avx512vbmi"}},
#endif
};

/// Sums of every size, half of them small, and the ends of their range.
Tensor sums(Random &random) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i32, {elements}));
  llvm::MutableArrayRef<int32_t> values = tensor.mutableElements<int32_t>();
  for (int32_t &value : values) {
    value = static_cast<int32_t>(random());
    value >>= pick(random, 0, 30);
  }
  values[0] = INT32_MIN;
  values[1] = INT32_MAX;
  values[2] = 0;
  values[3] = (1 << 24) + 1;
  values[4] = -(1 << 24) - 3;
  return tensor;
}

/// Scales for such sums: powers of two, which make ties, any others, and
/// those that make no sense.
Tensor scales(Random &random) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::f32, {elements}));
  llvm::MutableArrayRef<float> values = tensor.mutableElements<float>();
  for (float &value : values) {
    value = std::ldexp(1.0f, static_cast<int>(pick(random, -28, 1)));
    if (pick(random, 0, 3) != 0)
      value *= 1 + static_cast<float>(pick(random, 0, 1 << 23)) * 0x1p-23f;
    if (pick(random, 0, 15) == 0)
      value = -value;
  }
  const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY,
                           NAN,  1e30f, 0x1p-149f};
  for (int64_t i = 0; i < elements; i += 5)
    values[i] = special[i / 5 % 7];
  return tensor;
}

Tensor integers(Random &random, int64_t low, int64_t high) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i32, {elements}));
  for (int32_t &value : tensor.mutableElements<int32_t>())
    value = static_cast<int32_t>(pick(random, low, high));
  return tensor;
}

TEST(CpuRescale, Fp32Rne) {
  Random random(1);
  std::vector<Tensor> inputs{sums(random), scales(random)};
  ProgramBuilder b("fp32_rne");
  const ValueId x = b.input("x", DType::i32, {elements});
  const ValueId scale = b.input("scale", DType::f32, {elements});
  for (DType type : narrowTypes) {
    inputs.push_back(specialTensor(random, type, {elements}));
    const ValueId zp = b.input("zp", type, {elements});
    b.output(b.map(ScalarOp::rescale_fp32_rne, {x, scale, zp}));
    // Constants take other paths: a finite scale is no NaN.
    RegionBuilder region({DType::i32});
    for (float constant : {0x1p-10f, 0.037f, NAN, INFINITY, 0.0f})
      region.yield(region.rescaleFp32Rne(
          region.parameter(0), region.constant(constant),
          region.constantOf(type, isSignedInteger(type) ? -3 : 130)));
    for (ValueId result : b.map(region, x))
      b.output(result);
  }
  for (const Options &machine : machines)
    expectAgreement(b, inputs, {}, machine);
}

TEST(CpuRescale, Tosa) {
  Random random(2);
  std::vector<Tensor> inputs{
      sums(random), integers(random, INT32_MIN, INT32_MAX),
      // Past both ends of what counts.
      integers(random, -1, 66), integers(random, INT32_MIN, INT32_MAX)};
  ProgramBuilder b("tosa");
  const ValueId x = b.input("x", DType::i32, {elements});
  const ValueId multiplier = b.input("multiplier", DType::i32, {elements});
  const ValueId shift = b.input("shift", DType::i32, {elements});
  std::vector<ValueId> zeroPoints{b.input("zp", DType::i32, {elements})};
  for (DType type : narrowTypes) {
    inputs.push_back(specialTensor(random, type, {elements}));
    zeroPoints.push_back(b.input("zp", type, {elements}));
  }
  for (ScalarOp op :
       {ScalarOp::rescale_tosa_single, ScalarOp::rescale_tosa_double}) {
    for (ValueId zp : zeroPoints)
      b.output(b.map(op, {x, multiplier, shift, zp}));
    RegionBuilder region({DType::i32});
    for (int32_t constantShift : {0, 2, 31, 32, 45, 62, 70})
      region.yield(region.rescaleTosa(
          op, region.parameter(0), region.constant<int32_t>(0x5a827999),
          region.constant(constantShift), region.constant<int8_t>(5)));
    for (ValueId result : b.map(region, x))
      b.output(result);
  }
  for (const Options &machine : machines)
    expectAgreement(b, inputs, {}, machine);
}

TEST(CpuRescale, Tables) {
  Random random(3);
  ProgramBuilder b("tables");
  std::vector<Tensor> inputs;
  for (DType from : {DType::i8, DType::u8}) {
    inputs.push_back(randomTensor(random, from, {elements}));
    const ValueId x = b.input("x", from, {elements});
    for (DType to : allTypes()) {
      if (to == DType::boolean)
        continue;
      RegionBuilder region({from});
      region.yield(
          region.table(region.parameter(0), specialTensor(random, to, {256})));
      b.output(b.map(region, x)[0]);
    }
    // With neighbours of another width, and one table after another.
    RegionBuilder region({from});
    const ScalarId first = region.table(region.parameter(0),
                                        randomTensor(random, DType::u8, {256}));
    const ScalarId second =
        region.table(first, randomTensor(random, DType::i8, {256}));
    region.yield(second);
    region.yield(region.cast(DType::f32, second));
    region.yield(region.cast(DType::i64, first));
    for (ValueId result : b.map(region, x))
      b.output(result);
  }
  for (const Options &machine : machines)
    expectAgreement(b, inputs, {}, machine);
}

TEST(CpuRescale, BehindAMatMul) {
  Random random(4);
  const std::vector<Tensor> inputs{
      randomTensor(random, DType::u8, {7, 90}),
      randomTensor(random, DType::i8, {90, 37}),
      randomTensor(random, DType::i32, {1, 37}),
  };
  ProgramBuilder b("epilogue");
  const ValueId lhs = b.input("lhs", DType::u8, {7, 90});
  const ValueId rhs = b.input("rhs", DType::i8, {90, 37});
  const ValueId bias = b.input("bias", DType::i32, {1, 37});
  RegionBuilder region({DType::i32, DType::i32});
  const ScalarId sum =
      region.add(region.parameter(0),
                 region.binary(ScalarOp::shift_right, region.parameter(1),
                               region.constant<int32_t>(16)));
  const ScalarId q = region.rescaleFp32Rne(sum, region.constant(0x1p-11f),
                                           region.constant<uint8_t>(120));
  region.yield(region.table(q, randomTensor(random, DType::i8, {256})));
  MatMulOptions options;
  options.lhsZp = {131};
  options.rhsZp = {-3};
  options.epilogue = {region, {bias}};
  b.output(b.matmul(lhs, rhs, options));
  for (const Options &machine : machines)
    expectAgreement(b, inputs, {}, machine);
}

} // namespace
