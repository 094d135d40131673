// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps standard output for the data of the command.

#include "tools/glowplug/DataFile.h"

#include <fcntl.h>
#include <unistd.h>

static std::FILE *takeStandardOutput() {
  const int own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  std::FILE *const file = own < 0 ? nullptr : fdopen(own, "w");
  if (!file)
    return stdout; // it is closed, or there is no memory
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return file;
}

std::FILE *glowplug::cli::dataFile() {
  static std::FILE *const file = takeStandardOutput();
  return file;
}
