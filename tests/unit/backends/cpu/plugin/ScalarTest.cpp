// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar operations of the CPU backend against the reference, over all types.

#include "core/reference/Call.h"
#include "tests/unit/backends/cpu/plugin/Testing.h"

#include <bit>
#include <cmath>

using namespace glowplug;
using namespace glowplug::cputest;
using image::ScalarOp;

namespace {

/// Sizes with full vectors and a tail.
constexpr int64_t elements = 547;

/// One program that applies each of \p ops, of \p operands operands of
/// \p type, to tensors with special elements.
void expectOps(llvm::ArrayRef<ScalarOp> ops, unsigned operands, DType type,
               bool isTest, const Limit &limit, uint32_t seed) {
  Random random(seed);
  ProgramBuilder b("scalars");
  std::vector<ValueId> values;
  std::vector<Tensor> inputs;
  std::vector<DType> types(operands, type);
  for (unsigned i = 0; i < operands; ++i) {
    values.push_back(b.input("x", type, {elements}));
    inputs.push_back(specialTensor(random, type, {elements}));
  }
  for (ScalarOp op : ops) {
    RegionBuilder region(types);
    std::vector<ScalarId> scalars;
    for (unsigned i = 0; i < operands; ++i)
      scalars.push_back(region.parameter(i));
    region.yield(
        region.instruction(op, isTest ? DType::boolean : type, scalars));
    b.output(b.map(region, values)[0]);
  }
  SCOPED_TRACE(dtypeName(type).str() + ", seed " + std::to_string(seed));
  expectAgreement(b, inputs, limit);
}

/// As libm's, whose double results are rounded once: half an ulp, and what
/// the double's own error adds.
const Limit oneUlp{1, 0, {}};

} // namespace

TEST(CpuScalar, ExactUnaryFloats) {
  for (DType type : floatTypes())
    expectOps({ScalarOp::neg, ScalarOp::abs, ScalarOp::sign, ScalarOp::floor,
               ScalarOp::ceil, ScalarOp::trunc, ScalarOp::round_even,
               ScalarOp::sqrt},
              1, type, false, {}, 1);
}

/// Seen by dividing by it, as zeros are equal.
TEST(CpuScalar, SignOfMinusZeroIsZero) {
  for (DType type : floatTypes()) {
    ProgramBuilder b("sign");
    RegionBuilder region({type});
    const ScalarId sign = region.unary(ScalarOp::sign, region.parameter(0));
    region.yield(
        region.binary(ScalarOp::div, region.constantOf(type, 1), sign));
    b.output(b.map(region, {b.input("x", type, {5})})[0]);
    const std::vector<double> x{-0.0, 0.0, -2.0, 3.0, NAN};
    expectAgreement(b, llvm::cantFail(reference::castTensor(
                           Tensor::of<double>({5}, x), type)));
  }
}

TEST(CpuScalar, TranscendentalFloats) {
  for (DType type : floatTypes())
    expectOps({ScalarOp::exp, ScalarOp::log, ScalarOp::erf, ScalarOp::sin,
               ScalarOp::cos, ScalarOp::tan, ScalarOp::asin, ScalarOp::acos,
               ScalarOp::atan, ScalarOp::sinh, ScalarOp::cosh, ScalarOp::tanh,
               ScalarOp::asinh, ScalarOp::acosh, ScalarOp::atanh,
               ScalarOp::log1p},
              1, type, false, oneUlp, 2);
}

TEST(CpuScalar, BinaryFloats) {
  for (DType type : floatTypes())
    expectOps({ScalarOp::add, ScalarOp::sub, ScalarOp::mul, ScalarOp::div,
               ScalarOp::rem, ScalarOp::min, ScalarOp::max},
              2, type, false, {}, 3);
}

TEST(CpuScalar, PowerOfFloats) {
  for (DType type : floatTypes())
    expectOps({ScalarOp::pow}, 2, type, false, oneUlp, 4);
}

TEST(CpuScalar, Integers) {
  for (DType type : integerTypes()) {
    expectOps({ScalarOp::neg, ScalarOp::abs, ScalarOp::sign, ScalarOp::invert},
              1, type, false, {}, 5);
    expectOps({ScalarOp::add, ScalarOp::sub, ScalarOp::mul, ScalarOp::div,
               ScalarOp::rem, ScalarOp::pow, ScalarOp::min, ScalarOp::max,
               ScalarOp::bit_and, ScalarOp::bit_or, ScalarOp::bit_xor,
               ScalarOp::shift_left, ScalarOp::shift_right},
              2, type, false, {}, 6);
  }
}

