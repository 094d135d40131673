// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where this installation of Glowplug keeps its libraries.

#pragma once

#include <string>

namespace glowplug {

/// The folder of the shared library that holds this code, for programs that
/// embed it; in an executable, lib/ beside the folder of the executable.
std::string libraryFolder();

} // namespace glowplug
