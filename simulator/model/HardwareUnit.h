// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The interfaces of units of hardware within the model.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/timing/Bus.h"
#include "simulator/timing/Replay.h"

#include <optional>
#include <span>

namespace glowplug::npu::model {

/// A unit's port to the bus. It follows the same cycles as the unit.
class BusPort {
public:
  virtual ~BusPort() = default;

  /// The request that the unit shows in the present cycle, if any. It is a
  /// register: it stays until the grant, whatever else happens.
  virtual std::optional<BusRequest> request() = 0;

  /// The bus takes that request in the present cycle. The beats of a read pass
  /// in a row, the last one \p latency cycles later; a write is answered then.
  virtual void grant(Cycle latency) = 0;
};

/// The engine of a queue as hardware with a clock. In each cycle, look() comes
/// first, once or more, then edge(). The clock stands still while no command is
/// under way.
class HardwareUnit {
public:
  virtual ~HardwareUnit() = default;

  /// Resets the unit. It reads from \p memories and writes to them from now
  /// on; null: it reads anything, and what it writes is lost. A fault if there
  /// is no such unit for the configuration of \p machine.
  virtual std::optional<Fault> begin(const Machine &machine,
                                     Memories *memories) = 0;

  /// Whether the unit can do \p command at all. A DMA engine has to do all of
  /// its queue.
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

  /// The port to the bus of a DMA engine; null for the others.
  virtual BusPort *busPort() { return nullptr; }
};

/// Fetch and dispatch as hardware with a clock. In each cycle, look() comes
/// first, then edge(). The clock stands still while nothing can change but the
/// room in the queues.
class FetchUnit : public BusPort {
public:
  /// Resets the unit and lets it start \p program, which \p machine says where
  /// to find, so that the next cycle is the first one of the contract.
  virtual std::optional<Fault> begin(const Machine &machine,
                                     std::span<const Encoded> program) = 0;

  /// What the unit sends in the present cycle.
  struct Dispatch {
    int queue = -1; ///< of the command; none if it is negative
    Encoded command{};
  };

  /// Bit q of \p full: queue q had no room at the end of the last cycle.
  virtual Dispatch look(unsigned full) = 0;

  virtual void edge() = 0;

  /// What went wrong since begin().
  virtual std::optional<Fault> fault() const { return std::nullopt; }

  /// Whether bursts are under way.
  virtual bool isWaitingForBeats() const = 0;
};

} // namespace glowplug::npu::model
