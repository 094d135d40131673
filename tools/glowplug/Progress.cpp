// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says on standard error what is being done, if it takes over a second.

#include "tools/glowplug/Progress.h"

#include <chrono>
#include <iostream>
#include <unistd.h>

using namespace glowplug::cli;
using namespace std::chrono_literals;

Progress::Progress()
    : isTerminal(isatty(STDERR_FILENO) != 0), thread([this] { watch(); }) {}

Progress::~Progress() {
  {
    std::lock_guard lock(mutex);
    stop = true;
    ++generation;
  }
  changed.notify_all();
  thread.join();
  clearLine();
}

void Progress::clearLine() {
  if (lineIsOut && isTerminal)
    std::cerr << "\r\033[K" << std::flush;
  lineIsOut = false;
}

void Progress::begin(const std::string &next) {
  {
    std::lock_guard lock(mutex);
    clearLine();
    stage = next;
    ++generation;
  }
  changed.notify_all();
}

void Progress::watch() {
  std::unique_lock lock(mutex);
  while (!stop) {
    const unsigned long current = generation;
    int seconds = 0;
    while (!changed.wait_for(lock, 1s, [&] { return generation != current; })) {
      ++seconds;
      if (stage.empty())
        continue;
      if (isTerminal)
        std::cerr << "\r\033[K" << stage << " ... " << seconds << " s"
                  << std::flush;
      else if (!lineIsOut)
        std::cerr << stage << std::endl;
      lineIsOut = true;
    }
  }
}
