// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 8-bit weights, less their zero points.

#include "backends/cpu/compiler/tiled/ByteWeights.h"

#include <algorithm>

namespace glowplug::cpu {

ByteWeights readByteWeights(Lowering &l, ValueId id,
                            llvm::ArrayRef<int64_t> zeroPoints, int64_t run) {
  const View &view = l.view(id);
  std::vector<uint8_t> copy;
  std::optional<llvm::ArrayRef<uint8_t>> bytes = l.constantData(view);
  if (!bytes) {
    copy = *l.constantBytes(view);
    bytes = copy;
  }
  const bool isSigned = view.type == gp_image_dtype_i8;
  ByteWeights weights;
  weights.values.resize(bytes->size());
  int least = 0;
  int greatest = 0;
  for (size_t i = 0; i < bytes->size(); ++i) {
    const uint8_t byte = (*bytes)[i];
    int value = isSigned ? static_cast<int8_t>(byte) : byte;
    if (!zeroPoints.empty())
      value -= int(zeroPoints[i / run % zeroPoints.size()]);
    least = std::min(least, value);
    greatest = std::max(greatest, value);
    weights.values[i] = static_cast<int16_t>(value);
  }
  weights.planes = weightPlanesFor(least, greatest);
  return weights;
}

int32_t biasedZeroPoint(DType type, llvm::ArrayRef<int64_t> zeroPoints) {
  const int64_t bias = type == gp_image_dtype_i8 ? 128 : 0;
  const int64_t point = zeroPoints.empty() ? 0 : zeroPoints[0];
  return static_cast<int32_t>(static_cast<uint32_t>(point + bias));
}

} // namespace glowplug::cpu
