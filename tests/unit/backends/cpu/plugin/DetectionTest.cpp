// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Boxes that do not overlap a better one.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::cputest;

namespace {

/// Numbers of few bits, so that some are equal and each type holds them.
Tensor fewNumbers(Random &random, DType type, llvm::ArrayRef<int64_t> shape,
                  int64_t most) {
  Tensor result = llvm::cantFail(Tensor::zeros(type, shape));
  for (int64_t i = 0; i < result.elementCount(); ++i) {
    const double number = static_cast<double>(pick(random, -8, most)) / 4;
    switch (type) {
    case DType::f16:
      result.mutableElements<Half>()[i] = convert<Half>(number);
      break;
    case DType::bf16:
      result.mutableElements<BFloat16>()[i] = convert<BFloat16>(number);
      break;
    case DType::f32:
      result.mutableElements<float>()[i] = static_cast<float>(number);
      break;
    default:
      result.mutableElements<double>()[i] = number;
    }
  }
  return result;
}

/// One number, which may be infinite or NaN.
Tensor one(DType type, double number) {
  switch (type) {
  case DType::f16:
    return Tensor::scalar(convert<Half>(number));
  case DType::bf16:
    return Tensor::scalar(convert<BFloat16>(number));
  case DType::f32:
    return Tensor::scalar(static_cast<float>(number));
  default:
    return Tensor::scalar(number);
  }
}

} // namespace

TEST(CpuDetection, RandomBoxes) {
  for (const uint32_t seed : seeds(120)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const DType type = floatTypes()[seed % 4];
    const int64_t batches = pick(random, 1, 3), classes = pick(random, 1, 4),
                  count = pick(random, 0, 40);
    const int64_t most = pick(random, 0, count);
    ProgramBuilder b("boxes");
    const auto results = b.nonMaxSuppression(
        b.input("boxes", type, {batches, count, 4}),
        b.input("scores", type, {batches, classes, count}),
        b.input("limit", DType::i64, {}), b.input("iou", type, {}),
        b.input("score", type, {}), most, /*center=*/seed % 3 == 0);
    b.output(results[0]);
    b.output(results[1]);
    const double least[] = {-INFINITY, 0.5, -1, NAN, 1};
    expectAgreement(b, {fewNumbers(random, type, {batches, count, 4}, 24),
                        fewNumbers(random, type, {batches, classes, count}, 8),
                        Tensor::scalar(pick(random, -1, count + 2)),
                        one(type, static_cast<double>(pick(random, -1, 5)) / 4),
                        one(type, least[pick(random, 0, 4)])});
  }
}

TEST(CpuDetection, SpecialNumbersAreNoBoxes) {
  for (const uint32_t seed : seeds(40)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const DType type = floatTypes()[seed % 4];
    ProgramBuilder b("boxes");
    const auto results = b.nonMaxSuppression(
        b.input("boxes", type, {1, 30, 4}), b.input("scores", type, {1, 2, 30}),
        b.input("limit", DType::i64, {}), b.input("iou", type, {}),
        b.input("score", type, {}), 30);
    b.output(results[0]);
    b.output(results[1]);
    // NaN in a box depends on the order of operands of min and max, which
    // nobody promises.
    Tensor boxes = fewNumbers(random, type, {1, 30, 4}, 24);
    expectAgreement(b, {boxes, specialTensor(random, type, {1, 2, 30}),
                        Tensor::scalar(int64_t{25}), one(type, 0.25),
                        one(type, -1)});
  }
}
