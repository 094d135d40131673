// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Metamorphic relations: another model, or other inputs, that have to give
/// what a model gives.

#pragma once

#include "core/conformance/graphs/Case.h"

#include <functional>
#include <optional>

namespace glowplug::models {

/// A model, and what has to give the same.
struct Related {
  graphs::Case whole;
  onnx::ModelProto other;
  /// The inputs of each run of the other model.
  std::vector<std::vector<Tensor>> runs;
  /// The outputs of these runs as those of `whole`.
  std::function<std::vector<Tensor>(
      const std::vector<std::vector<Tensor>> &outputs)>
      join;
};

/// The model \p one, of a batch of 1, for a batch of \p count, and for its
/// samples one by one. The first is that of \p one, and the others follow from
/// \p seed.
Related splitBatch(const graphs::Case &one, int64_t count, uint64_t seed);

/// \p model, and the same where some values make a detour: they are cut up and
/// joined, turned and turned back, padded and cut, or change their shape twice.
/// In a model of integers only integers do.
Related withDetours(const graphs::Case &model, uint64_t seed);

/// \p model, and the same with the channels of its last layer in another
/// order, in which its output then is. Nothing if the only output is not that
/// of a convolution or a product with weights.
std::optional<Related> permuted(const graphs::Case &model, uint64_t seed);

} // namespace glowplug::models
