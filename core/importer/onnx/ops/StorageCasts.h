// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers from and to the codes of types that exist in files only, as chains
/// of scalar ops.

#pragma once

#include "core/importer/onnx/model/StorageTypes.h"
#include "core/prim/Build.h"

namespace glowplug::importer {

/// What becomes of numbers that a float type does not hold.
struct Rounding {
  enum class Mode : uint8_t { up, down, nearest };
  /// Numbers beyond the largest become the largest; else infinity or NaN.
  bool saturates = true;
  /// Of powers of two only (float8e8m0); all others round to nearest even.
  Mode mode = Mode::up;
};

/// The number of the code \p code, converted to \p to as a cast does; exact
/// where \p to holds it.
mlir::Value decode(prim::ScalarBuilder &s, mlir::Value code,
                   const StorageType &type, mlir::Type to);

/// The code of \p x, a number of any type or a boolean. As ONNX's Cast: floats
/// round, and integers keep the low bits of what a cast to an integer gives.
mlir::Value encode(prim::ScalarBuilder &s, mlir::Value x,
                   const StorageType &type, const Rounding &rounding = {});

} // namespace glowplug::importer
