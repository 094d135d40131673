// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The innermost loops of the systolic array's effect. A pair of products is
// summed by one instruction (pmaddwd), which is exact for 9-bit factors, and a
// block's weights stay in registers while the rows pass.

#include "simulator/device/MatmulKernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace glowplug::npu {

namespace {

/// Reads a row, less the zero point.
template <int R>
inline void readRow(const RowRun &run, const std::uint8_t *row,
                    std::int16_t *values) {
  if (run.isUnsigned)
    for (int k = 0; k < R; ++k)
      values[k] = static_cast<std::int16_t>(row[k] - run.zeroPoint);
  else
    for (int k = 0; k < R; ++k)
      values[k] = static_cast<std::int16_t>(static_cast<std::int8_t>(row[k]) -
                                            run.zeroPoint);
}

template <int R>
void plain(const RowRun &run, const PackedWeights &weights) {
  std::int16_t in[R];
  for (std::int64_t row = 0; row < run.count; ++row) {
    readRow<R>(run, run.input + row * run.step, in);
    std::int32_t *sums = run.sums + row * R;
    for (int k = 0; k < R; ++k)
      for (int n = 0; n < R; ++n)
        sums[n] = static_cast<std::int32_t>(
            static_cast<std::uint32_t>(sums[n]) +
            static_cast<std::uint32_t>(
                in[k] * weights.pairs[(k / 2 * R + n) * 2 + k % 2]));
  }
}

#if defined(__x86_64__)

/// Two neighbours of a row as one word.
inline std::int32_t pairAt(const std::int16_t *values, int pair) {
  std::int32_t word;
  __builtin_memcpy(&word, values + 2 * pair, sizeof word);
  return word;
}

/// Sixteen columns at a time.
template <int R>
__attribute__((target("avx512f,avx512bw,avx512vl"))) void
wide512(const RowRun &run, const PackedWeights &weights) {
  alignas(64) std::int16_t in[R];
  for (int column = 0; column < R; column += 16) {
    __m512i w[R / 2];
    for (int pair = 0; pair < R / 2; ++pair)
      w[pair] = _mm512_load_si512(&weights.pairs[(pair * R + column) * 2]);
    for (std::int64_t row = 0; row < run.count; ++row) {
      readRow<R>(run, run.input + row * run.step, in);
      std::int32_t *sums = run.sums + row * R + column;
      __m512i even = _mm512_loadu_si512(sums), odd = _mm512_setzero_si512();
      for (int pair = 0; pair < R / 2; pair += 2) {
        even = _mm512_add_epi32(
            even,
            _mm512_madd_epi16(w[pair], _mm512_set1_epi32(pairAt(in, pair))));
        odd = _mm512_add_epi32(
            odd, _mm512_madd_epi16(w[pair + 1],
                                   _mm512_set1_epi32(pairAt(in, pair + 1))));
      }
      _mm512_storeu_si512(sums, _mm512_add_epi32(even, odd));
    }
  }
}

/// Eight columns at a time.
template <int R>
__attribute__((target("avx2"))) void wide256(const RowRun &run,
                                             const PackedWeights &weights) {
  alignas(64) std::int16_t in[R];
  for (int column = 0; column < R; column += 8) {
    __m256i w[R / 2];
    for (int pair = 0; pair < R / 2; ++pair)
      w[pair] = _mm256_load_si256(reinterpret_cast<const __m256i *>(
          &weights.pairs[(pair * R + column) * 2]));
    for (std::int64_t row = 0; row < run.count; ++row) {
      readRow<R>(run, run.input + row * run.step, in);
      auto *sums = reinterpret_cast<__m256i *>(run.sums + row * R + column);
      __m256i even = _mm256_loadu_si256(sums), odd = _mm256_setzero_si256();
      for (int pair = 0; pair < R / 2; pair += 2) {
        even = _mm256_add_epi32(
            even,
            _mm256_madd_epi16(w[pair], _mm256_set1_epi32(pairAt(in, pair))));
        odd = _mm256_add_epi32(
            odd, _mm256_madd_epi16(w[pair + 1],
                                   _mm256_set1_epi32(pairAt(in, pair + 1))));
      }
      _mm256_storeu_si256(sums, _mm256_add_epi32(even, odd));
    }
  }
}

#endif

template <int R>
MatmulKernel choose() {
#if defined(__x86_64__)
  if constexpr (R >= 16)
    if (__builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
      return wide512<R>;
  if constexpr (R >= 8)
    if (__builtin_cpu_supports("avx2"))
      return wide256<R>;
#endif
  return plain<R>;
}

} // namespace

MatmulKernel matmulKernel(int rows) {
  switch (rows) {
  case 4:
    return choose<4>();
  case 8:
    return choose<8>();
  case 16:
    return choose<16>();
  default:
    return choose<32>();
  }
}

MatmulKernel plainMatmulKernel(int rows) {
  switch (rows) {
  case 4:
    return plain<4>;
  case 8:
    return plain<8>;
  case 16:
    return plain<16>;
  default:
    return plain<32>;
  }
}

} // namespace glowplug::npu