TEST(CpuScalar, ShiftsBySmallAmounts) {
  for (DType type : integerTypes()) {
    ProgramBuilder b("shifts");
    Random random(7);
    std::vector<Tensor> inputs{randomTensor(random, type, {elements})};
    ValueId x = b.input("x", type, {elements});
    for (int amount : {0, 1, 7, 8, 15, 31, 63, 64}) {
      for (ScalarOp op : {ScalarOp::shift_left, ScalarOp::shift_right}) {
        RegionBuilder region({type});
        region.yield(region.binary(op, region.parameter(0),
                                   region.constantOf(type, amount)));
        b.output(b.map(region, x)[0]);
      }
    }
    expectAgreement(b, inputs);
  }
}

TEST(CpuScalar, Booleans) {
  expectOps({ScalarOp::invert}, 1, DType::boolean, false, {}, 8);
  expectOps({ScalarOp::bit_and, ScalarOp::bit_or, ScalarOp::bit_xor}, 2,
            DType::boolean, false, {}, 9);
}

TEST(CpuScalar, Comparisons) {
  for (DType type : allTypes())
    expectOps({ScalarOp::eq, ScalarOp::ne, ScalarOp::lt, ScalarOp::le,
               ScalarOp::gt, ScalarOp::ge},
              2, type, true, {}, 10);
  for (DType type : floatTypes())
    expectOps({ScalarOp::is_nan, ScalarOp::is_inf}, 1, type, true, {}, 11);
}

TEST(CpuScalar, CastsBetweenAllTypes) {
  for (DType from : allTypes()) {
    Random random(12);
    ProgramBuilder b("casts");
    // Large numbers as well: most floats here are below 2.
    std::vector<Tensor> inputs{specialTensor(random, from, {elements})};
    ValueId x = b.input("x", from, {elements});
    for (DType to : allTypes()) {
      RegionBuilder region({from});
      region.yield(region.cast(to, region.parameter(0)));
      b.output(b.map(region, x)[0]);
      if (isFloat(from)) {
        RegionBuilder scaled({from});
        scaled.yield(
            scaled.cast(to, scaled.mul(scaled.parameter(0),
                                       scaled.constantOf(from, 12345.678))));
        b.output(b.map(scaled, x)[0]);
      }
    }
    SCOPED_TRACE(dtypeName(from).str());
    expectAgreement(b, inputs);
  }
}

TEST(CpuScalar, BitcastsBetweenTypesOfOneWidth) {
  for (DType from : allTypes()) {
    if (from == DType::boolean)
      continue;
    Random random(18);
    ProgramBuilder b("bitcasts");
    std::vector<Tensor> inputs{specialTensor(random, from, {elements})};
    ValueId x = b.input("x", from, {elements});
    for (DType to : allTypes()) {
      if (to == DType::boolean || dtypeBytes(to) != dtypeBytes(from))
        continue;
      RegionBuilder region({from});
      region.yield(
          region.instruction(ScalarOp::bitcast, to, region.parameter(0)));
      b.output(b.map(region, x)[0]);
    }
    SCOPED_TRACE(dtypeName(from).str());
    expectAgreement(b, inputs);
  }
}

TEST(CpuScalar, SelectOfAllTypes) {
  for (DType type : allTypes()) {
    Random random(13);
    ProgramBuilder b("select");
    std::vector<Tensor> inputs{randomTensor(random, DType::boolean, {elements}),
                               specialTensor(random, type, {elements}),
                               specialTensor(random, type, {elements})};
    std::vector<ValueId> x;
    for (const Tensor &input : inputs)
      x.push_back(b.input("x", input.dtype(), {elements}));
    RegionBuilder region({DType::boolean, type, type});
    region.yield(region.select(region.parameter(0), region.parameter(1),
                               region.parameter(2)));
    b.output(b.map(region, x)[0]);
    expectAgreement(b, inputs);
  }
}

