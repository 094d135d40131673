// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the machine has, as the kernel and LLVM say it.

#include "tools/glowplug/Machine.h"

#include "core/support/LibraryFolder.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"

#include <fstream>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::cli;

/// What makes code for this CPU faster, of all architectures.
static constexpr const char *wanted[] = {
    "sse4.2",     "avx",        "f16c",       "fma",        "avx2",
    "avxvnni",    "avx512f",    "avx512bw",   "avx512dq",   "avx512vl",
    "avx512vbmi", "avx512vnni", "avx512bf16", "avx512fp16", "amx-tile",
    "amx-int8",   "amx-bf16",   "neon",       "fullfp16",   "dotprod",
    "i8mm",       "bf16",       "sve"};

Json cli::describeCpu() {
  const llvm::StringMap<bool> all = llvm::sys::getHostCPUFeatures();
  Json features = Json::array();
  for (const char *name : wanted)
    if (all.lookup(name))
      features.push_back(name);
  cpu_set_t set;
  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  const unsigned usable = sched_getaffinity(0, sizeof set, &set) == 0
                              ? static_cast<unsigned>(CPU_COUNT(&set))
                              : threads;
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return {{"name", llvm::sys::getHostCPUName().str()},
          {"threads", online > 0 ? static_cast<unsigned>(online) : threads},
          {"usable_threads", usable},
          {"features", std::move(features)}};
}

Json cli::describeMemory() {
  uint64_t total = 0, available = 0; // KiB
  std::ifstream file("/proc/meminfo");
  for (std::string name, unit; file >> name;) {
    uint64_t value = 0;
    file >> value;
    std::getline(file, unit);
    if (name == "MemTotal:")
      total = value;
    else if (name == "MemAvailable:")
      available = value;
  }
  return {{"bytes", total << 10}, {"free_bytes", available << 10}};
}

/// Whether the kernel has the filter of system calls that workers get.
static bool hasSeccomp() {
  uint32_t action = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

Json cli::describeIsolation() {
  const long landlock = syscall(SYS_landlock_create_ruleset, nullptr, 0,
                                LANDLOCK_CREATE_RULESET_VERSION);
  const std::string worker = libraryFolder() + "/glowplug-worker";
  return {{"worker", llvm::sys::fs::can_execute(worker)
                         ? worker
                         : "'" + worker + "' is not there"},
          {"seccomp", hasSeccomp() ? "yes" : "no: workers cannot be confined"},
          {"landlock", landlock > 0
                           ? "version " + std::to_string(landlock)
                           : "no: workers with --allow-read do not start"}};
}
