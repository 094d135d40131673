// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stable sorting of one line of a tensor: a merge sort of positions, which
// needs no memory but the scratch it is given.

#include "backends/cpu/runtime/Sort.h"

#include <glowplug/image.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <type_traits>

namespace glowplug::cpu {
namespace {

/// f16 or bf16: compared by the order of their bit patterns.
template <bool isBrain>
struct ShortFloat {
  uint16_t bits;

  bool isNan() const { return (bits & 0x7fff) > (isBrain ? 0x7f80 : 0x7c00); }
  /// Grows with the number; the two zeros are equal.
  int order() const {
    int magnitude = bits & 0x7fff;
    return bits & 0x8000 ? -magnitude : magnitude;
  }
};

template <typename T>
bool isNan(const T &value) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(value);
  else if constexpr (std::is_integral_v<T>)
    return false;
  else
    return value.isNan();
}

/// Whether \p x stands before \p y in ascending order.
template <typename T>
bool isLess(const T &x, const T &y) {
  if (isNan(x) || isNan(y))
    return !isNan(x) && isNan(y);
  if constexpr (std::is_arithmetic_v<T>)
    return x < y;
  else
    return x.order() < y.order();
}

template <typename T>
void sortTyped(const SortLine &line, bool descending) {
  auto *input = static_cast<const T *>(line.input);
  auto *values = static_cast<T *>(line.values);
  auto at = [&](int64_t i) { return input[i * line.stride]; };
  auto before = [&](int64_t i, int64_t j) {
    return descending ? isLess(at(j), at(i)) : isLess(at(i), at(j));
  };
  int64_t *from = line.scratch, *to = line.scratch + line.count;
  std::iota(from, from + line.count, 0);
  for (int64_t width = 1; width < line.count; width *= 2) {
    for (int64_t begin = 0; begin < line.count; begin += 2 * width) {
      int64_t middle = std::min(begin + width, line.count);
      int64_t end = std::min(begin + 2 * width, line.count);
      std::merge(from + begin, from + middle, from + middle, from + end,
                 to + begin, before);
    }
    std::swap(from, to);
  }
  for (int64_t i = 0; i < line.count; ++i) {
    values[i * line.stride] = at(from[i]);
    line.indices[i * line.stride] = from[i];
  }
}

} // namespace

void sortLine(const SortLine *line, uint32_t dtype, uint32_t descending) {
  switch (dtype) {
  case gp_image_dtype_boolean:
  case gp_image_dtype_u8:
    return sortTyped<uint8_t>(*line, descending);
  case gp_image_dtype_i8:
    return sortTyped<int8_t>(*line, descending);
  case gp_image_dtype_i16:
    return sortTyped<int16_t>(*line, descending);
  case gp_image_dtype_u16:
    return sortTyped<uint16_t>(*line, descending);
  case gp_image_dtype_i32:
    return sortTyped<int32_t>(*line, descending);
  case gp_image_dtype_u32:
    return sortTyped<uint32_t>(*line, descending);
  case gp_image_dtype_i64:
    return sortTyped<int64_t>(*line, descending);
  case gp_image_dtype_u64:
    return sortTyped<uint64_t>(*line, descending);
  case gp_image_dtype_f16:
    return sortTyped<ShortFloat<false>>(*line, descending);
  case gp_image_dtype_bf16:
    return sortTyped<ShortFloat<true>>(*line, descending);
  case gp_image_dtype_f32:
    return sortTyped<float>(*line, descending);
  case gp_image_dtype_f64:
    return sortTyped<double>(*line, descending);
  default:
    return;
  }
}

} // namespace glowplug::cpu
