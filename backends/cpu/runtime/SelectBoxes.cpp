// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Boxes that do not overlap a better one. Arithmetic is that of the primitive:
// each operation rounded, in f32, or in f64 for that type.

#include "backends/cpu/runtime/SelectBoxes.h"

#include <glowplug/image.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace glowplug::cpu {
namespace {

struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};

float widen(float value) { return value; }
double widen(double value) { return value; }
float widen(Brain value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}
float widen(Half value) {
  const int exponent = value.bits >> 10 & 0x1f, mantissa = value.bits & 0x3ff;
  const float sign = value.bits & 0x8000 ? -1 : 1;
  if (exponent == 0x1f)
    return mantissa == 0 ? sign * INFINITY : NAN;
  if (exponent == 0)
    return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

template <typename A>
struct Box {
  A low[2], high[2];
  A area;
};

template <typename A, typename T>
Box<A> readBox(const T *numbers, bool isCenter) {
  Box<A> box;
  for (int i = 0; i < 2; ++i) {
    const A first = widen(numbers[i]), second = widen(numbers[i + 2]);
    const A half = second / 2;
    const A a = isCenter ? first - half : first;
    const A b = isCenter ? first + half : second;
    box.low[i] = std::min(a, b);
    box.high[i] = std::max(a, b);
  }
  box.area = (box.high[0] - box.low[0]) * (box.high[1] - box.low[1]);
  return box;
}

/// Intersection over union; 0 where a box has no area.
template <typename A>
A overlap(const Box<A> &a, const Box<A> &b) {
  if (!(a.area > 0) || !(b.area > 0))
    return 0;
  A common = 1;
  for (int i = 0; i < 2; ++i) {
    const A side =
        std::min(a.high[i], b.high[i]) - std::max(a.low[i], b.low[i]);
    if (!(side > 0))
      return 0;
    common *= side;
  }
  return common / (a.area + b.area - common);
}

/// The boxes to keep of one class, best first, in \p kept, which has room for
/// one per box; returns how many.
template <typename A, typename T>
int64_t selectClass(const BoxSelection &at, const Box<A> *boxes,
                    const T *scores, int64_t limit, int64_t *order) {
  const A least = widen(*static_cast<const T *>(at.scoreThreshold));
  const A most = widen(*static_cast<const T *>(at.iouThreshold));
  int64_t candidates = 0;
  for (int64_t i = 0; i < at.count; ++i)
    if (widen(scores[i]) > least)
      order[candidates++] = i;
  std::sort(order, order + candidates, [&](int64_t a, int64_t b) {
    const A x = widen(scores[a]), y = widen(scores[b]);
    return x != y ? x > y : a < b;
  });
  // Those that are kept take the places of those that were looked at.
  int64_t kept = 0;
  for (int64_t i = 0; i < candidates && kept < limit; ++i) {
    const Box<A> &box = boxes[order[i]];
    if (std::none_of(order, order + kept, [&](int64_t better) {
          return overlap(box, boxes[better]) > most;
        }))
      order[kept++] = order[i];
  }
  return kept;
}

template <typename A, typename T>
void selectTyped(const BoxSelection &at, bool isCenter) {
  auto *boxes = reinterpret_cast<Box<A> *>(at.scratch);
  static_assert(sizeof(Box<A>) <= 5 * sizeof(int64_t));
  int64_t *order = at.scratch + 5 * at.count;
  const auto *box = static_cast<const T *>(at.boxes);
  const auto *scores = static_cast<const T *>(at.scores);
  const int64_t limit = std::clamp<int64_t>(*at.limit, 0, at.most);
  int64_t *row = at.rows;
  for (int64_t n = 0; n < at.batches; ++n) {
    for (int64_t i = 0; i < at.count; ++i, box += 4)
      boxes[i] = readBox<A>(box, isCenter);
    for (int64_t c = 0; c < at.classes; ++c, scores += at.count) {
      const int64_t kept = selectClass<A>(at, boxes, scores, limit, order);
      for (int64_t i = 0; i < kept; ++i) {
        *row++ = n;
        *row++ = c;
        *row++ = order[i];
      }
    }
  }
  *at.found = (row - at.rows) / 3;
  // What is past them means nothing, but is the same in each run.
  std::fill(row, at.rows + at.batches * at.classes * at.most * 3, -1);
}

} // namespace

void selectBoxes(const BoxSelection *selection, uint32_t dtype,
                 uint32_t isCenter) {
  switch (dtype) {
  case gp_image_dtype_f16:
    return selectTyped<float, Half>(*selection, isCenter);
  case gp_image_dtype_bf16:
    return selectTyped<float, Brain>(*selection, isCenter);
  case gp_image_dtype_f32:
    return selectTyped<float, float>(*selection, isCenter);
  case gp_image_dtype_f64:
    return selectTyped<double, double>(*selection, isCenter);
  default:
    return;
  }
}

} // namespace glowplug::cpu
