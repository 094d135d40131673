// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Cycles and SystemC's time: one cycle is one nanosecond.

#pragma once

#include "simulator/timing/Dram.h"

#include <systemc>

namespace glowplug::npu::model {

/// A cycle in units of the kernel's resolution.
inline std::uint64_t cycleValue() {
  static const std::uint64_t value =
      sc_core::sc_time(1, sc_core::SC_NS).value();
  return value;
}

inline sc_core::sc_time timeOf(Cycle cycles) {
  return sc_core::sc_time::from_value(static_cast<std::uint64_t>(cycles) *
                                      cycleValue());
}

/// Whole cycles in \p time.
inline Cycle cyclesOf(const sc_core::sc_time &time) {
  return static_cast<Cycle>(time.value() / cycleValue());
}

} // namespace glowplug::npu::model
