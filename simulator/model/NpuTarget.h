// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The model of the NPU for a virtual platform.

#pragma once

#include "simulator/model/Npu.h"
#include "simulator/model/NpuPort.h"

namespace glowplug::npu::model {

/// The SystemC model behind the registers of the hardware.
///
/// It takes as many cycles as hw/rtl, register accesses, reset and interrupt
/// included, for programs that end well. It differs from the hardware where the
/// contract says nothing: a program is checked before it begins, so a command
/// that no queue takes, and one that breaks another rule of docs/reference/
/// isa.md, is a fault `command` before anything has an effect; a stop does not
/// wait for bursts; and the beats of a transfer count when it retires.
class NpuTarget : public NpuPort {
public:
  NpuTarget(const sc_core::sc_module_name &name, const Config &config);

  /// Why the last program ended with a fault, or stands still, in words.
  std::string message() const;

private:
  RegisterAnswer access(const RegisterAccess &access) override;
  void request(const ControlRequest &asks);

  // The life of a program; in a thread. Cycles are those of the kernel.
  void control();
  void run(Cycle written);
  void finish(Cycle idle, std::uint32_t statusBit);
  void drain(Cycle since, std::uint32_t statusBit);
  bool waitUntil(Cycle cycle);
  bool takeStop();

  /// Reads the program and makes memory ready; or says what is wrong.
  bool prepare();
  bool take(std::int64_t number, const Encoded &code, Extents &extents);
  void attach(int base, std::int64_t extent);
  void stage(std::int64_t number, bool isStore);
  bool stageRun(const Access &access, std::int64_t at);
  bool fail(const FaultRegisters &fault, std::string why);
  void explain();

  void forget();
  void count(Cycle before);

  Config config;
  Npu npu;
  Memories memories;
  Registers state;
  std::array<std::vector<std::uint8_t>, baseRegisters> shadows;
  std::vector<Command> commands;
  Machine machine;
  std::string text;

  sc_core::sc_event asked{"asked"};
  ControlRequest wanted;  ///< of the last write that asked
  Cycle askedAt = 0;      ///< the cycle of it
  bool isOpen = false;    ///< and nothing was done yet
  bool isRunning = false; ///< a program that can be stopped
  Cycle begun = 0;        ///< cycle 0 of the contract
  /// Commands of each queue, and how many of them have been counted.
  std::array<std::vector<std::int64_t>, queueCount> ofQueue;
  std::array<std::size_t, queueCount> counted{};
  std::size_t fetched = 0;
};

} // namespace glowplug::npu::model
