// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A process that holds one plugin. Hosts start it; people use --replay.

#include "backend-api/process/Worker.h"
#include "core/isolation/Confine.h"
#include "core/isolation/Protocol.h"
#include "core/isolation/Serve.h"

#include "llvm/Support/ErrorHandling.h"

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <unistd.h>

using namespace glowplug;

/// Starts this executable again with a malloc that counts exactly: chunks in
/// the caches of threads look as if they were in use.
static void countExactly(char **argv) {
  constexpr const char *name = "GLIBC_TUNABLES";
  constexpr std::string_view wanted = "glibc.malloc.tcache_count=0";
  const char *const set = std::getenv(name);
  std::string value = set ? set : "";
  if (value.find(wanted) != std::string::npos)
    return;
  value += value.empty() ? "" : ":";
  setenv(name, value.append(wanted).c_str(), /*overwrite=*/1);
  execv("/proc/self/exe", argv); // if it fails, some leaks stay unseen
}

int main(int argc, char **argv) {
  if (argc == 3 && std::strcmp(argv[1], "--replay") == 0)
    return isolation::replay(argv[2]);
  bool isConfined = true, isStrict = false, looksForLeaks = false;
  isolation::Confinement confinement;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == isolation::unconfinedFlag)
      isConfined = false;
    else if (argument == isolation::processesFlag)
      confinement.mayStartProcesses = true;
    else if (argument == isolation::strictFlag)
      isStrict = true;
    else if (argument == isolation::leaksFlag)
      looksForLeaks = true;
    else if (argument == isolation::readFlag && i + 1 < argc)
      confinement.readable.emplace_back(argv[++i]);
  }
  if (looksForLeaks)
    countExactly(argv);
  if (isConfined)
    if (llvm::Error error = isolation::confineThisProcess(confinement)) {
      std::cerr << llvm::toString(std::move(error)) << '\n';
      return 1;
    }
  // As operator new does in a worker; LLVM would abort.
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { _exit(process::outOfMemoryStatus); });
  auto channel = process::beWorker(isolation::protocol);
  if (!channel) {
    std::cerr << "glowplug-worker is started by Glowplug; to make a kept call "
                 "again: glowplug-worker --replay FOLDER\n";
    return 2;
  }
  return isolation::serveBackend(*channel, isStrict, looksForLeaks);
}
