// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a verified instr program to a blob of commands.
#pragma once

#include <glowplug/backend.h>

#include <cstdint>
#include <vector>

namespace tiles {

/// Encodes \p program. \throws std::invalid_argument for what no schedule of
/// this backend has, and the machine description does not rule out.
std::vector<uint8_t> encode(gp_bytes program);

} // namespace tiles
