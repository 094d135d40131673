// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposes as rounds of shuffles.

#include "backends/cpu/compiler/kernels/Transpose.h"

using namespace llvm;

namespace glowplug::cpu {

void transpose(IRBuilder<> &builder, MutableArrayRef<Value *> rows) {
  // Swaps ever larger blocks beside the diagonal.
  const int lanes = rows.size();
  for (int distance = 1; distance < lanes; distance *= 2) {
    SmallVector<int, 16> low, high;
    for (int lane = 0; lane < lanes; ++lane) {
      const bool isOdd = lane & distance;
      low.push_back(isOdd ? lanes + lane - distance : lane);
      high.push_back(isOdd ? lanes + lane : lane + distance);
    }
    for (int i = 0; i < lanes; ++i) {
      if (i & distance)
        continue;
      Value *a = rows[i];
      Value *b = rows[i + distance];
      rows[i] = builder.CreateShuffleVector(a, b, low);
      rows[i + distance] = builder.CreateShuffleVector(a, b, high);
    }
  }
}

} // namespace glowplug::cpu
