// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a started process to a device that serves.

#include "simulator/process/DeviceMain.h"

#include "backend-api/process/Worker.h"

#include <cstdio>
#include <cstdlib>

namespace glowplug::npu::process {

int serveClient(Hardware hardware) {
  auto channel = glowplug::process::beWorker(protocol);
  if (!channel) {
    std::fprintf(stderr, "npu-device: needs to be started by its client\n");
    return 2;
  }
  Server server(std::move(*channel), std::move(hardware));
  return server.serve() ? 0 : 1;
}

int elaborate(int argc, char **argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}

} // namespace glowplug::npu::process
