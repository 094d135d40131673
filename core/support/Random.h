// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Choices that depend on a seed and on nothing else.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace glowplug {

/// The SplitMix64 generator: every seed is a good one.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  /// 0 to \p count - 1.
  uint64_t below(uint64_t count) {
    assert(count != 0);
    return next() % count;
  }
  /// Both ends included.
  int64_t range(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(high - low + 1));
  }
  /// In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }

  template <typename T>
  T pick(std::initializer_list<T> list) {
    return list.begin()[below(list.size())];
  }
  template <typename T>
  const T &pick(const std::vector<T> &list) {
    return list[below(list.size())];
  }

private:
  uint64_t state;
};

} // namespace glowplug
