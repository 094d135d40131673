// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Takes rights away from this process, for good.

#pragma once

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace glowplug::isolation {

struct Confinement {
  /// Child processes may be started; they inherit the rest.
  bool mayStartProcesses = false;
  /// Files and folders that may be read, besides the libraries of the system.
  /// Empty: all.
  std::vector<std::string> readable;
};

/// From now on no thread of this process gets new privileges, opens a socket to
/// a network, opens a file for writing, makes, renames or removes one, looks
/// into or signals another process, or starts one. What is forbidden fails with
/// EPERM. There are no core dumps, and at most 256 descriptors. Fails if the
/// system cannot do it.
llvm::Error confineThisProcess(const Confinement &confinement);

} // namespace glowplug::isolation
