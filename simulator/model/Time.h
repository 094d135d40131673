// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Cycles and SystemC's time: one cycle is one nanosecond.

#pragma once

#include "simulator/timing/Dram.h"

#include <systemc>

namespace glowplug::npu::model {

inline sc_core::sc_time timeOf(Cycle cycles) {
  return sc_core::sc_time(static_cast<double>(cycles), sc_core::SC_NS);
}

/// A clock that counts cycles from a given time on.
class CycleClock {
public:
  void restart() { begin = sc_core::sc_time_stamp(); }
  Cycle now() const {
    return static_cast<Cycle>((sc_core::sc_time_stamp() - begin) /
                              sc_core::sc_time(1, sc_core::SC_NS));
  }
  /// Notifies \p event at cycle \p at, which is later than now.
  void notifyAt(sc_core::sc_event &event, Cycle at) const {
    event.notify(timeOf(at - now()));
  }

private:
  sc_core::sc_time begin;
};

} // namespace glowplug::npu::model
