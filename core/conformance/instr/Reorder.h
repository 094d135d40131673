// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Another lawful order of an instr program.

#pragma once

#include "core/support/Random.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace glowplug {
namespace instr {
struct Program;
} // namespace instr

namespace conformance {

/// \p program, which verifyInstr() accepted, with its instructions in an order
/// in which they may end, drawn by \p random: each engine has its own in the
/// order that they had, and none waits for a later one. The result is as valid
/// as \p program, and does the same.
std::vector<uint8_t> reordered(const instr::Program &program, Random &random);

} // namespace conformance
} // namespace glowplug
