// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Results of every type after every op that fuses element-wise work: what is
// stored may be narrower or wider than the accumulator.

#include "core/reference/Call.h"
#include "tests/unit/backends/cpu/plugin/Testing.h"

using namespace glowplug;
using namespace glowplug::cputest;
using image::ReduceKind;
using image::ScalarOp;

namespace {

/// A tail that ends in \p stored, from an accumulator of \p type: a residual
/// and a step that keeps casts to integers in range.
Epilogue tailTo(DType stored, DType type, ValueId residual) {
  RegionBuilder region({type, type});
  ScalarId x =
      region.binary(ScalarOp::add, region.parameter(0), region.parameter(1));
  if (stored == DType::boolean) {
    region.yield(region.test(ScalarOp::gt, {x, region.constantOf(type, 1)}));
  } else {
    x = region.binary(ScalarOp::min, x, region.constantOf(type, 100));
    x = region.binary(ScalarOp::max, x, region.constantOf(type, 0));
    region.yield(stored == type ? x : region.cast(stored, x));
  }
  return {std::move(region), {residual}};
}

/// Small integers, so that no sum rounds and all results are exact.
Tensor smallTensor(Random &random, DType type, llvm::ArrayRef<int64_t> shape) {
  Tensor bytes = randomTensor(random, DType::u8, shape);
  std::vector<double> values;
  for (uint8_t byte : bytes.elements<uint8_t>())
    values.push_back(byte % 4);
  return llvm::cantFail(
      reference::castTensor(Tensor::of<double>(shape, values), type));
}

struct Case {
  ProgramBuilder b{"stored"};
  std::vector<Tensor> inputs;
  Random random;

  ValueId input(DType type, llvm::ArrayRef<int64_t> shape) {
    inputs.push_back(smallTensor(random, type, shape));
    return b.input("x" + std::to_string(inputs.size()), type, shape);
  }
  void expectExact() { expectAgreement(b, inputs); }
};

/// Around the widths of vectors of every target.
constexpr int64_t widths[] = {1, 7, 8, 15, 16, 17, 33, 65};

const WindowOptions halving{{1, 1, 2, 2}, {}, {}, {}, {}};

/// Calls \p body with inputs [2, channels, 6, 8] and the type of their sums or
/// extremes, and runs what it made.
void forEachReduction(
    llvm::function_ref<void(Case &, ReduceKind, ValueId, DType)> body) {
  for (DType type : {DType::f32, DType::i32, DType::u8, DType::i8})
    for (ReduceKind kind : {ReduceKind::sum, ReduceKind::max})
      for (int64_t channels : {3, 33}) {
        Case c;
        const bool widens = dtypeBytes(type) == 1 && kind == ReduceKind::sum;
        body(c, kind, c.input(type, {2, channels, 6, 8}),
             widens ? DType::i32 : type);
        SCOPED_TRACE("channels " + std::to_string(channels));
        c.expectExact();
      }
}

class CpuStoredType : public testing::TestWithParam<DType> {};

INSTANTIATE_TEST_SUITE_P(, CpuStoredType, testing::ValuesIn(allTypes()),
                         [](const testing::TestParamInfo<DType> &info) {
                           return dtypeName(info.param).str();
                         });

} // namespace

TEST_P(CpuStoredType, MatMul) {
  for (DType type : {DType::f32, DType::u8, DType::f64}) {
    Case c;
    const DType sum = type == DType::u8 ? DType::i32 : type;
    int64_t rows = 1;
    for (int64_t n : widths) {
      MatMulOptions options;
      ValueId lhs = c.input(type, {2, rows, 6});
      ValueId rhs = c.input(type, {2, 6, n});
      options.epilogue = tailTo(GetParam(), sum, c.input(sum, {2, rows, n}));
      c.b.output(c.b.matmul(lhs, rhs, options));
      rows = rows % 15 + 2;
    }
    c.expectExact();
  }
}

TEST_P(CpuStoredType, MatMulByConstants) {
  Case c;
  for (int64_t n : widths) {
    MatMulOptions options;
    ValueId lhs = c.input(DType::f32, {5, 9});
    ValueId rhs = c.b.splat<float>({9, n}, 2);
    options.epilogue =
        tailTo(GetParam(), DType::f32, c.input(DType::f32, {1, n}));
    c.b.output(c.b.matmul(lhs, rhs, options));
  }
  c.expectExact();
}

TEST_P(CpuStoredType, Conv) {
  for (DType type : {DType::f32, DType::u8})
    for (int64_t channels : {16, 35})
      for (int64_t groups : {int64_t(1), channels}) {
        Case c;
        const DType sum = type == DType::u8 ? DType::i32 : type;
        ConvOptions options;
        options.groups = groups;
        options.padsLow = options.padsHigh = {1, 1};
        ValueId x = c.input(type, {2, channels, 5, 7});
        ValueId weights =
            type == DType::u8
                ? c.b.splat<uint8_t>({channels, channels / groups, 3, 3}, 1)
                : c.b.splat<float>({channels, channels / groups, 3, 3}, 1);
        options.epilogue =
            tailTo(GetParam(), sum, c.input(sum, {2, channels, 5, 7}));
        c.b.output(c.b.conv(x, weights, options));
        SCOPED_TRACE("channels " + std::to_string(channels));
        c.expectExact();
      }
}

TEST_P(CpuStoredType, Pool) {
  forEachReduction([](Case &c, ReduceKind kind, ValueId x, DType sum) {
    const int64_t channels = c.b.shape(x)[1];
    WindowOptions options = halving;
    options.epilogue =
        tailTo(GetParam(), sum, c.input(sum, {2, channels, 3, 4}));
    c.b.output(c.b.window(kind, x, {1, 1, 2, 2}, options));
  });
}

/// After a pool, whose result is blocked: the reduction reads that.
TEST_P(CpuStoredType, PlaneReduce) {
  forEachReduction([](Case &c, ReduceKind kind, ValueId x, DType sum) {
    const int64_t channels = c.b.shape(x)[1];
    x = c.b.window(ReduceKind::max, x, {1, 1, 2, 2}, halving);
    c.b.output(
        c.b.reduce(kind, x, {2, 3},
                   tailTo(GetParam(), sum, c.input(sum, {2, channels, 1, 1}))));
  });
}

TEST_P(CpuStoredType, Reduce) {
  for (DType type : {DType::f32, DType::u8, DType::f64}) {
    Case c;
    const DType sum = type == DType::u8 ? DType::i32 : type;
    for (int64_t n : widths) {
      ValueId x = c.input(type, {3, 4, n});
      c.b.output(c.b.reduce(ReduceKind::sum, x, {1},
                            tailTo(GetParam(), sum, c.input(sum, {3, 1, n}))));
    }
    c.expectExact();
  }
}

/// Between two pools, so that the operands are blocked.
TEST_P(CpuStoredType, BlockedMap) {
  for (DType type : {DType::f32, DType::u8, DType::i8})
    for (int64_t channels : {17, 33}) {
      Case c;
      ValueId x = c.input(type, {1, channels, 6, 8});
      x = c.b.window(ReduceKind::max, x, {1, 1, 2, 2}, halving);
      ValueId bias = c.input(type, {1, channels, 1, 1});
      Epilogue tail = tailTo(GetParam(), type, bias);
      c.b.output(c.b.mapTo({1, channels, 3, 4}, *tail.region, {x, bias}));
      SCOPED_TRACE("channels " + std::to_string(channels));
      c.expectExact();
    }
}
