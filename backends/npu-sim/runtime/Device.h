// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What runs programs: bytes go in, bytes and times come out.

#pragma once

#include "backends/npu-sim/runtime/Placement.h"
#include "simulator/timing/Replay.h"

#include <memory>
#include <optional>

namespace glowplug::npusim {

/// The bytes that each base register points to; as many as the extents say.
using Memory = std::array<std::span<std::uint8_t>, npu::baseRegisters>;

/// One NPU. Only one call at a time.
class Device {
public:
  virtual ~Device() = default;

  /// Takes a program in place of the one before, and keeps nothing of
  /// \p program itself. Its commands have passed npu::checkCommands. Gives the
  /// times, which are the same in every run. A fault is an overflow of a
  /// semaphore, a conflict on a bank, a deadlock, or the loss of the device.
  virtual npu::Result<npu::Timeline> load(const npu::Program &program,
                                          const Placement &placement) = 0;

  /// Runs the program to its end over \p memory. The scratchpad and the
  /// accumulator begin with contents that no program should rely on, but that
  /// are the same each time. A fault is the loss of the device.
  virtual std::optional<npu::Fault> run(const Memory &memory) = 0;
};

/// A device in this process: data in program order, times from the contract.
std::unique_ptr<Device> makeInProcessDevice(const npu::Config &config);

} // namespace glowplug::npusim
