// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blobs of the CPU backend: as load() is given them, and once more with a
// checksum that fits. Their machine code is trusted: once the checksum is not
// the compiler's any more, only blobs with the code of the seed are loaded.
// Nothing runs.

#include "tests/libfuzzer/Harness.h"

#include "backends/cpu/runtime/Executable.h"

#include <cstring>

using namespace glowplug;
using namespace glowplug::cpu;
using Bytes = llvm::ArrayRef<uint8_t>;

static BlobHeader headerOf(Bytes blob) {
  BlobHeader header;
  std::memcpy(&header, blob.data(), sizeof header);
  return header;
}

/// The machine code of \p blob; empty if it does not lie within.
static Bytes codeOf(Bytes blob) {
  const BlobPart part = headerOf(blob).object;
  if (part.offset > blob.size() || part.count > blob.size() - part.offset)
    return {};
  return blob.slice(part.offset, part.count);
}

static llvm::Error load(Bytes blob) {
  static const std::vector<uint8_t> constants(64);
  const std::vector<Bytes> segments(std::min(headerOf(blob).segmentCount, 4u),
                                    constants);
  return Executable::load(blob, segments, /*threads=*/1).takeError();
}

fuzz::Outcome fuzz::judge(Bytes bytes) {
  static const std::vector<uint8_t> seed = corpusFile("cpu-blob/good-conv");
  if (bytes.size() < sizeof(BlobHeader))
    return outcomeOf(Executable::load(bytes, {}, 1).takeError());
  llvm::Error asGiven = load(bytes);
  if (asGiven && (codeOf(bytes).empty() || codeOf(bytes) == codeOf(seed))) {
    // Whoever wrote the blob can write a checksum.
    ExactBytes copy(bytes);
    const uint64_t checksum = blobChecksum(bytes);
    std::memcpy(copy.data() + offsetof(BlobHeader, checksum), &checksum,
                sizeof checksum);
    llvm::consumeError(load(copy));
  }
  return outcomeOf(std::move(asGiven));
}
