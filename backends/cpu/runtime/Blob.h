// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The form of a compiled program: what the compiler writes and load() reads.
///
///   Header | StepRecord... | BufferRecord... | rodata | object | notes
///
/// Little-endian; every part begins at a multiple of 64 bytes. The object is
/// a relocatable ELF file that defines one function per kernel, named "k0",
/// "k1", ..., of type KernelFunction.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace glowplug::cpu {

/// Does the work units [begin, end) of a step.
using KernelFunction = void (*)(void *const *buffers, int64_t begin,
                                int64_t end);

/// Put before a function that calls a kernel: a sanitizer would look for a
/// signature in front of the kernel's code, which mapped code does not have.
#if defined(__clang__)
#define GP_CPU_CALLS_KERNELS __attribute__((no_sanitize("function")))
#else
#define GP_CPU_CALLS_KERNELS
#endif

constexpr uint64_t blobMagic = 0x62757063676c7067; // "gplgcpub"
constexpr uint32_t blobVersion = 3;

/// A run of records or bytes inside the blob.
struct BlobPart {
  uint64_t offset; ///< bytes from the start of the blob
  uint64_t count;  ///< records, or bytes
};

struct BlobHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t kernelCount;
  BlobPart steps;
  BlobPart buffers;
  BlobPart rodata;
  BlobPart object;
  /// One text per step, each ended by 0: what it is for. Only where kernels
  /// test their accesses, and fail by that name; else empty.
  BlobPart notes;
  uint32_t inputCount;
  uint32_t outputCount;
  uint32_t segmentCount; ///< made ones and kept ones
  uint32_t reserved;
  uint64_t workspaceBytes;
  uint64_t checksum; ///< of the whole blob, with 0 in this field
};

/// What `checksum` should be. \p blob has at least the size of a header.
uint64_t blobChecksum(llvm::ArrayRef<uint8_t> blob);

/// Where the bytes of a buffer are.
enum class BufferKind : uint32_t {
  workspace, ///< index is 0
  input,
  output,
  segment,
  rodata, ///< index is 0
  fault,  ///< the AccessFault of the run; index and offset are 0
};

struct BufferRecord {
  BufferKind kind;
  uint32_t index;
  uint64_t offset; ///< bytes
};

/// One call of a kernel over all its work units. Steps run one after another.
struct StepRecord {
  uint32_t kernel;
  uint32_t firstBuffer; ///< index of its first BufferRecord
  uint32_t bufferCount;
  uint32_t reserved;
  uint64_t units;
  uint64_t unitCostPs; ///< estimate of one unit's time, in picoseconds
};

} // namespace glowplug::cpu
