// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Data movement, alone and in chains: bit by bit as the reference.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include <algorithm>
#include <numeric>

using namespace glowplug;
using namespace glowplug::cputest;

namespace {

std::vector<int64_t> permutation(Random &random, size_t rank) {
  std::vector<int64_t> dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  for (size_t i = rank; i > 1; --i)
    std::swap(dims[i - 1], dims[random() % i]);
  return dims;
}

ValueId appendSlice(Random &random, ProgramBuilder &b, ValueId x) {
  std::vector<int64_t> starts, sizes, strides;
  for (int64_t dim : b.shape(x)) {
    int64_t first = pick(random, 0, dim - 1), last = pick(random, 0, dim - 1);
    int64_t step = pick(random, 1, 3);
    sizes.push_back(std::abs(last - first) / step + 1);
    starts.push_back(first);
    strides.push_back(last < first ? -step : step);
  }
  return b.slice(x, starts, sizes, strides);
}

ValueId appendPad(Random &random, ProgramBuilder &b, ValueId x) {
  std::vector<int64_t> low, high, interior;
  for (size_t d = 0; d < b.shape(x).size(); ++d) {
    low.push_back(pick(random, 0, 2));
    high.push_back(pick(random, 0, 2));
    interior.push_back(pick(random, 0, 1));
  }
  ValueId value = b.constant(randomTensor(random, b.dtype(x), {}));
  return b.pad(x, value, low, high, interior);
}

/// Appends a random movement of \p x.
ValueId appendMovement(Random &random, ProgramBuilder &b, ValueId x) {
  std::vector<int64_t> shape(b.shape(x));
  switch (random() % 7) {
  case 0:
    return b.transpose(x, permutation(random, shape.size()));
  case 1: {
    std::vector<int64_t> merged{1};
    for (int64_t dim : shape)
      random() % 2 ? merged.push_back(dim) : void(merged.back() *= dim);
    return b.reshape(x, merged);
  }
  case 2:
    for (int64_t &dim : shape)
      if (dim == 1)
        dim = pick(random, 1, 4);
    return b.broadcast(x, shape);
  case 3:
    return appendSlice(random, b, x);
  case 4:
    return appendPad(random, b, x);
  case 5: {
    if (shape.empty())
      return x;
    size_t dim = random() % shape.size();
    return b.concat({x, x}, static_cast<int64_t>(dim));
  }
  default:
    return b.map(image::ScalarOp::neg, x);
  }
}

} // namespace

TEST(CpuMovement, RandomChains) {
  for (const uint32_t seed : seeds(120)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    // Not boolean: the chains negate.
    DType type = allTypes()[1 + random() % 12];
    std::vector<int64_t> shape = pickShape(random, random() % 5, 6);
    ProgramBuilder b("chain");
    ValueId x = b.input("x", type, shape);
    Tensor input = randomTensor(random, type, shape);
    for (int step = 0; step < 5; ++step) {
      ValueId next = appendMovement(random, b, x);
      int64_t count = 1;
      for (int64_t dim : b.shape(next))
        count *= dim;
      if (b.shape(next).size() > 7 || count > 200000)
        break;
      x = next;
      if (random() % 3 == 0)
        b.output(x);
    }
    b.output(x);
    expectAgreement(b, input);
  }
}

TEST(CpuMovement, BooleansMove) {
  Random random(1);
  ProgramBuilder b("booleans");
  ValueId x = b.input("x", DType::boolean, {3, 20});
  b.output(b.transpose(x, {1, 0}));
  b.output(appendPad(random, b, x));
  b.output(b.concat({x, x}, 0));
  b.output(b.slice(x, {2, 19}, {3, 7}, {-1, -3}));
  expectAgreement(b, randomTensor(random, DType::boolean, {3, 20}));
}

TEST(CpuMovement, LargeTransposes) {
  for (DType type : {DType::i8, DType::i16, DType::f32, DType::f64}) {
    Random random(2);
    ProgramBuilder b("transposes");
    ValueId x = b.input("x", type, {37, 65, 50});
    b.output(b.transpose(x, {2, 1, 0}));
    b.output(b.transpose(x, {0, 2, 1}));
    b.output(b.transpose(x, {1, 0, 2}));
    b.output(b.transpose(x, {2, 0, 1}));
    expectAgreement(b, randomTensor(random, type, {37, 65, 50}));
  }
}

TEST(CpuMovement, ConcatOfResultsInPlace) {
  // The first two operands may be computed where they are wanted; the third
  // is used twice, the fourth is an output of its own.
  Random random(3);
  ProgramBuilder b("concat");
  ValueId x = b.input("x", DType::f32, {1, 16, 8});
  ValueId p = b.map(image::ScalarOp::neg, x);
  ValueId q = b.map(image::ScalarOp::abs, x);
  ValueId r = b.map(image::ScalarOp::floor, x);
  ValueId s = b.map(image::ScalarOp::ceil, x);
  ValueId all = b.concat({p, q, r, r, s, x}, 1);
  b.output(s);
  b.output(b.map(image::ScalarOp::add, {q, r}));
  b.output(b.concat({all, all}, 0));
  b.output(all);
  expectAgreement(b, randomTensor(random, DType::f32, {1, 16, 8}));
}

TEST(CpuMovement, GatherClampsItsIndices) {
  for (const uint32_t seed : seeds(30)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = allTypes()[random() % allTypes().size()];
    std::vector<int64_t> shape = pickShape(random, 1 + random() % 4, 20);
    std::vector<int64_t> chosen = pickShape(random, random() % 3, 9);
    auto dim = static_cast<int64_t>(random() % shape.size());
    bool isLong = random() % 2;
    Tensor indices =
        llvm::cantFail(Tensor::zeros(isLong ? DType::i64 : DType::i32, chosen));
    for (int64_t i = 0; i < indices.elementCount(); ++i) {
      int64_t index = pick(random, -3, shape[dim] + 2);
      if (isLong)
        indices.mutableElements<int64_t>()[i] = index;
      else
        indices.mutableElements<int32_t>()[i] = static_cast<int32_t>(index);
    }
    ProgramBuilder b("gather");
    ValueId x = b.input("x", type, shape);
    ValueId i = b.input("i", indices.dtype(), chosen);
    b.output(b.gather(x, i, dim));
    expectAgreement(b, {randomTensor(random, type, shape), indices});
  }
}

TEST(CpuMovement, ScatterCombinesInOrder) {
  for (const uint32_t seed : seeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = allTypes()[1 + random() % 12];
    std::vector<int64_t> shape = pickShape(random, 1 + random() % 3, 40);
    int64_t count = pick(random, 1, 30);
    Tensor indices = llvm::cantFail(Tensor::zeros(DType::i64, {count}));
    for (int64_t &index : indices.mutableElements<int64_t>())
      index = pick(random, -1, shape[0]);
    std::vector<int64_t> updates = shape;
    updates[0] = count;
    ProgramBuilder b("scatter");
    ValueId x = b.input("x", type, shape);
    ValueId i = b.input("i", DType::i64, {count});
    ValueId u = b.input("u", type, updates);
    auto kind = static_cast<image::ScatterKind>(seed % 5);
    b.output(b.scatter(kind, x, i, u));
    expectAgreement(b, {specialTensor(random, type, shape), indices,
                        specialTensor(random, type, updates)});
  }
}
