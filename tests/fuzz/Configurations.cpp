// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ways of compiling for the CPU.

#include "tests/fuzz/Runner.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::fuzz;
using namespace glowplug::graphs;

std::vector<Configuration>
fuzz::configurations(llvm::ArrayRef<BackendOption> extra) {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") &&
                    __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq");
  std::vector<Configuration> result{{"tiled, host", {}}};
  const auto add = [&](const std::string &name,
                       std::vector<BackendOption> options) {
    result.push_back({name, std::move(options)});
  };
  const BackendOption generic{"kernels", "generic"};
  add("generic, host", {generic});
  add("tiled, x86-64", {{"target", "x86-64"}});
  add("generic, x86-64", {generic, {"target", "x86-64"}});
  if (avx2) {
    add("tiled, x86-64-v3", {{"target", "x86-64-v3"}});
    add("generic, x86-64-v3", {generic, {"target", "x86-64-v3"}});
  }
  if (avx512) {
    add("tiled, x86-64-v4", {{"target", "x86-64-v4"}});
    if (__builtin_cpu_supports("avx512vnni"))
      add("tiled, host without VNNI", {{"features", "-avx512vnni,-avxvnni"}});
  }
  // The first stays what users run; the rest test each access.
  for (Configuration &configuration : llvm::drop_begin(result)) {
    configuration.options.push_back({"checks", "on"});
    configuration.name += ", checks";
  }
  add("tiled, host, checks", {{"checks", "on"}});
  for (Configuration &configuration : result)
    llvm::append_range(configuration.options, extra);
  return result;
}
