// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of matrices.

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace glowplug;
using namespace glowplug::graphs;

/// Types of MatMul and Gemm.
static const std::vector<DType> &productTypes() {
  static const std::vector<DType> types = [] {
    std::vector<DType> all;
    for (int i = 0; i < 2; ++i)
      llvm::append_range(all, computeTypes());
    for (DType type : {DType::i32, DType::u32, DType::i64, DType::u64})
      all.push_back(type);
    return all;
  }();
  return types;
}

static bool isSmall(const Value &x) { return x.count() <= 8192; }

/// Two shapes that numpy's rules multiply, and the product's.
static Shape productShape(const Shape &a, const Shape &b) {
  const size_t batchA = a.size() > 2 ? a.size() - 2 : 0;
  const size_t batchB = b.size() > 2 ? b.size() - 2 : 0;
  const size_t batch = std::max(batchA, batchB);
  Shape result(batch, 1);
  for (size_t i = 0; i < batch; ++i) {
    if (i + batchA >= batch)
      result[i] = a[i + batchA - batch];
    if (i + batchB >= batch && b[i + batchB - batch] != 1)
      result[i] = b[i + batchB - batch];
  }
  if (a.size() > 1)
    result.push_back(a[a.size() - 2]);
  if (b.size() > 1)
    result.push_back(b.back());
  return result;
}

/// The batch dims of the other side: those of \p batch, some 1, some missing.
static Shape otherBatch(Builder &b, const Shape &batch) {
  if (b.random.chance(0.4))
    return {};
  Shape result(batch.begin() + static_cast<int64_t>(b.random.range(
                                   0, static_cast<int64_t>(batch.size()))),
               batch.end());
  for (int64_t &size : result) {
    if (b.random.chance(0.25))
      size = 1;
    else if (size == 1 && b.random.chance(0.5))
      size = b.random.range(2, 4);
  }
  return result;
}

/// A left side and a right side of \p leftType and \p rightType.
static std::pair<Value, Value> sides(Builder &b, const Value &x,
                                     DType otherType) {
  const bool isLeft = b.random.chance(0.75);
  const int64_t inner =
      isLeft || x.rank() == 1 ? x.shape.back() : x.shape[x.shape.size() - 2];
  const Shape batch(x.shape.begin(),
                    x.shape.end() - std::min<int64_t>(x.rank(), 2));
  Shape other = otherBatch(b, batch);
  if (b.random.chance(0.08)) {
    other = {inner}; // a vector
  } else {
    const int64_t size = b.dim();
    other.push_back(isLeft ? inner : size);
    other.push_back(isLeft ? size : inner);
  }
  const Value fresh = b.fresh(otherType, other, {}, 0.6);
  return isLeft ? std::pair(x, fresh) : std::pair(fresh, x);
}

static Value matMul(Builder &b) {
  Value x = b.some(productTypes(), isSmall, 1, 5);
  if (!x)
    return {};
  auto [left, right] = sides(b, x, x.type);
  return b.node("MatMul", {left, right}, x.type,
                productShape(left.shape, right.shape), {},
                /*exact=*/isInteger(x.type));
}

static Value gemm(Builder &b) {
  Value x = b.some(productTypes(), isSmall, 2, 2);
  if (!x)
    return {};
  const bool transA = b.random.chance(0.3), transB = b.random.chance(0.4);
  const int64_t m = x.shape[transA], k = x.shape[!transA], n = b.dim();
  Value right = b.fresh(x.type, transB ? Shape{n, k} : Shape{k, n}, {}, 0.7);
  Attributes attributes;
  if (transA)
    attributes.set("transA", int64_t{1});
  if (transB)
    attributes.set("transB", int64_t{1});
  std::vector<Value> inputs{x, right};
  if (b.random.chance(0.7)) {
    const Shape bias = b.random.pick(
        {Shape{n}, Shape{n}, Shape{m, n}, Shape{1, n}, Shape{m, 1}, Shape{}});
    inputs.push_back(b.fresh(x.type, bias, {}, 0.7));
  }
  if (isFloat(x.type)) {
    if (b.random.chance(0.3))
      attributes.set("alpha", static_cast<float>(b.random.unit() * 2));
    if (b.random.chance(0.3))
      attributes.set("beta", b.random.pick({0.0f, 0.5f, 2.0f}));
  }
  return b.node("Gemm", inputs, x.type, {m, n}, attributes, isInteger(x.type));
}

