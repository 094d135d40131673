// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a comparison found, in words and as JSON.

#pragma once

#include "core/driver/Compare.h"
#include "tools/glowplug/Cli.h"

namespace glowplug::cli {

/// The status with which a command ends that compared outputs.
Status statusOf(CompareVerdict verdict);

/// One line about output \p name, which has a mismatch: how many elements are
/// wrong and in which way, and the first and the worst of them.
std::string differenceText(llvm::StringRef name, const OutputComparison &found);

/// One line about outputs of which nothing is wrong, but that say nothing.
std::string vacuousText(const Comparison &comparison);

/// The object "compare" of an answer. \p ports are the outputs.
Json comparisonJson(llvm::ArrayRef<PortInfo> ports,
                    const Comparison &comparison);

/// Prints the lines of a comparison.
void printComparison(llvm::ArrayRef<PortInfo> ports,
                     const Comparison &comparison);

} // namespace glowplug::cli
