// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The whole NPU in RTL as a platform sees it, cycle by cycle.

#pragma once

#include "simulator/cosim/ChipMemory.h"

#include <memory>

namespace glowplug::npu::cosim {

class ClockedChip {
public:
  /// A transfer on AXI4-Lite.
  struct Access {
    bool isWrite = false;
    std::uint32_t address = 0, data = 0; ///< data: of a write
    int strobes = 15;                    ///< of a write: bit i for byte i
  };
  struct Answer {
    std::uint32_t data = 0; ///< of a read
    bool isError = false;   ///< SLVERR
  };

  virtual ~ClockedChip() = default;

  /// Offers a transfer from the next cycle on. Not before the one before it
  /// has been answered. A write that resets the chip also resets the memory's
  /// bus: bursts that are under way are forgotten.
  virtual void offer(const Access &access) = 0;
  /// One cycle. The answer, if it has come.
  virtual std::optional<Answer> cycle() = 0;
  /// The line in the next cycle.
  virtual bool interrupt() const = 0;
  /// What the chip did on the memory's bus that no master may do.
  virtual std::optional<Fault> fault() const = 0;
};

/// The chip for configurations like \p config, reset, with \p storage, which
/// must live as long, behind DRAM in the times of the contract; or why there is
/// none. See makeChip().
Result<std::unique_ptr<ClockedChip>> makeClockedChip(const Config &config,
                                                     Storage &storage);

} // namespace glowplug::npu::cosim
