// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The scores of attention in primitives. The lowering of `graph.attention`
/// uses them, and importers of models that ask for the scores themselves.

#pragma once

#include "core/prim/Build.h"

#include <optional>

namespace glowplug::graph {

/// What `graph.attention` says besides its operands.
struct AttentionParameters {
  double scale = 1;
  double softcap = 0;            ///< 0: no cap.
  std::optional<int64_t> causal; ///< Added to positions of queries.
};

/// What becomes of the products of queries and keys, step by step. Each is
/// [N, H, L, S]; equal to the one before it if its step does nothing.
struct AttentionScores {
  mlir::Value products; ///< Scaled.
  mlir::Value capped;
  mlir::Value biased;  ///< With the bias, and -infinity for later keys.
  mlir::Value weights; ///< Their softmax over the keys.
};

/// Appends the scores of \p query [N, H, L, E] for \p key [N, G, S, E]. Both
/// have the type that is computed in. \p bias has rank 4 and broadcasts to
/// [N, H, L, S], or is null.
AttentionScores attentionScores(prim::PrimBuilder &builder, mlir::Value query,
                                mlir::Value key, mlir::Value bias,
                                const AttentionParameters &parameters);

/// The products of \p weights [N, H, L, S] and \p value [N, G, S, V]:
/// [N, H, L, V].
mlir::Value weightedValues(prim::PrimBuilder &builder, mlir::Value weights,
                           mlir::Value value);

} // namespace glowplug::graph
