// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-device: the NPU's SystemC model as a process, with the units of hw/rtl.
// Its client starts it and gives it a socket; it is of no use by hand.

#include "simulator/process/DeviceMain.h"

using namespace glowplug::npu;

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int, char **) {
  return process::serveClient(process::builtHardware());
}

int main(int argc, char **argv) { return process::elaborate(argc, argv); }
