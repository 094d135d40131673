// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Does the jobs of WorkerPoolTest.cpp: each one says how it ends.

#include "core/driver/WorkerPool.h"

#include <csignal>
#include <unistd.h>

static std::string answer(const std::string &job) {
  if (job == "long")
    return std::string(1 << 20, 'x');
  if (job == "crash")
    raise(SIGKILL);
  if (job == "exit")
    _exit(7);
  while (job == "hang")
    pause();
  return job;
}

int main() { return glowplug::serveJobs(answer); }
