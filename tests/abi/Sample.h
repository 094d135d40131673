// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Inputs of the sample program, and the outputs that they give.
#pragma once

#include "tests/abi/Images.h"

#include <string>

namespace glowplug::testing {

inline const float a[2][3] = {{1, -2, 3}, {-4, 5, -6}};
inline const float b[3] = {10, 20, -30};
inline const float c[2] = {7, -8};

/// The sample program written down again, on plain arrays.
struct Expected {
  float z[2][3], y[2][3];
  Expected() {
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) {
        const float value = (a[i][j] + b[j]) * a[i][j] - c[i];
        y[i][j] = value > 0.5f ? value : 0.5f;
        z[i][j] = b[j] - y[i][j];
      }
  }
};

/// The bytes of an array, as the raw contents of a file.
template <typename T>
std::string bytesOf(const T &array) {
  return {reinterpret_cast<const char *>(&array), sizeof array};
}

inline AlignedBytes aligned(const std::string &bytes) {
  return AlignedBytes(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

} // namespace glowplug::testing
