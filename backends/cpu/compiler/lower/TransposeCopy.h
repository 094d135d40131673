// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Copies that transpose.
#pragma once

#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// Adds a step that copies \p from to \p to, of equal sizes, if that is a
/// transposition large enough for squares of vectors. If it returns false,
/// nothing has happened.
bool transposeCopy(Lowering &l, const View &from, const View &to);

} // namespace glowplug::cpu
