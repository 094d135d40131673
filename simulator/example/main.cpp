// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// acme-device: a device with a hardware team's own array, and the other units
// of hw/rtl. Its client starts it: `device-path` of the backend npu-sim. The
// variable ACME_BUG puts in the array that does not mask padding.

#include "simulator/example/AcmeArray.h"
#include "simulator/process/DeviceMain.h"

#include <cstdlib>

using namespace glowplug::npu;

[[gnu::visibility("default")]] int sc_main(int, char **) {
  process::Hardware hardware = process::builtHardware();
  hardware.array = [](const Config &config) {
    return example::makeAcmeArray(config, std::getenv("ACME_BUG") != nullptr);
  };
  return process::serveClient(std::move(hardware));
}

int main(int argc, char **argv) { return process::elaborate(argc, argv); }
