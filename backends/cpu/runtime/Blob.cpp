// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The checksum of a blob: nothing of a damaged one is looked at.

#include "backends/cpu/runtime/Blob.h"

#include "llvm/Support/xxhash.h"

#include <cstring>

namespace glowplug::cpu {

uint64_t blobChecksum(llvm::ArrayRef<uint8_t> blob) {
  BlobHeader header;
  std::memcpy(&header, blob.data(), sizeof header);
  header.checksum = 0;
  const uint64_t parts[] = {
      llvm::xxh3_64bits(
          {reinterpret_cast<const uint8_t *>(&header), sizeof header}),
      llvm::xxh3_64bits(blob.drop_front(sizeof header))};
  return llvm::xxh3_64bits(
      {reinterpret_cast<const uint8_t *>(parts), sizeof parts});
}

} // namespace glowplug::cpu
