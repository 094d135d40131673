// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// npu-device-waves: npu-device with a chip that writes its signals to a file.
// It is a program of its own, since waves make a chip slower and larger.

#include "simulator/process/DeviceMain.h"

using namespace glowplug::npu;

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int, char **) {
  process::Hardware hardware = process::builtHardware();
  hardware.chip = cosim::makeTracedChip;
  return process::serveClient(std::move(hardware));
}

int main(int argc, char **argv) { return process::elaborate(argc, argv); }
