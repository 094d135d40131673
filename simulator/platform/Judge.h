// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the runs of the driver's example must come to.

#pragma once

#include "hw/driver/example.h"
#include "simulator/platform/Memory.h"
#include "simulator/platform/Part.h"

namespace glowplug::npu::platform {

/// Prints each run, and says on the error output what is wrong with it.
class Judge {
public:
  /// \p part lies in \p memory from \p address on.
  Judge(const Part &part, Memory &memory, std::uint64_t address)
      : part(part), memory(memory), address(address) {}

  void judge(const example_run &run);
  /// Whether all runs of the example came, and were right.
  bool isWell() const { return faults == 0 && runs == 6; }
  /// Interrupts that the runs have told of.
  std::uint64_t interrupts() const { return told; }

private:
  void require(bool holds, const example_run &run, const char *what);
  void judgeGood(const example_run &run);
  bool hasOutputs() const;
  std::uint64_t expectedHash() const;

  const Part &part;
  Memory &memory;
  const std::uint64_t address;
  sc_core::sc_time last; ///< when the run before had ended
  std::uint64_t told = 0;
  int runs = 0, faults = 0;
};

} // namespace glowplug::npu::platform
