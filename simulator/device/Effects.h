// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The effects of single commands, for execute(). Those of transfers and
/// squares are in Execute.cpp.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/isa/Command.h"

namespace glowplug::npu {

void apply(const Matmul &command, Memories &memories);
void apply(const Vector &command, Memories &memories);
void apply(const Depthwise &command, Memories &memories);

} // namespace glowplug::npu
