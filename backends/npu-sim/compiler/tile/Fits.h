// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is too large for a machine.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include "simulator/isa/Config.h"

#include <string>

namespace glowplug::npusim {

/// Whether the least tile of \p layer has room on a machine of \p config; else
/// says \p why not. \p values has the values that the layer names.
bool fits(const Layer &layer, const Program &values, const npu::Config &config,
          std::string &why);

} // namespace glowplug::npusim
