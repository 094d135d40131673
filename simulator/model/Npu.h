// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The whole machine.

#pragma once

#include "simulator/isa/Program.h"
#include "simulator/model/Bus.h"
#include "simulator/model/HardwareUnit.h"
#include "simulator/model/Time.h"
#include "simulator/timing/Banks.h"

namespace glowplug::npu::model {

/// An NPU that runs one program at a time, as the contract says. It has no
/// pins: start() and finished are its interface.
class Npu : public sc_core::sc_module {
public:
  Npu(const sc_core::sc_module_name &name, const Config &config);
  ~Npu() override;

  /// Starts \p commands at the present time. Not while one is running.
  /// \p machine has this NPU's configuration. With \p memories, commands have
  /// their effect when they issue, at that time of the kernel; without, there
  /// are only times, which are computed at once: the kernel then sees the
  /// beginning and the end.
  void start(std::vector<Command> commands, const Machine &machine,
             Memories *memories);

  /// Notified when the program has ended, well or not.
  sc_core::sc_event finished{"finished"};
  bool isRunning() const { return running; }

  /// The timeline of the last program, or why it stopped. A fault also says
  /// why it stands still: ask when the kernel has nothing more to do.
  Result<Timeline> result() const;

  /// Ends the program that runs, if one does, as a fault would: its commands
  /// have no more effects, and finished is notified.
  void stop();

  /// What is known of the last program: commands that have issued have times,
  /// which may be to come. An end of 0 is not known yet.
  const Timeline &soFar() const;
  /// The conflict that was the fault of the last program.
  const std::optional<BankConflict> &conflict() const;
  /// The semaphore that went over its limit, if that was the fault; of several
  /// in one cycle the first.
  std::optional<int> overflow() const;

  /// Called before a command has its effect and after; may be empty. For memory
  /// that no pointer can reach.
  std::function<void(std::int64_t)> beforeEffect, afterEffect;

  /// Hardware in the place of engines, from the next start() on; null: the
  /// model's. Each has its effects cycle by cycle. Owned by the caller.
  struct Units {
    HardwareUnit *array = nullptr, *vector = nullptr;
    HardwareUnit *loadA = nullptr, *loadW = nullptr, *store = nullptr;
    FetchUnit *fetch = nullptr;

    HardwareUnit *of(Queue queue) const {
      return queue == Queue::Matrix   ? array
             : queue == Queue::Vector ? vector
             : queue == Queue::LoadA  ? loadA
             : queue == Queue::LoadW  ? loadW
                                      : store;
    }
  } units;
  /// The clocks of hardware never stand still: slower, and nothing else may
  /// change. From the next start() on.
  bool lockstep = false;
  /// How many commands of the last program they took.
  std::int64_t inHardware() const;

  /// Whether a conflict on a bank stops the program with a fault, as the
  /// contract wants it. Programs that are only timed may do without.
  bool stopsAtConflicts = true;

  /// CRC-32 of what each command wrote, when it was asked for before start().
  bool wantsCrcs = false;
  std::vector<std::uint32_t> crcs;

  /// What one command wrote, when it was named before start(); -1: none.
  std::int64_t watched = -1;
  std::vector<std::uint8_t> watchedBytes;

private:
  struct State;
  void advance();
  Cycle kernelTime() const;
  void notifyAt(Cycle time);
  std::vector<Clocked *> beginUnits(const Machine &machine, Memories *memories);
  std::int64_t dispatched() const;

  Config config;
  SemaphoreUnit semaphores{"semaphores"};
  Fetch::Queues queues;
  std::unique_ptr<Fetch> fetch;
  std::unique_ptr<MemoryBus> bus;
  std::unique_ptr<State> state;
  bool running = false;
  sc_core::sc_time begun;
  sc_core::sc_event due{"due"};
};

} // namespace glowplug::npu::model
