// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes inputs from a seed.

#include "core/driver/RandomTensor.h"

#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

using namespace glowplug;

/// The SplitMix64 generator: every seed is a good one.
static uint64_t next(uint64_t &state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

llvm::Expected<Tensor> glowplug::randomTensor(DType type,
                                              llvm::ArrayRef<int64_t> shape,
                                              uint64_t seed, uint64_t stream) {
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(type, shape);
  if (!tensor)
    return tensor;
  uint64_t state = seed;
  state = next(state) ^ stream;
  dispatch(type, [&]<typename T>(TypeTag<T>) {
    for (T &element : tensor->mutableElements<T>()) {
      const uint64_t bits = next(state);
      if constexpr (dtypeOf<T> == DType::boolean)
        element = T((bits >> 63) != 0);
      else if constexpr (isFloat(dtypeOf<T>))
        element = convert<T>(static_cast<double>(bits >> 40) * 0x1p-23 - 1.0);
      else if constexpr (sizeof(T) == 1)
        element = static_cast<T>(bits >> 56);
      else
        element = static_cast<T>(bits >> 61);
    }
  });
  return tensor;
}
