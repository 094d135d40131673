// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions, positions of extremes, scans and sorts.

#include "tests/unit/backends/cpu/plugin/Testing.h"

using namespace glowplug;
using namespace glowplug::cputest;
using image::ReduceKind;

namespace {

/// Dims of \p rank, at least one.
std::vector<int64_t> pickDims(Random &random, size_t rank) {
  std::vector<int64_t> dims;
  for (size_t d = 0; d < rank; ++d)
    if (random() % 2)
      dims.push_back(static_cast<int64_t>(d));
  if (dims.empty())
    dims.push_back(static_cast<int64_t>(random() % rank));
  return dims;
}

Tensor magnitudes(const Tensor &tensor) {
  Tensor result = llvm::cantFail(tensor.clone());
  auto bytes = result.mutableBytes();
  const size_t size = dtypeBytes(tensor.dtype());
  for (size_t i = size - 1; i < bytes.size(); i += size)
    bytes[i] &= 0x7f; // the sign
  return result;
}

/// Unit roundoff of what sums of \p type run in.
double roundoff(DType type) { return type == DType::f64 ? 0x1p-53 : 0x1p-24; }

} // namespace

TEST(CpuReduce, SumsOfFloats) {
  for (const uint32_t seed : seeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = floatTypes()[seed % 4];
    size_t rank = 1 + random() % 4;
    std::vector<int64_t> shape = pickShape(random, rank, rank < 3 ? 300 : 24);
    std::vector<int64_t> dims = pickDims(random, rank);
    int64_t count = 1;
    for (int64_t dim : dims)
      count *= shape[dim];
    ProgramBuilder b("sum");
    b.output(b.reduce(ReduceKind::sum, b.input("x", type, shape), dims));
    Tensor x = randomTensor(random, type, shape);
    // n - 1 additions in the accumulator's type, and one rounding at the end.
    Limit limit{1, roundoff(type) * static_cast<double>(count - 1), {}};
    limit.sums = runReference(imageOf(b), magnitudes(x));
    expectAgreement(b, x, limit);
  }
}

TEST(CpuReduce, ProductsOfFloats) {
  for (DType type : floatTypes()) {
    Random random(1);
    ProgramBuilder b("products");
    ValueId x = b.input("x", type, {9, 5, 11});
    b.output(b.reduce(ReduceKind::prod, x, {0}));
    b.output(b.reduce(ReduceKind::prod, x, {2}));
    b.output(b.reduce(ReduceKind::prod, x, {1}));
    // Each of n - 1 multiplications rounds once.
    expectAgreement(b, randomTensor(random, type, {9, 5, 11}), {12, 0, {}});
  }
}

TEST(CpuReduce, IntegersAndExtremesAreExact) {
  for (const uint32_t seed : seeds(120)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    auto kind = static_cast<ReduceKind>(seed % 4);
    bool isExtreme = kind == ReduceKind::min || kind == ReduceKind::max;
    llvm::ArrayRef<DType> types = isExtreme ? allTypes() : integerTypes();
    DType type = types[random() % types.size()];
    size_t rank = 1 + random() % 4;
    std::vector<int64_t> shape = pickShape(random, rank, rank < 3 ? 200 : 20);
    ProgramBuilder b("reduce");
    b.output(b.reduce(kind, b.input("x", type, shape), pickDims(random, rank)));
    expectAgreement(b, specialTensor(random, type, shape));
  }
}

TEST(CpuReduce, EpiloguesWithExtras) {
  for (const uint32_t seed : seeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = DType::i16;
    std::vector<int64_t> shape = pickShape(random, 3, 20), result = shape;
    std::vector<int64_t> dims = pickDims(random, 3);
    for (int64_t dim : dims)
      result[dim] = 1;
    std::vector<int64_t> extra = result;
    extra[random() % 3] = 1;
    RegionBuilder region({DType::i32, DType::f32});
    region.yield(region.mul(region.cast(DType::f32, region.parameter(0)),
                            region.parameter(1)));
    ProgramBuilder b("epilogue");
    ValueId x = b.input("x", type, shape);
    ValueId y = b.input("y", DType::f32, extra);
    b.output(b.reduce(ReduceKind::sum, x, dims, {region, {y}}));
    expectAgreement(b, {randomTensor(random, type, shape),
                        randomTensor(random, DType::f32, extra)});
  }
}

TEST(CpuReduce, PositionsOfExtremes) {
  for (const uint32_t seed : seeds(80)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = allTypes()[1 + random() % 12];
    std::vector<int64_t> shape = pickShape(random, 1 + random() % 3, 30);
    ProgramBuilder b("arg");
    ValueId x = b.input("x", type, shape);
    auto dim = static_cast<int64_t>(random() % shape.size());
    for (ReduceKind kind : {ReduceKind::min, ReduceKind::max})
      for (bool last : {false, true})
        b.output(b.argReduce(kind, x, dim, last));
    expectAgreement(b, specialTensor(random, type, shape));
  }
}

TEST(CpuReduce, ScansOfIntegers) {
  for (const uint32_t seed : seeds(40)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = integerTypes()[random() % 8];
    std::vector<int64_t> shape = pickShape(random, 1 + random() % 3, 25);
    ProgramBuilder b("scan");
    ValueId x = b.input("x", type, shape);
    auto dim = static_cast<int64_t>(random() % shape.size());
    for (ReduceKind kind : {ReduceKind::sum, ReduceKind::prod})
      for (bool exclusive : {false, true})
        for (bool reverse : {false, true})
          b.output(b.scan(kind, x, dim, {exclusive, reverse}));
    expectAgreement(b, randomTensor(random, type, shape));
  }
}

TEST(CpuReduce, ScansOfFloats) {
  for (DType type : floatTypes()) {
    Random random(2);
    ProgramBuilder b("scan");
    ValueId x = b.input("x", type, {3, 40, 17});
    for (int64_t dim : {0, 1, 2})
      b.output(b.scan(ReduceKind::sum, x, dim));
    Tensor input = randomTensor(random, type, {3, 40, 17});
    Limit limit{1, roundoff(type) * 40, {}};
    limit.sums = runReference(imageOf(b), magnitudes(input));
    expectAgreement(b, input, limit);
  }
}

TEST(CpuReduce, SortsAreStable) {
  for (const uint32_t seed : seeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = allTypes()[1 + random() % 12];
    std::vector<int64_t> shape = pickShape(random, 1 + random() % 3, 30);
    ProgramBuilder b("sort");
    ValueId x = b.input("x", type, shape);
    auto dim = static_cast<int64_t>(random() % shape.size());
    for (bool descending : {false, true})
      for (ValueId result : b.sort(x, dim, descending))
        b.output(result);
    expectAgreement(b, specialTensor(random, type, shape));
  }
}
