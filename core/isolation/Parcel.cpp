// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sealed files in memory that go with messages.

#include "core/isolation/Parcel.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace glowplug::isolation {

static constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

static llvm::Error systemError(const llvm::Twine &what) {
  return llvm::createStringError(what + ": " + std::strerror(errno));
}

wire::Range Parcel::place(uint64_t bytes) {
  const wire::Range range(end, bytes);
  end = llvm::alignTo(end + bytes, AlignedBytes::alignment);
  return range;
}

wire::Range Parcel::add(llvm::ArrayRef<uint8_t> bytes) {
  const auto known = written.find(bytes.data());
  if (known != written.end() && known->second.range.bytes() == bytes.size())
    return known->second.range;
  const wire::Range range = place(bytes.size());
  pieces.push_back({range, bytes.data()});
  return range;
}

std::vector<wire::Range>
Parcel::add(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> list) {
  std::vector<wire::Range> ranges;
  for (llvm::ArrayRef<uint8_t> bytes : list)
    ranges.push_back(add(bytes));
  return ranges;
}

std::vector<wire::Range> Parcel::add(const std::vector<AlignedBytes> &list) {
  std::vector<wire::Range> ranges;
  for (const AlignedBytes &bytes : list)
    ranges.push_back(add(bytes));
  return ranges;
}

/// Not by way of a mapping: that costs a fault for each page, and no file with
/// a mapping that can be written is sealed.
bool Parcel::write(const wire::Range &range, const uint8_t *data) {
  if (!file)
    file = process::Descriptor(
        memfd_create("glowplug-message", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  uint64_t count = range.bytes(), offset = range.offset();
  while (count > 0) {
    const ssize_t done =
        pwrite(file.get(), data, count, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return false;
    data += done;
    offset += static_cast<uint64_t>(done);
    count -= static_cast<uint64_t>(done);
  }
  return true;
}

/// The bytes of \p range in \p file, which may still be written elsewhere: a
/// private mapping does not keep it from being sealed. Null if there is no room
/// for one more.
static std::shared_ptr<const uint8_t> view(int file, const wire::Range &range) {
  static const auto page = static_cast<uint64_t>(getpagesize());
  const uint64_t begin = llvm::alignDown(range.offset(), page);
  const uint64_t size = range.offset() + range.bytes() - begin;
  void *const at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file,
                        static_cast<off_t>(begin));
  if (at == MAP_FAILED)
    return nullptr;
  return {static_cast<const uint8_t *>(at) + (range.offset() - begin),
          [at, size](const uint8_t *) { munmap(at, size); }};
}

AlignedBytes Parcel::copy(llvm::ArrayRef<uint8_t> bytes) {
  constexpr size_t least = 1 << 16; // below, a mapping costs more than a copy
  if (bytes.size() < least)
    return AlignedBytes(bytes);
  const wire::Range range = place(bytes.size());
  if (!write(range, bytes.data())) {
    if (errno != EFAULT)
      throw std::bad_alloc();
    return AlignedBytes(bytes); // a fault at that address, as anywhere else
  }
  std::shared_ptr<const uint8_t> seen = view(file.get(), range);
  if (!seen)
    return AlignedBytes(bytes);
  const uint8_t *data = seen.get();
  written[data] = {range, seen};
  return AlignedBytes(std::move(seen), {data, bytes.size()});
}

llvm::Expected<int> Parcel::seal() {
  if (isSealed || end == 0)
    return file.get();
  const auto fail = [&] {
    return systemError(std::to_string(end) +
                       " bytes of memory to share with a worker");
  };
  for (const Piece &piece : pieces)
    if (!write(piece.range, piece.data))
      return fail();
  if (!file || ftruncate(file.get(), static_cast<off_t>(end)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, seals | F_SEAL_SEAL) != 0)
    return fail();
  isSealed = true;
  return file.get();
}

llvm::Expected<std::shared_ptr<Delivery>> Delivery::open(int file) {
  std::shared_ptr<Delivery> delivery(new Delivery);
  if (file < 0)
    return delivery;
  struct stat status{};
  const int has = fcntl(file, F_GET_SEALS);
  if (has < 0 || (has & seals) != seals || fstat(file, &status) != 0)
    return llvm::createStringError("a message came with a file that is not "
                                   "sealed");
  if (status.st_size == 0)
    return delivery;
  const auto size = static_cast<uint64_t>(status.st_size);
  void *const at = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED)
    return systemError("mapping " + llvm::Twine(size) + " bytes of a message");
  delivery->bytes = static_cast<const uint8_t *>(at);
  delivery->count = size;
  return delivery;
}

Delivery::~Delivery() {
  if (!bytes)
    return;
  auto *const begin = const_cast<uint8_t *>(bytes);
  if (!keepsAddresses ||
      mmap(begin, count, PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
           0) == MAP_FAILED)
    munmap(begin, count);
}

llvm::Expected<llvm::ArrayRef<uint8_t>>
Delivery::at(const wire::Range *range) const {
  if (!range || range->bytes() == 0)
    return llvm::ArrayRef<uint8_t>();
  if (range->offset() % AlignedBytes::alignment != 0 ||
      range->offset() > count || range->bytes() > count - range->offset())
    return llvm::createStringError("a message names " +
                                   llvm::Twine(range->bytes()) + " bytes at " +
                                   llvm::Twine(range->offset()) +
                                   ", but its file has " + llvm::Twine(count));
  return llvm::ArrayRef(bytes + range->offset(), range->bytes());
}

llvm::Expected<std::vector<llvm::ArrayRef<uint8_t>>>
Delivery::at(const flatbuffers::Vector<const wire::Range *> *ranges) const {
  std::vector<llvm::ArrayRef<uint8_t>> result;
  for (uint32_t i = 0; ranges && i < ranges->size(); ++i) {
    llvm::Expected<llvm::ArrayRef<uint8_t>> bytes = at(ranges->Get(i));
    if (!bytes)
      return bytes.takeError();
    result.push_back(*bytes);
  }
  return result;
}

llvm::Expected<AlignedBytes> Delivery::share(const wire::Range *range) const {
  llvm::Expected<llvm::ArrayRef<uint8_t>> bytes = at(range);
  if (!bytes)
    return bytes.takeError();
  if (bytes->empty())
    return AlignedBytes(0);
  return AlignedBytes(shared_from_this(), *bytes);
}

llvm::Expected<std::vector<AlignedBytes>>
Delivery::share(const flatbuffers::Vector<const wire::Range *> *ranges) const {
  std::vector<AlignedBytes> result;
  for (uint32_t i = 0; ranges && i < ranges->size(); ++i) {
    llvm::Expected<AlignedBytes> bytes = share(ranges->Get(i));
    if (!bytes)
      return bytes.takeError();
    result.push_back(std::move(*bytes));
  }
  return result;
}

} // namespace glowplug::isolation
