// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A process in which cases of level L0 run. `glowplug conformance` starts it.

#include "backend-api/process/Worker.h"
#include "core/conformance/abi/AbiServe.h"

#include <iostream>

using namespace glowplug;

int main() {
  auto channel = process::beWorker(conformance::abiProtocol);
  if (!channel) {
    std::cerr << "glowplug-conformance-worker is started by Glowplug\n";
    return 2;
  }
  return conformance::serveAbiCases(*channel);
}
