// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Memory that a call leaves behind each time.

#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <chrono>
#include <cstdint>

namespace glowplug::isolation {

/// What looking for leaks may take. It comes on top of the time of a call.
inline constexpr std::chrono::seconds leakPatience{10};
/// Bytes for each call; less is not held against a plugin: libraries that it
/// cannot mend keep some dozens (LLVM does).
inline constexpr uint64_t leastLeak = 256;
/// How often a call is made for it.
inline constexpr int leakCalls = 7;

/// Makes a call again and again, and compares the memory of this process. Gives
/// the bytes by which it has grown with every call once caches were full; 0 if
/// that is less than leastLeak, or if the calls took too long to tell. Fails
/// when \p call does. Sees what is allocated with malloc and operator new, and
/// mappings; nothing in sanitized builds, which look for themselves. No other
/// thread makes calls meanwhile.
llvm::Expected<uint64_t>
leftBehindEachTime(llvm::function_ref<llvm::Error()> call);

} // namespace glowplug::isolation
