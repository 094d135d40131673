// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads images between their elements, at places that are computed.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// One of the elements that a place is made of, along one axis.
struct Tap {
  Value weight;
  Value position; ///< A whole number, in the type of the weight.
};

/// The taps along axis \p axis for the coordinate \p x; always as many.
using TapsFunction =
    llvm::function_ref<SmallVector<Tap>(ScalarBuilder &, size_t axis, Value x)>;

/// Images as rows of channels.
struct Images {
  Value rows;  ///< [images * elements, channels].
  Shape sizes; ///< Of an image, per axis; none is 0.
};

/// The images of \p x, [N, channels, axes..].
Images imagesOf(Node &n, Value x);

/// Combines the weighted taps of each place: their sum, or with \p kind max the
/// greatest. \p coordinates has one value per axis, and \p image the numbers of
/// the images as i64; they broadcast to [places.., 1]. The result is
/// [places.., channels], in the type of the coordinates.
Value sample(Node &n, const Images &images, ValueRange coordinates, Value image,
             size_t tapsPerAxis, TapsFunction taps,
             ReduceKind kind = ReduceKind::sum);

/// Two taps around \p x, weighted by how near they are.
SmallVector<Tap> linearTaps(ScalarBuilder &s, Value x);

/// Whether \p x is an element of an axis of \p size elements, as 0 or 1 in the
/// type of x.
Value isWithin(ScalarBuilder &s, Value x, int64_t size);

} // namespace glowplug::importer
