// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SHA-256 by libcrypto: a model has hundreds of megabytes of constants, and
// LLVM's portable implementation takes three seconds a gigabyte.

#include "core/support/Sha256.h"

#include "llvm/ADT/StringExtras.h"

#include <openssl/sha.h>

using namespace glowplug;

Sha256 glowplug::sha256(llvm::ArrayRef<uint8_t> bytes) {
  static_assert(std::tuple_size_v<Sha256> == SHA256_DIGEST_LENGTH);
  Sha256 hash;
  SHA256(bytes.data(), bytes.size(), hash.data());
  return hash;
}

std::string glowplug::sha256Text(const Sha256 &hash) {
  return llvm::toHex(hash, /*LowerCase=*/true);
}
