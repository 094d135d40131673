// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the kernel says of this machine.

#include "core/conformance/report/Identity.h"

#include "core/support/Sha256.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <fstream>

#include <sys/utsname.h>
#include <unistd.h>

namespace glowplug::conformance {

std::string Machine::sha256() const {
  const std::string text = cpu + "\n" + llvm::join(features, " ") + "\n" +
                           kernel + "\n" + std::to_string(memoryBytes) + "\n";
  return sha256Text(glowplug::sha256(llvm::arrayRefFromStringRef(text)));
}

Machine thisMachine() {
  Machine machine;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto [key, value] = llvm::StringRef(line).split(':');
    const llvm::StringRef name = key.trim();
    if (name == "model name" && machine.cpu.empty())
      machine.cpu = value.trim().str();
    if ((name == "flags" || name == "Features") && machine.features.empty())
      for (const llvm::StringRef feature : llvm::split(value.trim(), ' '))
        machine.features.push_back(feature.str());
  }
  std::sort(machine.features.begin(), machine.features.end());
  utsname names = {};
  if (uname(&names) == 0)
    machine.kernel =
        std::string(names.sysname) + " " + names.release + " " + names.machine;
  const long pages = sysconf(_SC_PHYS_PAGES), pageBytes = sysconf(_SC_PAGESIZE);
  if (pages > 0 && pageBytes > 0)
    machine.memoryBytes =
        static_cast<uint64_t>(pages) * static_cast<uint64_t>(pageBytes);
  return machine;
}

} // namespace glowplug::conformance
