// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Heads of attention, [N, heads, length, size], and attention over them.

#pragma once

#include "core/graph/Attention.h"
#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// Operands of attention: query [N, H, L, E], key [N, G, S, E] and value
/// [N, G, S, V], and a bias that broadcasts to [N, H, L, S], or null.
struct Heads {
  Value query, key, value, bias;

  explicit operator bool() const { return static_cast<bool>(query); }
  /// [N, H, L, S].
  Shape scores() const;
};

/// [N, L, heads * size] as [N, heads, L, size], and back.
Value splitHeads(Node &n, Value joined, int64_t heads);
Value joinHeads(Node &n, Value split);

/// Query, key and value fit each other, and the scores pass the limits; fails
/// the node if not.
bool checkHeads(Node &n, const Heads &heads);

/// Attention as one operation: [N, H, L, V].
Value attend(Node &n, const Heads &heads,
             const graph::AttentionParameters &parameters);

/// 0 where \p mask, booleans, is true, and \p masked elsewhere; in \p type.
Value biasOfMask(Node &n, Value mask, double masked, Type type);

/// Reads \p name as a scale: \p fallback where it is not given, or where
/// \p zeroIsAbsent and it is 0. Finite, else the node fails.
double readAttentionScale(Node &n, double fallback, bool zeroIsAbsent);

} // namespace glowplug::importer
