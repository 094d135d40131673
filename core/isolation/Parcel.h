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

#include <map>
#include <memory>
#include <vector>

namespace glowplug::isolation {

/// Collects bytes for the file of one message. One thread at a time uses it.
class Parcel {
public:
  /// \p bytes stay where they are until seal(), which writes them; those that
  /// copy() gave are in the file already.
  wire::Range add(llvm::ArrayRef<uint8_t> bytes);
  std::vector<wire::Range> add(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> list);
  std::vector<wire::Range> add(const std::vector<AlignedBytes> &list);

  /// A copy of \p bytes, which lies in the file if it is large: there is no
  /// other one then. Read-only. \throws std::bad_alloc
  AlignedBytes copy(llvm::ArrayRef<uint8_t> bytes);

  /// The file, which stays the parcel's; -1 if there are no bytes. Nothing can
  /// be added any more.
  llvm::Expected<int> seal();

private:
  struct Piece {
    wire::Range range;
    const uint8_t *data;
  };
  /// A piece that has been written, with what keeps its address from being used
  /// for other bytes.
  struct Written {
    wire::Range range;
    std::shared_ptr<const void> view;
  };

  wire::Range place(uint64_t bytes);
  /// Fails with errno.
  bool write(const wire::Range &range, const uint8_t *data);

  std::vector<Piece> pieces;
  std::map<const uint8_t *, Written> written;
  process::Descriptor file; ///< once it is needed
  uint64_t end = 0;
  bool isSealed = false;
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
