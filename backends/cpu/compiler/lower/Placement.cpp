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

/// Numbers of the image's segments that are used, ascending.
std::vector<uint32_t> keptSegments(const Lowering &l,
                                   const Lifetimes &lifetimes) {
  std::vector<uint32_t> kept;
  for (StorageId id = 0; id < l.storages.size(); ++id)
    if (lifetimes.isUsed(id) && l.storages[id].kind == Storage::Kind::given)
      kept.push_back(l.storages[id].index);
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

/// Places scratch memory in the workspace; false if that is too large.
bool placeArena(const Lowering &l, const Lifetimes &lifetimes,
                Placement &placement) {
  std::vector<glue::ArenaRequest> requests;
  std::vector<StorageId> requesters;
  for (StorageId id = 0; id < l.storages.size(); ++id) {
    const Storage &storage = l.storages[id];
    if (!lifetimes.isUsed(id) || storage.kind != Storage::Kind::arena)
      continue;
    requests.push_back({static_cast<uint64_t>(storage.bytes),
                        lifetimes.first[id], lifetimes.last[id]});
    requesters.push_back(id);
  }
  const auto plan = glue::planArena(requests);
  if (!plan)
    return false;
  placement.workspaceBytes = plan->bytes;
  for (size_t i = 0; i < requests.size(); ++i)
    placement.storages[requesters[i]] = {BufferKind::workspace, 0,
                                         plan->offsets[i]};
  return true;
}

/// Where a storage begins that is not scratch memory.
BufferRecord recordOf(const Lowering &l, const Storage &storage,
                      const std::vector<uint32_t> &kept) {
  switch (storage.kind) {
  case Storage::Kind::arena:
    break;
  case Storage::Kind::input:
    return {BufferKind::input, storage.index, 0};
  case Storage::Kind::output:
    return {BufferKind::output, storage.index, 0};
  case Storage::Kind::made:
    return {BufferKind::segment, storage.index, 0};
  case Storage::Kind::given: {
    // After the segments that the compiler made.
    auto at = std::lower_bound(kept.begin(), kept.end(), storage.index);
    return {BufferKind::segment,
            static_cast<uint32_t>(l.madeSegments.size() + (at - kept.begin())),
            0};
  }
  case Storage::Kind::rodata:
    return {BufferKind::rodata, 0, static_cast<uint64_t>(storage.offset)};
  }
  llvm_unreachable("scratch memory is placed by its lifetime");
}

} // namespace

llvm::Expected<Placement> placeBuffers(const Lowering &l) {
  const Lifetimes lifetimes(l);
  Placement placement;
  placement.keptSegments = keptSegments(l, lifetimes);
  placement.storages.resize(l.storages.size());
  if (!placeArena(l, lifetimes, placement))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "the scratch memory of the program exceeds "
                                   "64 bits");
  for (StorageId id = 0; id < l.storages.size(); ++id)
    if (l.storages[id].kind != Storage::Kind::arena)
      placement.storages[id] =
          recordOf(l, l.storages[id], placement.keptSegments);
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
