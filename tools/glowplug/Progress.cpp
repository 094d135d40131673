// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says on standard error what is being done, if it takes over a second.

#include "tools/glowplug/Progress.h"

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

void Progress::task(const std::string &text) {
  {
    std::lock_guard lock(mutex);
    clearLine();
    taskText = text;
    taskIsOut = text.empty();
    printTask();
    ++generation;
  }
  changed.notify_all();
}

/// Prints the task where it has a line of its own and is not there yet, unless
/// the last one is too fresh.
void Progress::printTask() {
  const auto now = std::chrono::steady_clock::now();
  if (isTerminal || taskIsOut ||
      (taskTime.time_since_epoch().count() != 0 && now - taskTime < 5s))
    return;
  std::cerr << taskText << std::endl;
  taskTime = now;
  taskIsOut = true;
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
        std::cerr << "\r\033[K" << taskText << (taskText.empty() ? "" : ": ")
                  << stage << " ... " << seconds << " s" << std::flush;
      else if (!taskText.empty())
        printTask();
      else if (!lineIsOut)
        std::cerr << stage << std::endl;
      lineIsOut = true;
    }
  }
}
