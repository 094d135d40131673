// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The rules that a program must keep before a machine takes it.

#pragma once

#include "simulator/isa/Access.h"
#include "simulator/isa/Result.h"

#include <optional>
#include <span>

namespace glowplug::npu {

/// Bytes that may be addressed from each base register.
using Extents = std::array<std::int64_t, baseRegisters>;

/// Checks one command by itself: opcode, queue, reserved bits, ranges,
/// alignment, addresses. A fault's message begins with the field's name.
std::optional<Fault> checkCommand(const Encoded &code, const Config &config,
                                  const Extents &extents);

/// Checks all commands, and the semaphores over all of them. A fault's message
/// begins with "command N: ".
///
/// Every semaphore has one queue that signals it and one that waits for it,
/// and program order is a legal sequential execution: each wait finds its
/// tokens, and no counter passes its limit.
std::optional<Fault> checkCommands(std::span<const Encoded> commands,
                                   const Config &config,
                                   const Extents &extents);

} // namespace glowplug::npu
