// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The scalar ops that are functions of the C library, by the one name that
/// both have.

#pragma once

/// Calls X(name, isVector) for each. The compiler emits its own vector form of
/// an isVector one for types below f64; all else calls the library, per lane.
#define GP_CPU_MATH_FUNCTIONS(X)                                               \
  X(exp, true)                                                                 \
  X(log, true)                                                                 \
  X(log1p, true)                                                               \
  X(erf, true)                                                                 \
  X(sin, false)                                                                \
  X(cos, false)                                                                \
  X(tan, false)                                                                \
  X(asin, false)                                                               \
  X(acos, false)                                                               \
  X(atan, false)                                                               \
  X(sinh, false)                                                               \
  X(cosh, false)                                                               \
  X(tanh, true)                                                                \
  X(asinh, false)                                                              \
  X(acosh, false)                                                              \
  X(atanh, false)
