// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The interface of a unit of hardware within the model.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/isa/Command.h"
#include "simulator/isa/Result.h"

#include <optional>

namespace glowplug::npu::model {

/// The engine of a queue as hardware with a clock. In each cycle, look() comes
/// first, once or more, then edge(). The clock stands still while no command is
/// under way.
class HardwareUnit {
public:
  virtual ~HardwareUnit() = default;

  /// Resets the unit. It reads from \p memories and writes to them from now
  /// on; null: it reads anything, and what it writes is lost. A fault if there
  /// is no such unit for \p config.
  virtual std::optional<Fault> begin(const Config &config,
                                     Memories *memories) = 0;

  /// Whether the unit can do \p command at all.
  virtual bool takes(const Command &command) const = 0;

  /// What the unit shows in a cycle.
  struct Signals {
    bool ready; ///< it would take a command now, and start it in the next cycle
    bool done;  ///< the oldest command under way has ended
  };

  /// Offers \p command, or none if it is null, in the present cycle.
  virtual Signals look(const Command *command) = 0;

  /// Ends the cycle: takes the command offered if the unit was ready, and
  /// serves the ports to the memories.
  virtual void edge() = 0;

  /// What went wrong since begin(), such as an access outside of a memory.
  virtual std::optional<Fault> fault() const { return std::nullopt; }
};

} // namespace glowplug::npu::model
