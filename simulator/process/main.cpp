// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-device: the NPU's SystemC model as a process. Its client starts it and
// gives it a socket; it is of no use by hand.

#include "backend-api/process/Worker.h"
#include "simulator/process/Server.h"

#include <cstdio>
#include <cstdlib>

using namespace glowplug::npu;

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  auto channel = glowplug::process::beWorker(process::protocol);
  if (!channel) {
    std::fprintf(stderr, "npu-device: needs to be started by its client\n");
    return 2;
  }
  process::Server server{std::move(*channel)};
  return server.serve() ? 0 : 1;
}

// SystemC's own main would print a banner.
int main(int argc, char **argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
