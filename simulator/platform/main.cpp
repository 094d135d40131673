// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small virtual platform: host, memory and NPU. `npu-platform [--no-dmi]`
// exits with 0 if the host found all as it should be.

#include "simulator/model/NpuTarget.h"
#include "simulator/platform/Host.h"
#include "simulator/platform/Memory.h"

#include <cstdio>
#include <cstring>

// The library of SystemC calls it.
[[gnu::visibility("default")]] int sc_main(int argc, char **argv) {
  using namespace glowplug::npu;
  const bool direct = argc < 2 || std::strcmp(argv[1], "--no-dmi") != 0;
  const Config config;
  platform::Host host("host", config);
  platform::Memory memory("memory", 1 << 20, direct);
  model::NpuTarget npu("npu", config);
  sc_core::sc_signal<bool> interrupt("interrupt");
  host.npu.bind(npu.registers);
  host.memory.bind(memory.host);
  npu.memory.bind(memory.npu);
  npu.interrupt.bind(interrupt);
  host.interrupt.bind(interrupt);
  sc_core::sc_start();
  if (!host.failure().empty()) {
    std::fprintf(stderr, "npu-platform: %s\n", host.failure().c_str());
    return 1;
  }
  if (npu.faultMessage().find("command 0: wait0_sem") != 0) {
    std::fprintf(stderr, "npu-platform: the bad program's fault is '%s'\n",
                 npu.faultMessage().c_str());
    return 1;
  }
  return 0;
}
