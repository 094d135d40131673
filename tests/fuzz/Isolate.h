// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs tasks in child processes, so that one that crashes, aborts or hangs
/// ends with nothing but itself.

#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace glowplug::fuzz {

/// How a task ended.
struct TaskEnd {
  enum class Kind : uint8_t { finished, signalled, exited, timedOut };
  Kind kind = Kind::finished;
  int number = 0;         ///< Of the signal, or the status.
  std::string result;     ///< What the task returned, if it finished.
  std::string stage;      ///< What it said last by setStage(), if it did not.
  std::string stderrText; ///< The end of what it wrote there, likewise.
};

/// "signal 11 (Segmentation fault)" and the like.
std::string textOf(const TaskEnd &end);

struct IsolateOptions {
  unsigned jobs = 1;
  /// Tasks that one child does, one after the other.
  size_t batch = 50;
  /// Of the processor's time for one task, and a tenth of what it may last: a
  /// machine that others use is slow, which is not the task's fault.
  double seconds = 30;
};

/// Runs \p task(0) to \p task(count - 1) in children, and calls \p end in this
/// process as each ends, in any order. \p end returns whether to go on.
void runIsolated(size_t count, const IsolateOptions &options,
                 const std::function<std::string(size_t)> &task,
                 const std::function<bool(size_t, const TaskEnd &)> &end);

/// Says in a child what it is about to do.
void setStage(const std::string &text);

} // namespace glowplug::fuzz
