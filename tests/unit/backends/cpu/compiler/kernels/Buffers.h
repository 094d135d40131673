// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Buffers that fault when a kernel reads or writes outside of them, and the
/// plain layouts' element addresses.
#pragma once

#include "backends/cpu/compiler/kernels/Conv.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <random>
#include <string>

namespace glowplug::cpu::test {

/// f32 elements whose last byte (or first, if \p atStart) touches an unmapped
/// page. Filled with NaN.
class GuardedBuffer {
public:
  explicit GuardedBuffer(int64_t elements, bool atStart = false);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;

  float *data() const { return elements; }
  int64_t size() const { return count; }
  float &operator[](int64_t i) const { return elements[i]; }

  /// Fills with values in [-1, 1].
  void randomize(std::mt19937 &random) const;

private:
  void *mapping = nullptr;
  size_t mapped = 0;
  float *elements = nullptr;
  int64_t count = 0;
};

/// Element [n, c, pixel] of a tensor in \p layout.
struct PlaneIndex {
  Layout layout;
  int64_t lanes, channels, plane;
  int64_t operator()(int64_t n, int64_t c, int64_t pixel) const;
};

/// Runs all units of a kernel in a random order of random runs.
template <typename Kernel>
void runShuffled(const Kernel &kernel, const std::vector<void *> &buffers,
                 int64_t units, std::mt19937 &random) {
  std::vector<std::pair<int64_t, int64_t>> runs;
  for (int64_t begin = 0; begin < units;) {
    const int64_t length = 1 + random() % 3;
    runs.emplace_back(begin, std::min(units, begin + length));
    begin += length;
  }
  std::shuffle(runs.begin(), runs.end(), random);
  for (const auto &[begin, end] : runs)
    kernel.run(buffers, begin, end);
}

/// Checks each element of \p got against the double reference: the error must
/// not exceed 2^-24 * steps * sum of |products| (a bound on any order of
/// summation), with a little room. Returns the message of the first failure.
std::string compare(const std::vector<double> &reference,
                    const std::vector<double> &magnitude, int64_t steps,
                    llvm::function_ref<float(int64_t)> got);

} // namespace glowplug::cpu::test
