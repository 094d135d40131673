// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Who is told what long work is doing.

#pragma once

#include <string>

namespace glowplug {

/// Told of stages, and of the task that they belong to. Functions are called by
/// the thread that called the library.
class ProgressListener {
public:
  virtual ~ProgressListener() = default;

  /// From now on \p stage is being done; empty: nothing is.
  virtual void begin(const std::string &stage) {}
  /// From now on stages belong to a task that is as far as \p text says; empty:
  /// they belong to none.
  virtual void task(const std::string &text) {}
  void end() { begin(""); }
};

} // namespace glowplug
