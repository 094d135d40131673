// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SHA-256, by the instructions of x86 where there are any, else by LLVM.

#include "core/support/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace glowplug;

std::string glowplug::sha256Text(const Sha256 &hash) {
  return llvm::toHex(hash, /*LowerCase=*/true);
}

#if defined(__x86_64__)

// FIPS 180-4, section 4.2.2.
alignas(16) static constexpr uint32_t roundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// The state as the instructions hold it: words A B E F and C D G H, the first
/// in the highest lane.
struct State {
  __m128i abef, cdgh;
};

/// Takes in \p count blocks of 64 bytes.
__attribute__((target("sha,sse4.1,ssse3"))) static void
addBlocks(State &state, const uint8_t *data, size_t count) {
  // Reverses the bytes of each word.
  const __m128i bigEndian =
      _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i abef = state.abef, cdgh = state.cdgh;
  for (; count != 0; --count, data += 64) {
    const __m128i abefBefore = abef, cdghBefore = cdgh;
    __m128i words[4]; // the last 16 words of the message schedule
    for (int i = 0; i < 4; ++i)
      words[i] = _mm_shuffle_epi8(
          _mm_loadu_si128(reinterpret_cast<const __m128i *>(data) + i),
          bigEndian);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; ++i) {
      const __m128i now = words[i % 4];
      const __m128i sum = _mm_add_epi32(
          now, _mm_load_si128(
                   reinterpret_cast<const __m128i *>(roundConstants) + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
      if (i >= 12)
        continue;
      // w[t] = s1(w[t-2]) + w[t-7] + s0(w[t-15]) + w[t-16], four at a time.
      const __m128i next = words[(i + 1) % 4], after = words[(i + 2) % 4],
                    last = words[(i + 3) % 4];
      const __m128i partial = _mm_add_epi32(_mm_sha256msg1_epu32(now, next),
                                            _mm_alignr_epi8(last, after, 4));
      words[i % 4] = _mm_sha256msg2_epu32(partial, last);
    }
    abef = _mm_add_epi32(abef, abefBefore);
    cdgh = _mm_add_epi32(cdgh, cdghBefore);
  }
  state = {abef, cdgh};
}

static Sha256 hashByInstructions(llvm::ArrayRef<uint8_t> bytes) {
  // FIPS 180-4, section 5.3.3.
  State state = {_mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85),
                               0x510e527f, static_cast<int>(0x9b05688c)),
                 _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a),
                               0x1f83d9ab, 0x5be0cd19)};
  const size_t whole = bytes.size() / 64;
  addBlocks(state, bytes.data(), whole);

  // The rest, a one bit, zeros, and the length in bits, big-endian.
  uint8_t tail[128] = {};
  const size_t rest = bytes.size() % 64;
  if (rest != 0)
    std::memcpy(tail, bytes.data() + whole * 64, rest);
  tail[rest] = 0x80;
  const size_t blocks = rest < 56 ? 1 : 2;
  const uint64_t bits = static_cast<uint64_t>(bytes.size()) * 8;
  for (int i = 0; i < 8; ++i)
    tail[blocks * 64 - 1 - i] = static_cast<uint8_t>(bits >> (8 * i));
  addBlocks(state, tail, blocks);

  alignas(16) uint32_t abef[4], cdgh[4]; // lowest lane first: F E B A, H G D C
  _mm_store_si128(reinterpret_cast<__m128i *>(abef), state.abef);
  _mm_store_si128(reinterpret_cast<__m128i *>(cdgh), state.cdgh);
  const uint32_t words[8] = {abef[3], abef[2], cdgh[3], cdgh[2],
                             abef[1], abef[0], cdgh[1], cdgh[0]};
  Sha256 hash;
  for (int i = 0; i < 32; ++i)
    hash[i] = static_cast<uint8_t>(words[i / 4] >> (24 - 8 * (i % 4)));
  return hash;
}

#endif

Sha256 glowplug::sha256(llvm::ArrayRef<uint8_t> bytes) {
#if defined(__x86_64__)
  static const bool hasInstructions =
      __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3") &&
      [] {
        unsigned a = 7, b = 0, c = 0, d = 0;
        __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        return (b >> 29 & 1) != 0; // leaf 7: SHA
      }();
  if (hasInstructions)
    return hashByInstructions(bytes);
#endif
  return llvm::SHA256::hash(bytes);
}
