// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the program of a device is made of. `npu-device` is one; a device with
/// other hardware is another program of these lines.

#pragma once

#include "simulator/process/Server.h"

namespace glowplug::npu::process {

/// For sc_main(): serves the client that started this process, until it ends.
/// The status of the process.
int serveClient(Hardware hardware);

/// For main(): elaborates SystemC, which calls sc_main(), without its banner.
int elaborate(int argc, char **argv);

} // namespace glowplug::npu::process
