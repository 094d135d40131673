// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Fast Fourier transforms of lengths with small factors, as passes of maps.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Complex numbers: two tensors of one type, f32 or f64.
struct Complex {
  Value real, imaginary;
};

/// Whether fastFourier() takes \p length: no prime factor is above 13.
bool hasSmallFactors(int64_t length);

/// The transform of each row of \p x, [signals, length], or with \p inverse its
/// inverse times the length.
Complex fastFourier(Node &n, const Complex &x, bool inverse);

} // namespace glowplug::importer
