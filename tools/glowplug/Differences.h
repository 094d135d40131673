// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a comparison found, in words and as JSON.

#pragma once

#include "core/driver/Compare.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// The status with which a command ends that compared outputs.
Status statusOf(CompareVerdict verdict);

/// The object "compare" of an answer. \p ports are the outputs.
Json comparisonJson(llvm::ArrayRef<PortInfo> ports,
                    const Comparison &comparison);

/// Prints the lines of a comparison.
void printComparison(llvm::ArrayRef<PortInfo> ports,
                     const Comparison &comparison);

} // namespace glowplug::cli
