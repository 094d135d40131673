// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Does jobs in worker processes, so that a crash costs one job.

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

/// Who does jobs.
struct JobWorkers {
  /// A command that calls serveJobs(): an executable and its arguments.
  std::string executable;
  std::vector<std::string> arguments;
  unsigned count = 1; ///< at once
  /// A job that takes longer is ended and counts as a crash.
  unsigned timeoutSeconds = 60;
};

/// Has \p jobs done. \p finished is told of each one by its index, as it ends
/// and in no order; one call at a time.
void runJobs(const std::vector<std::string> &jobs, const JobWorkers &workers,
             const std::function<void(size_t, JobResult)> &finished);

/// What a worker does: calls \p job for each one that it is given, and answers
/// with what that returns. Gives the status with which to exit.
int serveJobs(const std::function<std::string(const std::string &)> &job);

} // namespace glowplug
