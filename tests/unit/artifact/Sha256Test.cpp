// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hash is SHA-256, whatever computes it.

#include "core/support/Sha256.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SHA256.h"

#include <gtest/gtest.h>

#include <vector>

using namespace glowplug;

static Sha256 hashOf(llvm::StringRef text) {
  return sha256({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}

TEST(Sha256Test, FollowsTheStandard) {
  // FIPS 180-4, examples.
  EXPECT_EQ(sha256Text(hashOf("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256Text(hashOf(
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256Text(hashOf("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256Test, AgreesWithLlvmAtEveryLength) {
  std::vector<uint8_t> bytes;
  for (unsigned size = 0; size < 300; ++size) {
    EXPECT_EQ(sha256(bytes), llvm::SHA256::hash(bytes)) << size << " bytes";
    bytes.push_back(static_cast<uint8_t>(size * 37 + 11));
  }
}
