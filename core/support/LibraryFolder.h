// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where this installation of Glowplug keeps its private files.

#pragma once

#include <string>
#include <string_view>

namespace glowplug {

/// The folder lib/glowplug of the installation or the build that this code
/// comes from: the compiler's library, programs that are not for users, and
/// `plugins`.
std::string libraryFolder();

/// The rule behind it, for a program or a library with the absolute path
/// `file`: lib/glowplug beside the nearest folder above it whose name is bin,
/// lib, lib64 or libexec. So /usr/bin/glowplug, /usr/lib/libglowplug.so and
/// /usr/lib/x86_64-linux-gnu/libglowplug.so all mean /usr/lib/glowplug. Where
/// no such folder is above the file, its own folder counts as bin.
std::string libraryFolderFor(std::string_view file);

} // namespace glowplug
