// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The device in a process of its own: the SystemC model, with hardware in it
/// on demand.

#pragma once

#include "backends/npu-sim/runtime/Device.h"
#include "simulator/process/Client.h"

#include <string>

namespace glowplug::npusim {

/// A device whose process starts with its first load(). A call fails if
/// `npu-device` cannot be started, dies, hangs or gives a wrong answer. A
/// device that was lost is started again by the next load().
std::unique_ptr<Device> makeProcessDevice(const npu::Config &config,
                                          const npu::process::Options &options);

/// The path of the `npu-device`, or of another device \p name, that is
/// installed with the library or the executable of this code: in the same
/// folder, or in `bin` beside one of the three folders above it. Empty if there
/// is none.
std::string findNpuDevice(std::string_view name = "npu-device");

} // namespace glowplug::npusim
