// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A loaded program.
#pragma once

#include "backends/cpu/runtime/AccessFault.h"
#include "backends/cpu/runtime/CodeMemory.h"
#include "backends/cpu/runtime/ThreadPool.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <optional>

namespace glowplug::cpu {

class Executable {
public:
  /// Reads \p blob, which stays valid as long as this, as do the
  /// \p segments: first the made ones, then the kept ones. Runs use up to
  /// \p threads threads.
  static llvm::Expected<std::unique_ptr<Executable>>
  load(llvm::ArrayRef<uint8_t> blob,
       llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments, unsigned threads);

  size_t inputCount() const { return header.inputCount; }
  size_t outputCount() const { return header.outputCount; }
  uint64_t workspaceBytes() const { return header.workspaceBytes; }

  /// Runs all steps. Counts are as above. Fails only if kernels test their
  /// accesses, and one of them is out of bounds.
  llvm::Error run(llvm::ArrayRef<const void *> inputs,
                  llvm::ArrayRef<void *> outputs, void *workspace);

private:
  Executable(const BlobHeader &header, CodeMemory code)
      : header(header), code(std::move(code)) {}

  BlobHeader header;
  CodeMemory code;
  llvm::ArrayRef<StepRecord> steps;
  llvm::ArrayRef<BufferRecord> buffers;
  const uint8_t *rodata = nullptr;
  std::vector<llvm::StringRef> notes; // per step, or empty
  std::unique_ptr<AccessFault> fault; // if kernels test their accesses
  std::vector<const uint8_t *> segments;
  std::vector<void *> addresses; // one per buffer record, during a run
  std::vector<int64_t> chunks;   // one per step
  std::optional<ThreadPool> pool;
};

} // namespace glowplug::cpu
