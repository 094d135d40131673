// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a comparison found, in words.

#pragma once

#include "core/driver/Compare.h"

namespace glowplug {

/// One line about output \p name, which has a mismatch: how many elements are
/// wrong and in which way, and the first and the worst of them.
std::string differenceText(llvm::StringRef name, const OutputComparison &found);

/// One line about outputs of which nothing is wrong, but that say nothing.
std::string vacuousText(const Comparison &comparison);

/// How many elements are wrong because one side is NaN or infinite.
uint64_t countNotFinite(const OutputComparison &found);

} // namespace glowplug
