// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs cases of level L0 in worker processes.

#pragma once

#include "core/conformance/abi/AbiCase.h"
#include "core/runtime/Backend.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <chrono>
#include <memory>

namespace glowplug::conformance {

struct ReplayAnswer; // core/conformance/abi/Replay.h
namespace wire {
struct ReplayAskT;
} // namespace wire

/// What is tested, and what a worker may use.
struct AbiTarget {
  std::string library;
  std::vector<BackendOption> options; ///< for each create() of a usual backend
  /// Empty: glowplug-conformance-worker in libraryFolder().
  std::string worker = {};
  std::chrono::milliseconds deadline = std::chrono::seconds(60); ///< per case
  uint64_t memoryBytes = 0; ///< of address space; 0: no limit
};

/// Runs cases one after another. Cases that allow it share a process, which
/// takes much of the time; after a crash there is a new one. One thread at a
/// time; any number of sessions may be in use.
class AbiSession {
public:
  explicit AbiSession(AbiTarget given);
  ~AbiSession();
  AbiSession(const AbiSession &) = delete;
  AbiSession &operator=(const AbiSession &) = delete;

  /// A case that crashes or is late after others in the process is run once
  /// more alone: if it passes then, the outcome says so. Fails only if there
  /// can be no worker.
  llvm::Expected<AbiOutcome> run(const AbiCase &one);

  /// Asks the plugin for the replay of a program. Fails as run() does.
  llvm::Expected<ReplayAnswer> replay(const wire::ReplayAskT &ask);

private:
  class Worker;
  /// Starts \p worker if it does not live.
  llvm::Error awaken(std::unique_ptr<Worker> &worker) const;
  llvm::Expected<AbiOutcome> runIn(std::unique_ptr<Worker> &worker,
                                   const AbiCase &one);

  AbiTarget target;
  std::unique_ptr<Worker> shared;
  unsigned casesInShared = 0;
};

/// Runs one case in a process of its own. Any thread may call.
llvm::Expected<AbiOutcome> runAbiCase(const AbiTarget &target,
                                      const AbiCase &one);

/// Runs \p cases in \p jobs sessions, and calls \p done with each as it ends:
/// in any order, one at a time. Stops at the first error.
llvm::Error
runAbiCases(const AbiTarget &target, llvm::ArrayRef<const AbiCase *> cases,
            unsigned jobs,
            llvm::function_ref<void(const AbiCase &, const AbiOutcome &)> done);

} // namespace glowplug::conformance
