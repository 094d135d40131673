// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Does jobs in child processes, so that a crash costs one job.

#pragma once

#include <functional>
#include <string>
#include <vector>

namespace glowplug {

/// How a job ended.
struct JobResult {
  bool crashed = false;
  /// What the job returned; why it crashed.
  std::string text;
};

/// Does jobs 0 to \p count - 1 in \p workers child processes, which are copies
/// of this one: what it has loaded they need not load. This process must have
/// no threads. \p job runs in a child and returns its answer. A job that takes
/// longer than \p timeoutSeconds is ended and counts as a crash. \p finished
/// is told of each job as it ends, in no order.
void runJobs(size_t count, unsigned workers, unsigned timeoutSeconds,
             const std::function<std::string(size_t)> &job,
             const std::function<void(size_t, JobResult)> &finished);

} // namespace glowplug
