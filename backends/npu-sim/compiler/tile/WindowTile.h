// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the input of the depthwise engine is cut.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include "simulator/isa/Config.h"

#include <optional>

namespace glowplug::npusim {

struct WindowTile {
  std::int64_t blocks = 1; ///< channel blocks that are loaded at once
  std::int64_t height = 1, width = 1; ///< of the result, in one command
};

/// The largest tile of which two fit the inputs' region; nothing if none does.
std::optional<WindowTile>
chooseWindowTile(const Layer &layer, std::int64_t height, std::int64_t width,
                 std::int64_t outHeight, std::int64_t outWidth,
                 std::int64_t blocks, const npu::Config &config);

} // namespace glowplug::npusim
