// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How often each action of hw/spec/energy.json happens. The formula of each
/// count is beside its action in docs/reference/npu-energy.md and Energy.h.

#pragma once

#include "hw/spec/Energy.h"
#include "simulator/timing/Replay.h"

namespace glowplug::npu {

/// A number for each action.
class Counts {
public:
  std::int64_t &operator[](Action action) { return values[index(action)]; }
  std::int64_t operator[](Action action) const { return values[index(action)]; }

  Counts &operator+=(const Counts &other) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] += other.values[i];
    return *this;
  }
  friend bool operator==(const Counts &, const Counts &) = default;

private:
  static constexpr std::size_t index(Action action) {
    return static_cast<std::size_t>(action);
  }

  std::array<std::int64_t, actionCount> values{};
};

/// What \p command does by itself, its fetch included: all but cycles and rows
/// of DRAM. It is as checkCommand wants it. Takes time in proportion to the
/// bursts or runs of a transfer, and next to none for other commands.
Counts countActions(const Command &command, const Config &config);

/// What \p commands do in a run that takes \p timeline on \p machine: the sum
/// over all commands, with cycles and rows of DRAM. The times are those of the
/// contract.
Counts countActions(std::span<const Command> commands, const Timeline &timeline,
                    const Machine &machine);

/// The same for each layer, from 0 to the greatest that a command names; the
/// sum over all layers is the whole. Cycles belong to the oldest layer that is
/// not finished, all else to the layer of its command.
std::vector<Counts> countActionsByLayer(std::span<const Command> commands,
                                        const Timeline &timeline,
                                        const Machine &machine);

} // namespace glowplug::npu
