// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Says on standard error what is being done, if it takes over a second.

#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace glowplug::cli {

/// Watches stages of work. On a terminal the line of a stage is renewed each
/// second and goes away at its end; elsewhere it is printed once.
class Progress {
public:
  Progress();
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// From now on \p stage is being done.
  void begin(const std::string &stage);
  /// Nothing is being done.
  void end() { begin(""); }

private:
  void watch();
  void clearLine();

  const bool isTerminal;
  std::mutex mutex;
  std::condition_variable changed;
  std::string stage;
  unsigned long generation = 0; // of stages
  bool lineIsOut = false;
  bool stop = false;
  std::thread thread; // last: it uses all of the above
};

} // namespace glowplug::cli
