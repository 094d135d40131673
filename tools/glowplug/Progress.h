// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Says on standard error what is being done, if it takes over a second.

#pragma once

#include "core/host/loops/Progress.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace glowplug::cli {

/// Watches stages of work. On a terminal the line of a stage is renewed each
/// second and goes away at its end; elsewhere it is printed once.
/// Many like stages may belong to a task, which says how far it is: on a
/// terminal that stands before the stage; elsewhere it takes the place of the
/// stages' lines, and is printed at once and then every five seconds if it
/// says something new.
class Progress : public ProgressListener {
public:
  Progress();
  ~Progress() override;
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  void begin(const std::string &stage) override;
  void task(const std::string &text) override;

private:
  void watch();
  void clearLine();
  void printTask();

  const bool isTerminal;
  std::mutex mutex;
  std::condition_variable changed;
  std::string stage, taskText;
  bool taskIsOut = false; ///< Where it has a line of its own.
  std::chrono::steady_clock::time_point taskTime; ///< Of the last such line.
  unsigned long generation = 0;                   // of stages
  bool lineIsOut = false;
  bool stop = false;
  std::thread thread; // last: it uses all of the above
};

} // namespace glowplug::cli
