// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Guarded memory and comparison.

#include "tests/unit/backends/cpu/compiler/kernels/Buffers.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <sys/mman.h>

namespace glowplug::cpu::test {

GuardedBuffer::GuardedBuffer(int64_t elements, bool atStart) : count(elements) {
  constexpr size_t page = 4096;
  const size_t bytes = elements * sizeof(float);
  const size_t inner = (bytes + page - 1) / page * page;
  mapped = inner + 2 * page;
  mapping =
      mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
    std::abort();
  char *first = static_cast<char *>(mapping) + page;
  if (inner != 0 && mprotect(first, inner, PROT_READ | PROT_WRITE) != 0)
    std::abort();
  this->elements =
      reinterpret_cast<float *>(atStart ? first : first + inner - bytes);
  std::fill(data(), data() + count, std::numeric_limits<float>::quiet_NaN());
}

GuardedBuffer::~GuardedBuffer() { munmap(mapping, mapped); }

void GuardedBuffer::randomize(std::mt19937 &random) const {
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int64_t i = 0; i < count; ++i)
    elements[i] = uniform(random);
}

int64_t PlaneIndex::operator()(int64_t n, int64_t c, int64_t pixel) const {
  if (layout == Layout::rowMajor)
    return (n * channels + c) * plane + pixel;
  const int64_t blocks = (channels + lanes - 1) / lanes;
  return ((n * blocks + c / lanes) * plane + pixel) * lanes + c % lanes;
}

std::string compare(const std::vector<double> &reference,
                    const std::vector<double> &magnitude, int64_t steps,
                    llvm::function_ref<float(int64_t)> got) {
  for (size_t i = 0; i < reference.size(); ++i) {
    const double limit =
        std::ldexp(1.0, -24) * double(steps + 4) * magnitude[i] + 1e-30;
    const double value = got(i);
    const double error = std::abs(value - reference[i]);
    if (!(error <= limit))
      return "element " + std::to_string(i) + ": got " + std::to_string(value) +
             ", expected " + std::to_string(reference[i]) + ", error " +
             std::to_string(error) + ", limit " + std::to_string(limit);
  }
  return "";
}

} // namespace glowplug::cpu::test