TEST(CpuScalar, Fma) {
  for (DType type : floatTypes()) {
    Random random(17);
    ProgramBuilder b("fma");
    std::vector<Tensor> inputs;
    std::vector<ValueId> x;
    for (int i = 0; i < 3; ++i) {
      inputs.push_back(specialTensor(random, type, {elements}));
      x.push_back(b.input("x", type, {elements}));
    }
    b.output(b.map(ScalarOp::fma, x));
    // A sum that cancels shows what the product has lost.
    RegionBuilder region({type, type});
    const ScalarId lhs = region.parameter(0), rhs = region.parameter(1);
    region.yield(region.fma(lhs, rhs,
                            region.unary(ScalarOp::neg, region.mul(lhs, rhs))));
    b.output(b.map(region, {x[0], x[1]})[0]);
    SCOPED_TRACE(dtypeName(type).str());
    expectAgreement(b, inputs);
  }
}

TEST(CpuScalar, QuantizeAndDequantize) {
  for (DType real : floatTypes())
    for (DType integer : integerTypes()) {
      Random random(14);
      ProgramBuilder b("quantize");
      std::vector<Tensor> inputs{specialTensor(random, real, {elements}),
                                 specialTensor(random, integer, {elements}),
                                 specialTensor(random, integer, {elements}),
                                 specialTensor(random, real, {elements})};
      std::vector<ValueId> x;
      for (const Tensor &input : inputs)
        x.push_back(b.input("x", input.dtype(), {elements}));
      // A small scale, so that results spread over the range and saturate.
      RegionBuilder region({real, integer});
      ScalarId scale =
          region.constantOf(real, dtypeBytes(integer) > 2 ? 1e-3 : 0.011);
      region.yield(
          region.quantize(region.parameter(0), scale, region.parameter(1)));
      b.output(b.map(region, {x[0], x[1]})[0]);
      RegionBuilder back({integer, integer, real});
      back.yield(back.dequantize(back.parameter(0), back.parameter(2),
                                 back.parameter(1)));
      b.output(b.map(back, {x[1], x[2], x[3]})[0]);
      SCOPED_TRACE(dtypeName(real).str() + " " + dtypeName(integer).str());
      expectAgreement(b, inputs);
    }
}

/// Many arguments over the whole range: the vector functions have their own
/// polynomials.
TEST(CpuScalar, VectorFunctionsOverTheirWholeRange) {
  constexpr int64_t count = 1 << 17;
  Tensor x = llvm::cantFail(Tensor::zeros(DType::f32, {count}));
  llvm::MutableArrayRef<float> values = x.mutableElements<float>();
  for (int64_t i = 0; i < count; ++i)
    values[i] = std::bit_cast<float>(static_cast<uint32_t>(i << 15) + 12345u);
  ProgramBuilder b("functions");
  ValueId input = b.input("x", DType::f32, {count});
  for (ScalarOp op :
       {ScalarOp::exp, ScalarOp::log, ScalarOp::erf, ScalarOp::tanh})
    b.output(b.map(op, input));
  expectAgreement(b, x, oneUlp);
}

TEST(CpuScalar, ConstantExponents) {
  Random random(15);
  for (DType type : floatTypes()) {
    ProgramBuilder b("powers");
    std::vector<Tensor> inputs{specialTensor(random, type, {elements})};
    ValueId x = b.input("x", type, {elements});
    for (double exponent : {0.0, 1.0, 2.0, 3.0, 0.5, -1.0, -2.0, 2.5}) {
      RegionBuilder region({type});
      region.yield(region.binary(ScalarOp::pow, region.parameter(0),
                                 region.constantOf(type, exponent)));
      b.output(b.map(region, x)[0]);
    }
    expectAgreement(b, inputs, oneUlp);
  }
}

TEST(CpuScalar, PowersOverAWideRange) {
  constexpr int64_t count = 1 << 15;
  Random random(16);
  Tensor x = llvm::cantFail(Tensor::zeros(DType::f32, {count}));
  Tensor y = llvm::cantFail(Tensor::zeros(DType::f32, {count}));
  const float exponents[] = {0,    1,     2, 3,        -1,        -2,
                             0.5f, -0.5f, 7, INFINITY, -INFINITY, NAN};
  for (int64_t i = 0; i < count; ++i) {
    x.mutableElements<float>()[i] =
        i % 2 ? std::bit_cast<float>(static_cast<uint32_t>(random()))
              : static_cast<float>(pick(random, -300, 300)) / 64;
    y.mutableElements<float>()[i] =
        i % 3 ? static_cast<float>(pick(random, -60, 60)) * 0.37f
              : exponents[random() % std::size(exponents)];
  }
  ProgramBuilder b("powers");
  b.output(b.map(ScalarOp::pow, {b.input("x", DType::f32, {count}),
                                 b.input("y", DType::f32, {count})}));
  expectAgreement(b, {x, y}, oneUlp);
}
