// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A hardware team's own array, with the ports that it has, as the simulator
/// wants it.

#pragma once

#include "simulator/model/HardwareUnit.h"

#include <memory>

namespace glowplug::npu::example {

/// acme_array.sv, or a fault if \p config is not for 8 rows. With \p hasBug, it
/// does not mask padding.
Result<std::unique_ptr<model::HardwareUnit>> makeAcmeArray(const Config &config,
                                                           bool hasBug = false);

} // namespace glowplug::npu::example
