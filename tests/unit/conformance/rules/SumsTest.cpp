// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rule R4 tells lawful sums from those that compute with fewer bits.

#include "core/conformance/cases/Data.h"
#include "core/conformance/cases/ProgramCase.h"
#include "core/conformance/record/Verdict.h"
#include "core/conformance/rules/Compare.h"
#include "core/conformance/rules/EncloseProgram.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

constexpr int64_t rows = 32, columns = 32;

/// \p value with \p bits fraction bits, rounded to the nearest.
float withBits(float value, unsigned bits) {
  const unsigned drop = 23 - bits;
  if (drop == 0 || !std::isfinite(value))
    return value;
  auto pattern = std::bit_cast<uint32_t>(value);
  pattern += (1u << (drop - 1)) - 1 + (pattern >> drop & 1);
  return std::bit_cast<float>(pattern >> drop << drop);
}

/// How a kernel sums.
struct Kernel {
  const char *name;
  unsigned operandBits, sumBits;
  bool isFused, isReversed;
  int64_t blocks; ///< Partial sums.
  bool isDouble;
};

constexpr Kernel lawful[] = {{"sequential", 23, 23, false, false, 1, false},
                             {"fused", 23, 23, true, false, 1, false},
                             {"reversed", 23, 23, false, true, 1, false},
                             {"sixteen sums", 23, 23, true, false, 16, false},
                             {"in double", 23, 23, false, false, 1, true}};
constexpr Kernel unlawful[] = {
    {"TF32 operands", 10, 23, false, false, 1, false},
    {"bf16 operands", 7, 23, false, false, 1, false},
    {"16 bits of sum", 23, 16, false, false, 1, false}};

float dot(const Kernel &kernel, const float *a, const float *b, int64_t count,
          int64_t stride) {
  std::vector<float> sums(static_cast<size_t>(kernel.blocks), 0.0f);
  double wide = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t k = kernel.isReversed ? count - 1 - i : i;
    const float x = withBits(a[k], kernel.operandBits);
    const float y = withBits(b[k * stride], kernel.operandBits);
    float &sum = sums[static_cast<size_t>(k % kernel.blocks)];
    wide += static_cast<double>(x) * static_cast<double>(y);
    sum = withBits(kernel.isFused ? std::fma(x, y, sum) : sum + x * y,
                   kernel.sumBits);
  }
  return kernel.isDouble ? static_cast<float>(wide)
                         : std::accumulate(sums.begin(), sums.end(), 0.0f);
}

Tensor multiply(const Kernel &kernel, const Tensor &a, const Tensor &b) {
  const int64_t terms = a.shape()[1];
  std::vector<float> result;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result.push_back(dot(kernel, a.elements<float>().data() + i * terms,
                           b.elements<float>().data() + j, terms, columns));
  return Tensor::of<float>({rows, columns}, llvm::ArrayRef<float>(result));
}

/// A product of one data set.
struct Cell {
  Tensor left, right;
  std::vector<Enclosure> targets;
};

Cell makeCell(DataSet set, int64_t terms, uint64_t seed) {
  Random random(seed);
  Filling left = {set, Side::left, terms, {}}, right = left;
  right.side = Side::right;
  left.termOf = [=](int64_t element) { return element % terms; };
  right.termOf = [](int64_t element) { return element / columns; };
  Cell cell;
  cell.left =
      llvm::cantFail(makeTensor(DType::f32, {rows, terms}, left, random));
  cell.right =
      llvm::cantFail(makeTensor(DType::f32, {terms, columns}, right, random));
  ProgramSampleBuilder sample("product");
  const ValueId a = sample.input(cell.left), b = sample.input(cell.right);
  const ProgramSample made =
      llvm::cantFail(sample.finish(sample.body.matmul(a, b)));
  cell.targets = llvm::cantFail(encloseProgram(
      *image::GetProgram(made.image.data()), made.inputs, {}, FloatPromise()));
  return cell;
}

/// D1 to D6; small integers say nothing of precision.
std::vector<DataSet> floatSets() {
  return {DataSet::zeroProducts, DataSet::extremeExponents, DataSet::equalTail,
          DataSet::logTail,      DataSet::cancelling,       DataSet::fullRange};
}

TEST(SumsTest, LawfulKernelsPassOnAllData) {
  for (const DataSet set : floatSets())
    for (const int64_t terms : {8, 64, 512}) {
      const Cell cell = makeCell(set, terms, 7);
      for (const Kernel &kernel : lawful) {
        const Measurement measured =
            compare(multiply(kernel, cell.left, cell.right), cell.targets[0]);
        EXPECT_TRUE(isWithin(measured))
            << kernel.name << " " << dataSetName(set) << " " << terms << ": "
            << measured.mismatches << " " << measured.where;
      }
    }
}

void expectUnlawful(const Kernel &kernel, DataSet set, int64_t terms) {
  const Cell cell = makeCell(set, terms, 11);
  const Measurement measured =
      compare(multiply(kernel, cell.left, cell.right), cell.targets[0]);
  EXPECT_FALSE(isWithin(measured))
      << kernel.name << " " << dataSetName(set) << " " << terms;
}

TEST(SumsTest, KernelsOfFewerBitsFail) {
  for (const DataSet set :
       {DataSet::extremeExponents, DataSet::logTail, DataSet::fullRange})
    for (const int64_t terms : {8, 64, 512})
      for (const Kernel &kernel : unlawful)
        expectUnlawful(kernel, set, terms);
}

TEST(SumsTest, ShortSumsLoseTheTail) {
  for (const int64_t terms : {64, 512})
    expectUnlawful(unlawful[2], DataSet::equalTail, terms);
}

TEST(SumsTest, ALostTermShows) {
  const Cell cell = makeCell(DataSet::smallIntegers, 64, 3);
  Tensor product = multiply(lawful[0], cell.left, cell.right);
  EXPECT_TRUE(isWithin(compare(product, cell.targets[0])));
  product.mutableElements<float>()[77] -=
      cell.left.elements<float>()[2 * 64 + 63] + 1;
  EXPECT_FALSE(isWithin(compare(product, cell.targets[0])));
}

} // namespace
