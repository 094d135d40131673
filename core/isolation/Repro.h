// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Failed calls of plugins, kept so that they can be made again.

#pragma once

#include "backend-api/process/Descriptor.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug::isolation {

/// A request and the file that goes with it.
struct KeptCall {
  std::vector<uint8_t> request; ///< a wire::Request
  process::Descriptor file;     ///< in memory; maybe none

  /// Reads what writeCalls() wrote under \p name.
  static llvm::Expected<KeptCall> read(llvm::StringRef folder,
                                       llvm::StringRef name);
};

/// A call as it was made, and its name: "compile", "run", ...
struct MadeCall {
  std::string name;
  std::vector<uint8_t> request;
  process::Descriptor file; ///< a duplicate
};

/// Writes \p calls, of which the last one failed with \p message, into a folder
/// below \p parent, which is made if it is missing. The folder is named after
/// the backend, the last call and a hash of the calls, so that a failure that
/// comes again is kept once. Returns its path.
llvm::Expected<std::string> writeCalls(llvm::StringRef parent,
                                       llvm::StringRef backend,
                                       llvm::ArrayRef<const MadeCall *> calls,
                                       llvm::StringRef message);

/// Removes the oldest folders of writeCalls() below \p parent, but for
/// \p most of them.
void forgetOldCalls(llvm::StringRef parent, size_t most);

/// The names of the calls in \p folder, in order.
std::vector<std::string> keptCalls(llvm::StringRef folder);

} // namespace glowplug::isolation
