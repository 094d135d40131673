// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How far plugins are trusted.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace glowplug {

/// Which calls of plugins are made in a worker process.
enum class IsolatedCalls : uint8_t {
  none,    ///< Everything happens in this process.
  compile, ///< What a compiler asks; load and run happen in this process.
  all,
};

struct IsolationPolicy {
  IsolatedCalls calls = IsolatedCalls::compile;
  /// What one call may take. A worker that takes longer is ended.
  std::chrono::milliseconds callTimeout = std::chrono::minutes(10);
  /// Of address space for each worker; 0: no limit.
  uint64_t memoryBytes = 0;
  /// Take rights away from workers: no network, no new privileges, no files
  /// opened for writing; new processes only where `mayStartProcesses`.
  bool isConfined = true;
  /// Files and folders that a confined worker may read, besides the libraries
  /// of the system and the folder of its plugin. Empty: everything that its
  /// user may read.
  std::vector<std::string> readable;
  /// For plugins whose devices are processes, such as a simulator.
  bool mayStartProcesses = false;
  /// Look for mistakes that stay unseen otherwise: compile each program in two
  /// processes and compare, and forget memory that a plugin may not keep.
  bool isStrict = false;
  /// With `isStrict`: make calls several times to see whether each leaves
  /// memory behind (at most 10 seconds more for each call).
  bool looksForLeaks = true;
  /// What plugins and their workers print goes to standard error.
  bool showsOutput = true;
  /// A failed call is kept below this folder, to be made again; empty: is not
  /// kept.
  std::string reproFolder;
  /// How many calls stay there; 0: all. The oldest go first.
  size_t mostRepros = 0;
  /// The executable of workers; empty: `glowplug-worker` in
  /// libraryFolder().
  std::string executable;
  /// Told what has no call to fail, such as a crash in destroy; may be empty.
  std::function<void(const std::string &)> warn;
};

} // namespace glowplug
