// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of matmul.

#include "core/conformance/cases/ops/OpCases.h"

#include <fmt/format.h>

#include <cmath>

namespace glowplug::conformance {
namespace {

enum class ZeroPoints : int64_t { none, one, each };

struct Product {
  DType type;
  int64_t rank, m, k, n, batch;
  ZeroPoints zeroPoints;
  EpilogueKind epilogue;
  DataSet data;
  bool isConstant;
};

llvm::Expected<Tensor> operandOf(const Product &product, Side side,
                                 Random &random) {
  const bool isLeft = side == Side::left;
  llvm::SmallVector<int64_t, 4> shape;
  for (int64_t dim = 0; dim + 2 < product.rank; ++dim)
    shape.push_back(product.batch == (isLeft ? 1 : 2) ? 1 : 2 + dim);
  const int64_t rows = isLeft ? product.m : product.k;
  const int64_t columns = isLeft ? product.k : product.n;
  shape.append({rows, columns});
  Filling filling = {product.data, side, product.k, {}};
  filling.termOf = [=](int64_t element) {
    return isLeft ? element % columns : element / columns % rows;
  };
  return makeTensor(product.type, shape, filling, random);
}

std::vector<int32_t> zeroPointsOf(const Product &product, int64_t count,
                                  Random &random) {
  if (product.zeroPoints == ZeroPoints::none)
    return {};
  const bool isUnsigned =
      product.type == DType::u8 || product.type == DType::u16;
  std::vector<int32_t> points(
      product.zeroPoints == ZeroPoints::one ? 1 : static_cast<size_t>(count));
  for (int32_t &point : points)
    point = static_cast<int32_t>(isUnsigned ? random.range(0, 255)
                                            : random.range(-128, 127));
  return points;
}

llvm::Expected<ProgramSample> makeProduct(const Product &product,
                                          Random &random) {
  ProgramSampleBuilder sample("matmul");
  llvm::Expected<Tensor> left = operandOf(product, Side::left, random);
  llvm::Expected<Tensor> right = operandOf(product, Side::right, random);
  if (!left)
    return left.takeError();
  if (!right)
    return right.takeError();
  const ValueId lhs = sample.input(std::move(*left));
  const ValueId rhs = sample.operand(std::move(*right), product.isConstant);

  MatMulOptions options;
  options.lhsZp = zeroPointsOf(product, product.m, random);
  options.rhsZp = zeroPointsOf(product, product.n, random);
  llvm::SmallVector<int64_t, 4> shape(static_cast<size_t>(product.rank));
  for (int64_t dim = 0; dim + 2 < product.rank; ++dim)
    shape[static_cast<size_t>(dim)] = 2 + dim;
  shape[shape.size() - 2] = product.m;
  shape.back() = product.n;
  const double size = isInteger(product.type) && product.data != DataSet::ties
                          ? std::exp2(8.0 * dtypeBytes(product.type) - 1)
                          : 20;
  const EpiloguePlace place = {accumulatorType(product.type),
                               product.type,
                               shape,
                               shape.size() - 1,
                               size * size * std::sqrt(double(product.k)),
                               product.data == DataSet::ties};
  llvm::Expected<Epilogue> epilogue =
      makeEpilogue(product.epilogue, place, sample, random);
  if (!epilogue)
    return epilogue.takeError();
  options.epilogue = std::move(*epilogue);
  return sample.finish(sample.body.matmul(lhs, rhs, options));
}

bool isLawful(const Product &product) {
  if (isFloat(product.type) && product.zeroPoints != ZeroPoints::none)
    return false;
  // A zero point is an i32, of a type that it can be subtracted in.
  if (dtypeBytes(product.type) > 2 && product.zeroPoints != ZeroPoints::none)
    return false;
  if (product.rank == 2 && product.batch != 0)
    return false;
  return suits(product.data, product.type) &&
         suits(product.epilogue, accumulatorType(product.type));
}

Features featuresOf(const Product &product) {
  Features features = {
      {"op", "MatMul"},
      {"type", dtypeName(product.type).str()},
      {"weights", product.isConstant ? "constant" : "input"},
      {"rank", std::to_string(product.rank)},
      {"epilogue", epilogueName(product.epilogue)},
      {"zero_points", std::to_string(static_cast<int64_t>(product.zeroPoints))},
      {"batch", std::to_string(product.batch)},
      {"data", dataSetName(product.data)}};
  if (!recipeOf(product.epilogue).empty())
    features["recipe"] = recipeOf(product.epilogue);
  return features;
}

Product productOf(DType type, const Choice &choice) {
  return {type,
          choice["rank"],
          choice["m"],
          choice["k"],
          choice["n"],
          choice["batch"],
          static_cast<ZeroPoints>(choice["zp"]),
          static_cast<EpilogueKind>(choice["epilogue"]),
          static_cast<DataSet>(choice["data"]),
          choice["constant"] != 0};
}

/// Products that \p factors allow, of which the first ones are smoke tests
/// unless \p isLong.
void addProducts(OpCaseList &list, DType type,
                 const std::vector<Factor> &factors, bool isLong) {
  const std::vector<Choice> choices = list.choose(
      "MatMul", type, factors,
      [&](const Choice &choice) { return isLawful(productOf(type, choice)); },
      [&](const Choice &choice) {
        return featuresOf(productOf(type, choice));
      });
  for (size_t i = 0; i < choices.size(); ++i) {
    const Product product = productOf(type, choices[i]);
    list.add("MatMul", type,
             fmt::format("r{}.{}x{}x{}.b{}.zp{}.{}.{}.{}", product.rank,
                         product.m, product.k, product.n, product.batch,
                         choices[i]["zp"], epilogueName(product.epilogue),
                         dataSetName(product.data),
                         product.isConstant ? "const" : "input"),
             isLong ? Depth::quick : list.depthOf(i), featuresOf(product),
             [=](Random &random) { return makeProduct(product, random); });
  }
}

} // namespace

void addMatMuls(OpCaseList &list) {
  const std::vector<int64_t> edges = list.edges();
  const std::vector<Factor> usual = {{"m", edges},
                                     {"n", edges},
                                     {"k", edges},
                                     {"rank", {2, 3, 4}},
                                     {"batch", {0, 1, 2}},
                                     {"zp", {0, 1, 2}},
                                     {"epilogue", {0, 1, 2, 3, 4, 5, 6, 7, 8}},
                                     {"data", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
                                     {"constant", {0, 1}}};
  // More weights for a column of results than a machine is likely to hold at a
  // time.
  const std::vector<Factor> withLongSums = {{"m", {1, edges.back()}},
                                            {"n", {3, edges.back()}},
                                            {"k", {1100}},
                                            {"rank", {2}},
                                            {"batch", {0}},
                                            {"zp", {0, 1, 2}},
                                            {"epilogue", {0, 2, 7}},
                                            {"data", {0, 3, 6, 9}},
                                            {"constant", {0, 1}}};
  for (const DType type : dtypes([](DType t) { return t != DType::boolean; })) {
    addProducts(list, type, usual, /*isLong=*/false);
    addProducts(list, type, withLongSums, /*isLong=*/true);
  }
}

} // namespace glowplug::conformance
