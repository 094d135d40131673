// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers the sizes that a machine description names.

#include "core/conformance/run/MachineTiles.h"

#include "core/conformance/run/Claims.h"
#include "core/image/instr/machine_generated.h"

#include <set>

namespace glowplug::conformance {

static void gather(const machine::Port &port, std::set<int64_t> &sizes) {
  for (const auto *list : {port.multiples(), port.blocks()})
    if (list)
      for (const int64_t size : *list)
        if (size > 1 && size <= largestTile)
          sizes.insert(size);
}

std::vector<int64_t> tilesOfMachine(llvm::ArrayRef<uint8_t> bytes) {
  std::set<int64_t> sizes;
  const auto gatherAll = [&](const auto *ports) {
    if (ports)
      for (const machine::Port *port : *ports)
        gather(*port, sizes);
  };
  const machine::Machine &described = *machine::GetMachine(bytes.data());
  if (described.engines())
    for (const machine::Engine *engine : *described.engines())
      if (engine->rules())
        for (const machine::Rule *rule : *engine->rules()) {
          gatherAll(rule->operands());
          gatherAll(rule->results());
          if (rule->rest())
            gather(*rule->rest(), sizes);
        }
  while (sizes.size() > mostTiles)
    sizes.erase(sizes.begin());
  return {sizes.begin(), sizes.end()};
}

} // namespace glowplug::conformance
