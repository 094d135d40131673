// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Large bytes that go with a message: one file in memory, sealed, so that
/// neither end can change it after the other has looked at it.

#pragma once

#include "backend-api/process/Descriptor.h"
#include "core/isolation/wire_generated.h"
#include "core/runtime/AlignedBytes.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace glowplug::isolation {

/// Collects bytes, which stay where they are until seal().
class Parcel {
public:
  wire::Range add(llvm::ArrayRef<uint8_t> bytes);
  std::vector<wire::Range> add(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> list);
  std::vector<wire::Range> add(const std::vector<AlignedBytes> &list);

  /// The file; no descriptor if there are no bytes.
  llvm::Expected<process::Descriptor> seal() const;

private:
  struct Piece {
    wire::Range range;
    const uint8_t *data;
  };
  std::vector<Piece> pieces;
  uint64_t end = 0;
};

/// A sealed file that came with a message, mapped for reading.
class Delivery : public std::enable_shared_from_this<Delivery> {
public:
  /// \p file may be none. Fails if it could still change.
  static llvm::Expected<std::shared_ptr<Delivery>> open(int file);
  ~Delivery();
  Delivery(const Delivery &) = delete;
  Delivery &operator=(const Delivery &) = delete;

  /// Once it is gone, its addresses stay inaccessible instead of being used
  /// for something else: what was kept of it is a fault.
  void keepAddresses() { keepsAddresses = true; }

  /// Fails if \p range does not lie in the file, aligned. The bytes live as
  /// long as the delivery.
  llvm::Expected<llvm::ArrayRef<uint8_t>> at(const wire::Range *range) const;
  llvm::Expected<std::vector<llvm::ArrayRef<uint8_t>>>
  at(const flatbuffers::Vector<const wire::Range *> *ranges) const;
  /// The same, but they keep the delivery alive.
  llvm::Expected<AlignedBytes> share(const wire::Range *range) const;
  llvm::Expected<std::vector<AlignedBytes>>
  share(const flatbuffers::Vector<const wire::Range *> *ranges) const;

private:
  Delivery() = default;
  const uint8_t *bytes = nullptr;
  uint64_t count = 0;
  bool keepsAddresses = false;
};

} // namespace glowplug::isolation
