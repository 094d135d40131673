/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * SHA-256 of bytes in memory (FIPS 180-4): an instr program names its machine
 * by it. C11 and C++.
 */
#ifndef GLOWPLUG_GLUE_SHA256_H
#define GLOWPLUG_GLUE_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t gp_sha256_rotate(uint32_t word, int right) {
  return word >> right | word << (32 - right);
}

/** Takes the 64 bytes of \p block into \p state. */
static inline void gp_sha256_block(uint32_t state[8], const uint8_t *block) {
  static const uint32_t k[64] = {
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
  uint32_t w[64], v[8];
  int i;
  for (i = 0; i < 16; ++i)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
           (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (i = 16; i < 64; ++i) {
    const uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] +
           (gp_sha256_rotate(a, 7) ^ gp_sha256_rotate(a, 18) ^ a >> 3) +
           (gp_sha256_rotate(b, 17) ^ gp_sha256_rotate(b, 19) ^ b >> 10);
  }
  memcpy(v, state, sizeof v);
  for (i = 0; i < 64; ++i) {
    const uint32_t a = v[0], e = v[4];
    const uint32_t first = v[7] + k[i] + w[i] + ((e & v[5]) ^ (~e & v[6])) +
                           (gp_sha256_rotate(e, 6) ^ gp_sha256_rotate(e, 11) ^
                            gp_sha256_rotate(e, 25));
    const uint32_t second = ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2])) +
                            (gp_sha256_rotate(a, 2) ^ gp_sha256_rotate(a, 13) ^
                             gp_sha256_rotate(a, 22));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += first;
    v[0] = first + second;
  }
  for (i = 0; i < 8; ++i)
    state[i] += v[i];
}

/** Writes the hash of \p size bytes to \p hash. */
static inline void gp_sha256(const void *data, size_t size, uint8_t hash[32]) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const uint8_t *bytes = (const uint8_t *)data;
  uint8_t tail[128] = {0};
  const size_t rest = size % 64, blocks = rest < 56 ? 1 : 2;
  size_t i;
  for (i = 0; i + 64 <= size; i += 64)
    gp_sha256_block(state, bytes + i);
  if (rest != 0)
    memcpy(tail, bytes + (size - rest), rest);
  tail[rest] = 0x80;
  for (i = 0; i < 8; ++i)
    tail[64 * blocks - 1 - i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
  for (i = 0; i < blocks; ++i)
    gp_sha256_block(state, tail + 64 * i);
  for (i = 0; i < 32; ++i)
    hash[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

#endif /* GLOWPLUG_GLUE_SHA256_H */
