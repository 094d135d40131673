// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hands out the reserved part of bank 0.

#include "backends/npu-sim/compiler/instr/Kept.h"

#include <algorithm>

namespace glowplug::npusim {

std::vector<Kept::Bytes> Kept::neededBy(const Kernel &kernel) {
  std::vector<Bytes> all;
  if (kernel.arithmetic && !kernel.arithmetic->table.empty())
    all.push_back(kernel.arithmetic->table);
  if (kernel.weightZps.size() > 1)
    all.emplace_back(kernel.weightZps.begin(), kernel.weightZps.end());
  return all;
}

StepId Kept::addLoad(const Bytes &bytes, std::int64_t at, std::int32_t layer,
                     std::vector<StepId> earlier) {
  const auto [place, isNew] = stored.try_emplace(bytes, 0);
  if (isNew)
    place->second = places.append(bytes);
  npu::Load load;
  load.header.queue = static_cast<std::int32_t>(npu::Queue::LoadW);
  load.header.layer = layer;
  load.dramBase = constantsBase;
  load.dramOffset = place->second;
  load.spadAddr = static_cast<std::int32_t>(at);
  load.run = static_cast<std::int32_t>(bytes.size());
  buffers.push_back({bytes.size() == 256 ? "table" : "zero points",
                     static_cast<std::uint32_t>(layer),
                     static_cast<std::uint32_t>(at),
                     static_cast<std::uint32_t>(bytes.size())});
  return steps.add(load, std::move(earlier));
}

std::int64_t Kept::find(const Bytes &bytes, std::int32_t layer) {
  for (const auto &[at, other] : resident)
    if (other.bytes == bytes)
      return at;
  const std::int64_t line = npu::lineBytes(config);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const MemoryMap &map = places.map;
  std::int64_t at = (std::max(next, map.keptBegin) + line - 1) / line * line;
  if (at + size > map.keptEnd)
    at = (map.keptBegin + line - 1) / line * line;
  if (at + size > map.keptEnd)
    return -1;
  // What was there before may still be read. Whatever overlapped that earlier
  // need not be checked: it had been read before that was loaded.
  std::vector<StepId> earlier;
  std::erase_if(resident, [&](const auto &entry) {
    const auto &[begin, other] = entry;
    if (begin >= at + size ||
        begin + static_cast<std::int64_t>(other.bytes.size()) <= at)
      return false;
    for (StepId reader : other.readers)
      if (reader >= 0)
        earlier.push_back(reader);
    return true;
  });
  next = at + size;
  resident[at] = {bytes, addLoad(bytes, at, layer, std::move(earlier)),
                  noSteps};
  return at;
}

npu::Result<std::vector<std::int64_t>>
Kept::load(const std::vector<Bytes> &all, int queue, std::int32_t layer,
           std::vector<StepId> &earlier) {
  std::vector<std::int64_t> addresses;
  std::size_t size = 0;
  for (const Bytes &bytes : all) {
    addresses.push_back(find(bytes, layer));
    size += bytes.size();
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    // Where both have no room at once, the second took the place of the first.
    const auto found = resident.find(addresses[i]);
    if (found == resident.end() || found->second.bytes != all[i])
      return npu::Fault{"table_addr: " + std::to_string(size) +
                        " bytes have no room in the reserved part of bank 0"};
    earlier.push_back(found->second.loadedBy);
  }
  // The step that reads them is the next one.
  for (std::int64_t at : addresses)
    resident[at].readers[queue] = steps.count();
  return addresses;
}

} // namespace glowplug::npusim
