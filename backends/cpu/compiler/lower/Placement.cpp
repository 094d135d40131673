// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where scratch buffers lie, which constant segments are needed.

#include "backends/cpu/compiler/lower/Placement.h"

#include <glowplug/glue/arena.h>

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// The storage that \p id is part of in the end, and how far into it.
std::pair<StorageId, int64_t> rootOf(const Lowering &l, StorageId id) {
  int64_t offset = 0;
  while (l.storages[id].parent) {
    offset += l.storages[id].offset;
    id = *l.storages[id].parent;
  }
  return {id, offset};
}

/// When each root is in use, by step.
struct Lifetimes {
  static constexpr uint32_t never = ~uint32_t(0);
  std::vector<uint32_t> first, last;

  explicit Lifetimes(const Lowering &l)
      : first(l.storages.size(), never), last(l.storages.size()) {
    for (uint32_t step = 0; step < l.steps.size(); ++step)
      for (const Step::Buffer &buffer : l.steps[step].buffers) {
        StorageId root = rootOf(l, buffer.storage).first;
        first[root] = std::min(first[root], step);
        last[root] = step;
      }
  }
  bool isUsed(StorageId id) const { return first[id] != never; }
};

} // namespace

llvm::Expected<Placement> placeBuffers(const Lowering &l) {
  Lifetimes lifetimes(l);
  Placement placement;
  std::vector<glue::ArenaRequest> requests;
  std::vector<StorageId> requesters;
  for (StorageId id = 0; id < l.storages.size(); ++id) {
    if (!lifetimes.isUsed(id))
      continue;
    const Storage &storage = l.storages[id];
    if (storage.kind == Storage::Kind::arena) {
      requests.push_back({static_cast<uint64_t>(storage.bytes),
                          lifetimes.first[id], lifetimes.last[id]});
      requesters.push_back(id);
    } else if (storage.kind == Storage::Kind::given) {
      placement.keptSegments.push_back(storage.index);
    }
  }
  std::vector<uint32_t> &kept = placement.keptSegments;
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  auto plan = glue::planArena(requests);
  if (!plan)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "the scratch memory of the program exceeds "
                                   "64 bits");
  placement.workspaceBytes = plan->bytes;

  placement.storages.resize(l.storages.size());
  for (size_t i = 0; i < requests.size(); ++i)
    placement.storages[requesters[i]] = {BufferKind::workspace, 0,
                                         plan->offsets[i]};
  for (StorageId id = 0; id < l.storages.size(); ++id) {
    const Storage &storage = l.storages[id];
    BufferRecord &record = placement.storages[id];
    switch (storage.kind) {
    case Storage::Kind::arena:
      break; // done above, or below
    case Storage::Kind::input:
      record = {BufferKind::input, storage.index, 0};
      break;
    case Storage::Kind::output:
      record = {BufferKind::output, storage.index, 0};
      break;
    case Storage::Kind::made:
      record = {BufferKind::segment, storage.index, 0};
      break;
    case Storage::Kind::given: {
      auto at = std::lower_bound(kept.begin(), kept.end(), storage.index);
      record = {
          BufferKind::segment,
          static_cast<uint32_t>(l.madeSegments.size() + (at - kept.begin())),
          0};
      break;
    }
    case Storage::Kind::rodata:
      record = {BufferKind::rodata, 0, static_cast<uint64_t>(storage.offset)};
      break;
    }
  }
  for (StorageId id = 0; id < l.storages.size(); ++id) {
    auto [root, offset] = rootOf(l, id);
    if (root != id) {
      placement.storages[id] = placement.storages[root];
      placement.storages[id].offset += offset;
    }
  }
  return placement;
}

} // namespace glowplug::cpu
