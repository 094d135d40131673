// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The functions that compiled code may call.

#include "backends/cpu/runtime/Functions.h"

#include "backends/cpu/runtime/AccessFault.h"
#include "backends/cpu/runtime/MathFunctions.h"
#include "backends/cpu/runtime/SelectBoxes.h"
#include "backends/cpu/runtime/Sort.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace glowplug::cpu {
namespace {

/// base to the power of exponent, wrapped.
uint64_t powerOf(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1)
      result *= base;
    base *= base;
  }
  return result;
}

/// With a negative exponent: 1 / base^|exponent|, truncated; 0 for base 0.
int64_t powerOfSigned(int64_t base, int64_t exponent) {
  if (exponent >= 0)
    return static_cast<int64_t>(
        powerOf(static_cast<uint64_t>(base), static_cast<uint64_t>(exponent)));
  if (base == 1)
    return 1;
  if (base == -1)
    return exponent % 2 == 0 ? 1 : -1;
  return 0;
}

// Wide enough for the difference of any two integers of 64 bits.
__extension__ using Int128 = __int128;

double differenceSigned(int64_t x, int64_t y) {
  return static_cast<double>(Int128{x} - Int128{y});
}

double differenceUnsigned(uint64_t x, uint64_t y) {
  return static_cast<double>(Int128{x} - Int128{y});
}

/// What a kernel calls instead of an access that is out of bounds.
void reportAccess(AccessFault *fault, const void *const *table, uint64_t kind,
                  uint64_t first, uint64_t end) {
  fault->report(table, AccessKind::decode(kind), first, end);
}

template <typename R, typename... A>
void *address(R (*function)(A...)) {
  return reinterpret_cast<void *>(function);
}

using Unary = double (*)(double);
using Binary = double (*)(double, double);

const llvm::StringMap<void *> &functions() {
  static const llvm::StringMap<void *> list = {
#define GP_ENTRY(name, isVector)                                               \
  {#name, address(static_cast<Unary>(std::name))},
      GP_CPU_MATH_FUNCTIONS(GP_ENTRY)
#undef GP_ENTRY
          {"pow", address(static_cast<Binary>(std::pow))},
      {"fmod", address(static_cast<Binary>(std::fmod))},
      {"fmodf", address(fmodf)},
      // What the code generator falls back to on CPUs without SSE4.1 or FMA.
      {"fma",
       address(static_cast<double (*)(double, double, double)>(std::fma))},
      {"floor", address(static_cast<Unary>(std::floor))},
      {"floorf", address(floorf)},
      {"ceil", address(static_cast<Unary>(std::ceil))},
      {"ceilf", address(ceilf)},
      {"trunc", address(static_cast<Unary>(std::trunc))},
      {"truncf", address(truncf)},
      {"roundeven", address(roundeven)},
      {"roundevenf", address(roundevenf)},
      {"memcpy", address(::memcpy)},
      {"memmove", address(::memmove)},
      {"memset", address(::memset)},
      // Functions of this runtime.
      {"gp_cpu_pow_i64", address(powerOfSigned)},
      {"gp_cpu_pow_u64", address(powerOf)},
      {"gp_cpu_difference_i64", address(differenceSigned)},
      {"gp_cpu_difference_u64", address(differenceUnsigned)},
      {"gp_cpu_sort", address(sortLine)},
      {"gp_cpu_select_boxes", address(selectBoxes)},
      {"gp_cpu_access_fault", address(reportAccess)},
  };
  return list;
}

} // namespace

void *findFunction(llvm::StringRef name) {
  auto found = functions().find(name);
  return found == functions().end() ? nullptr : found->second;
}

} // namespace glowplug::cpu
