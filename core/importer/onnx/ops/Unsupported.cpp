// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that are known and not supported, with the reason.

#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

#define GP_DATA_SHAPE "the shape of its result depends on data"
#define GP_RANDOM "its result is random; it has no reference"
#define GP_STRING "strings are not supported; numbers are"
#define GP_TRAINING "training is not supported"
#define GP_YET "it is not supported yet"

ArrayRef<OpRow> importer::unsupportedRows() {
  constexpr llvm::StringLiteral training = "ai.onnx.preview.training";
  static constexpr OpRow rows[] = {
      notSupported("Bernoulli", 15, GP_RANDOM),
      notSupported("ImageDecoder", 20, "it decodes files"),
      notSupported("MaxRoiPool", 1, GP_YET),
      notSupported("Multinomial", 7, GP_RANDOM),
      notSupported("RandomNormal", 1, GP_RANDOM),
      notSupported("RandomNormalLike", 1, GP_RANDOM),
      notSupported("RandomUniform", 1, GP_RANDOM),
      notSupported("RandomUniformLike", 1, GP_RANDOM),
      notSupported("RegexFullMatch", 20, GP_STRING),
      notSupported("StringConcat", 20, GP_STRING),
      notSupported("StringNormalizer", 10, GP_STRING),
      notSupported("StringSplit", 20, GP_STRING),
      notSupported("Adagrad", 1, GP_TRAINING, training),
      notSupported("Adam", 1, GP_TRAINING, training),
      notSupported("Gradient", 1, GP_TRAINING, training),
      notSupported("Momentum", 1, GP_TRAINING, training),
  };
  return rows;
}
