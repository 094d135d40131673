// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors that a host and a worker share. In the worker each has pages of its
/// own between pages that cannot be touched, and ends where its pages end, so
/// that an overrun is a fault at a known address.

#pragma once

#include "backend-api/process/Descriptor.h"
#include "core/isolation/wire_generated.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glowplug::isolation {

/// Where buffers lie in a file.
struct BufferLayout {
  std::vector<wire::Range> ranges;
  uint64_t fileBytes = 0;

  /// Places a buffer of \p bytes after those there are.
  void add(uint64_t bytes);
};

/// The host's view: the file as one piece, to be written and read.
class HostBuffers {
public:
  static llvm::Expected<std::unique_ptr<HostBuffers>>
  make(const BufferLayout &layout);
  ~HostBuffers();
  HostBuffers(const HostBuffers &) = delete;
  HostBuffers &operator=(const HostBuffers &) = delete;

  int file() const { return descriptor.get(); }
  uint8_t *at(const wire::Range &range) const { return bytes + range.offset(); }

private:
  HostBuffers() = default;
  process::Descriptor descriptor;
  uint8_t *bytes = nullptr;
  uint64_t count = 0;
};

/// What a buffer is, for messages.
enum class BufferKind : uint8_t { input, output, workspace };

/// The worker's view.
class WorkerBuffers {
public:
  /// Maps \p inputs and \p outputs of \p file, and a workspace of its own.
  static llvm::Expected<std::unique_ptr<WorkerBuffers>>
  map(int file, llvm::ArrayRef<wire::Range> inputs,
      llvm::ArrayRef<wire::Range> outputs, uint64_t workspaceBytes);
  ~WorkerBuffers();
  WorkerBuffers(const WorkerBuffers &) = delete;
  WorkerBuffers &operator=(const WorkerBuffers &) = delete;

  std::vector<llvm::ArrayRef<uint8_t>> inputs() const;
  std::vector<llvm::MutableArrayRef<uint8_t>> outputs() const;
  void *workspace() const; ///< null for none

  /// Before a run: makes the pages accessible and marks the bytes around what
  /// may be written. With \p scramble outputs and workspace hold one byte
  /// everywhere, another one than in the run before, so that what a plugin does
  /// not write or may not rely on shows as a difference between runs.
  void open(bool scramble);
  /// After a run: what was written around a buffer, if anything. With
  /// \p forget no page can be accessed until the next run.
  std::optional<std::string> close(bool forget);

  /// As AddressExplainer, of the buffers of the run at hand.
  static size_t explain(const void *address, char *text, size_t size);

private:
  struct Buffer {
    BufferKind kind;
    uint32_t index;
    uint8_t *data;
    uint64_t bytes;
    uint8_t *firstPage, *lastPage; ///< The second is past the end.
  };

  WorkerBuffers() = default;
  llvm::Error mapBuffer(BufferKind kind, uint32_t index, int file,
                        const wire::Range &range);
  static size_t name(const Buffer &buffer, char *text, size_t size);

  uint8_t *region = nullptr; ///< of address space
  uint64_t regionBytes = 0;
  uint8_t *next = nullptr; ///< where the next buffer's guard begins
  std::vector<Buffer> buffers;
  uint8_t scrambled = 0x5a; ///< What scrambled bytes hold.
};

} // namespace glowplug::isolation
