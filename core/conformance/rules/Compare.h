// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Holds what a backend gave against what it may give.

#pragma once

#include "core/conformance/record/Record.h"
#include "core/conformance/rules/Enclosure.h"

namespace glowplug::conformance {

/// Measures \p got, of the type and shape of \p target. The caller names rule
/// and subject.
Measurement compare(const Tensor &got, const Enclosure &target);

/// Measures whether two runs gave the same bytes (R8).
Measurement compareBytes(const Tensor &got, const Tensor &want);

/// The share of the elements of \p target for which nothing, or next to
/// nothing, is asked. The interval of a float is then wider than half of the
/// largest value, and than a hundredth of \p scale, the size of the inputs: a
/// term that is lost from a sum still shows. That of an integer covers an
/// eighth of its type.
double openShare(const Enclosure &target, double scale);

} // namespace glowplug::conformance
