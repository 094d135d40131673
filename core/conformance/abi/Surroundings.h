// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a process has besides its plugin.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug::conformance {

/// One thing that calls must leave as it is, as text to be compared.
struct Surrounding {
  const char *name; ///< "locale"
  const char *what; ///< for messages: "the locale"
  std::string (*read)();
};

const std::vector<Surrounding> &surroundings();

/// Open descriptors of this process.
std::size_t descriptorCount();
/// Threads of this process.
std::size_t threadCount();
/// Memory of this process that is its own and in use, in bytes.
uint64_t privateBytes();
/// What is allocated in the main arena of the C library's heap, in bytes.
uint64_t heapBytes();
/// Whether this process has children.
bool hasChildren();

} // namespace glowplug::conformance
