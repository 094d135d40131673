// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The NPU in RTL for a virtual platform.

#pragma once

#include "simulator/cosim/ClockedChip.h"
#include "simulator/model/NpuPort.h"

namespace glowplug::npu::platform {

/// hw/rtl/npu.sv, which Verilator made, behind the same sockets as the model.
/// It is clocked in the middle of each cycle, from the beginning to the end of
/// the simulation. What the hardware does on its bus that no master may do ends
/// the simulation by an error report.
class RtlTarget : public model::NpuPort, private cosim::Storage {
public:
  /// The reset hardware for \p config, or why there is none: see makeChip().
  static Result<std::unique_ptr<RtlTarget>>
  make(const sc_core::sc_module_name &name, const Config &config);

private:
  explicit RtlTarget(const sc_core::sc_module_name &name);

  model::RegisterAnswer access(const model::RegisterAccess &access) override;
  void clock();

  bool read(std::uint64_t address, std::uint8_t *data, int bytes) override;
  bool write(std::uint64_t address, const std::uint8_t *data,
             std::uint64_t strobes, int bytes) override;
  /// The direct pointer to bytes within one granted page, or null.
  std::uint8_t *page(std::uint64_t address, int bytes);

  std::unique_ptr<cosim::ClockedChip> chip;
  sc_core::sc_event edge{"edge"}, answered{"answered"};
  model::RegisterAnswer answer;
  bool line = false;
  /// The last page to which direct access was asked for.
  std::uint64_t pageBegin = ~std::uint64_t(0);
  std::uint8_t *pageBytes = nullptr;
};

} // namespace glowplug::npu::platform
