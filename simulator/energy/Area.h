// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The area of a machine, by hw/spec/area.json.

#pragma once

#include "hw/spec/Energy.h"

namespace glowplug::npu {

/// Square micrometres of \p component in a machine of \p config; 0 for what
/// does not stand on its chip.
double areaOf(Component component, const Config &config);

} // namespace glowplug::npu
