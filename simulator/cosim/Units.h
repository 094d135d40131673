// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The units of hw/rtl that can replace parts of the model.

#pragma once

#include "simulator/model/HardwareUnit.h"

#include <memory>

namespace glowplug::npu::cosim {

/// The sizes, R of hw/rtl, for which units were built.
inline constexpr int builtRows[] = {
#include "simulator/cosim/built_rows.inc"
};

/// The systolic array, or a fault if it was not built for configurations like
/// \p config.
Result<std::unique_ptr<model::HardwareUnit>> makeArray(const Config &config);

/// The vector unit with the depthwise engine; as makeArray.
Result<std::unique_ptr<model::HardwareUnit>> makeVector(const Config &config);

/// The same for commands of the depthwise engine alone.
Result<std::unique_ptr<model::HardwareUnit>>
makeDepthwise(const Config &config);

/// The engine of load_a or of load_w; as makeArray.
Result<std::unique_ptr<model::HardwareUnit>> makeLoad(const Config &config);

/// The engine of store; as makeArray.
Result<std::unique_ptr<model::HardwareUnit>> makeStore(const Config &config);

/// Fetch and dispatch, for any number of rows.
Result<std::unique_ptr<model::FetchUnit>> makeFetch(const Config &config);

} // namespace glowplug::npu::cosim