/// Labels get sizes; the sides are made to fit.
static Value einsum(Builder &b) {
  static const std::vector<const char *> equations = {
      "ij,jk->ik",       "bij,bjk->bik",    "bij,bkj->bik",      "ij,kj->ik",
      "bhqd,bhkd->bhqk", "bqhd,bkhd->bhqk", "ijk,kl->ijl",       "i,j->ij",
      "ij,j->i",         "ij,ij->",         "bij,jk->bik",       "bi,bj->bij",
      "ijk->kji",        "ij->j",           "bhqk,bkhd->bqhd",   "iij->ij",
      "abc,cd,de->abe",  "ij,jk",           "...ij,...jk->...ik"};
  std::string equation = b.random.pick(equations);
  const DType type = b.type(productTypes());
  std::map<char, int64_t> sizes;
  for (char label : equation)
    if (label >= 'a' && label <= 'z')
      sizes[label] =
          b.random.chance(0.7) ? b.random.range(1, 9) : b.filledDim();
  const Shape batch = b.random.chance(0.5) ? Shape{} : Shape{2, 3};
  const auto shapeOf = [&](const std::string &term) {
    Shape shape;
    for (char label : term) {
      if (label == '.') {
        if (shape.empty())
          shape = batch;
      } else {
        shape.push_back(sizes[label]);
      }
    }
    return shape;
  };
  const size_t arrow = equation.find("->");
  std::string left = equation.substr(0, arrow);
  const std::string result =
      arrow == std::string::npos ? "ik" : equation.substr(arrow + 2);
  std::vector<Value> inputs;
  for (size_t begin = 0; begin <= left.size();) {
    const size_t end = std::min(left.find(',', begin), left.size());
    inputs.push_back(b.like(type, shapeOf(left.substr(begin, end - begin))));
    begin = end + 1;
  }
  return b.node("Einsum", inputs, type, shapeOf(result),
                Attributes().set("equation", equation.c_str()),
                isInteger(type));
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

static const std::vector<DType> &eightBits() {
  static const std::vector<DType> types = {DType::u8, DType::i8};
  return types;
}

/// A zero point, by chance one per \p entries.
static Value zeroPoint(Builder &b, DType type, int64_t entries) {
  const bool isSigned = type == DType::i8;
  const Shape shape =
      entries > 0 && b.random.chance(0.3) ? Shape{entries} : Shape{};
  return b.fresh(type, shape,
                 isSigned ? Fill::between(-128, 127) : Fill::between(0, 255),
                 0.85);
}

static Value scale(Builder &b, const Shape &shape = {}) {
  return b.fresh(DType::f32, shape, Fill::between(0.004, 0.05), 0.9);
}

static Value matMulInteger(Builder &b) {
  Value x = b.some(eightBits(), isSmall, 1, 5);
  if (!x)
    return {};
  auto [left, right] = sides(b, x, b.type(eightBits()));
  std::vector<Value> inputs{left, right};
  if (b.random.chance(0.6)) {
    // One per row is for a matrix.
    inputs.push_back(
        zeroPoint(b, left.type, left.rank() == 2 ? left.shape[0] : 0));
    if (b.random.chance(0.7))
      inputs.push_back(
          zeroPoint(b, right.type, right.rank() == 2 ? right.shape[1] : 0));
  }
  return b.node("MatMulInteger", inputs, DType::i32,
                productShape(left.shape, right.shape));
}

static Value qLinearMatMul(Builder &b) {
  Value x = b.some(eightBits(), isSmall, 1, 4);
  if (!x)
    return {};
  auto [left, right] = sides(b, x, b.type(eightBits()));
  const DType type = b.type(eightBits());
  const bool perColumn = right.rank() == 2 && b.random.chance(0.3);
  const Shape columns = perColumn ? Shape{right.shape[1]} : Shape{};
  return b.node("QLinearMatMul",
                {left, scale(b), zeroPoint(b, left.type, 0), right,
                 scale(b, columns), b.fresh(right.type, columns, {}, 0.9),
                 b.fresh(DType::f32, {}, Fill::between(0.05, 0.5), 0.9),
                 zeroPoint(b, type, 0)},
                type, productShape(left.shape, right.shape));
}

static Value integerToFloat(Builder &b) {
  Value x = b.some(eightBits(), isSmall, 2, 3);
  if (!x)
    return {};
  const int64_t k = x.shape.back(), n = b.filledDim();
  Value right = b.fresh(b.type(eightBits()), {k, n}, {}, 0.8);
  const Shape columns = b.random.chance(0.3) ? Shape{n} : Shape{};
  Shape shape = x.shape;
  shape.back() = n;
  std::vector<Value> inputs{x, right, scale(b), scale(b, columns)};
  if (b.random.chance(0.6)) {
    inputs.push_back(zeroPoint(b, x.type, 0));
    inputs.push_back(b.fresh(right.type, columns, {}, 0.9));
    if (b.random.chance(0.6))
      inputs.push_back(b.fresh(DType::f32, {n}, {}, 0.8));
  }
  return b
      .nodes("MatMulIntegerToFloat", "com.microsoft", inputs,
             {{DType::f32, shape}}, {}, /*exact=*/false)
      .front();
}

const std::vector<OpMaker> &graphs::productOps() {
  static const std::vector<OpMaker> ops = {
      {"MatMul", 4, matMul},
      {"Gemm", 3, gemm},
      {"Einsum", 2, einsum},
      {"MatMulInteger", 2, matMulInteger},
      {"QLinearMatMul", 2, qLinearMatMul},
      {"MatMulIntegerToFloat", 0.5, integerToFloat},
  };
  return ops;
}
