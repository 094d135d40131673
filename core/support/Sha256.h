// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// SHA-256 of bytes in memory.

#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <array>
#include <cstdint>
#include <string>

namespace glowplug {

using Sha256 = std::array<uint8_t, 32>;

/// The hash of \p bytes. Uses the processor's instructions where it has them.
Sha256 sha256(llvm::ArrayRef<uint8_t> bytes);

/// The hash as 64 hexadecimal digits, lower case.
std::string sha256Text(const Sha256 &hash);

} // namespace glowplug
