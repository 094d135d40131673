// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Networks over rows and sequences of them.

#include "core/conformance/models/Models.h"
#include "core/conformance/models/Network.h"

#include <cmath>

namespace glowplug::models {

graphs::Case makeAutoencoder(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = net.input({1, 96});
  for (const int64_t units : {48, 24, 8, 24, 48})
    x = net.relu(net.dense(x, units));
  return net.finish({net.dense(x, 96)});
}

/// Attention of \p heads heads over [N, tokens, width].
static Value attention(Network &net, const Value &x, int64_t heads) {
  const int64_t tokens = x.shape[1], width = x.shape[2];
  const auto headsOf = [&](const Shape &permutation) {
    const Value rows =
        net.reshape(net.dense(x, width), {tokens, heads, width / heads});
    return net.transpose(rows, permutation);
  };
  const Value queries = headsOf({0, 2, 1, 3});
  const Value keys = headsOf({0, 2, 3, 1});
  const Value values = headsOf({0, 2, 1, 3});
  const double scale =
      1 / std::sqrt(static_cast<double>(width) / static_cast<double>(heads));
  const Value weights =
      net.softmax(net.scaled(net.matmul(queries, keys), scale));
  const Value mixed = net.transpose(net.matmul(weights, values), {0, 2, 1, 3});
  return net.dense(net.reshape(mixed, {tokens, width}), width);
}

/// An encoder: what each token is called, from all of them.
graphs::Case makeTransformer(uint64_t seed, DType type) {
  constexpr int64_t tokens = 9, width = 24, heads = 3;
  Network net(seed, type);
  Value x = net.dense(net.input({1, tokens, 10}), width);
  x = net.add(x, attention(net, net.layerNorm(x), heads));
  const Value y =
      net.activation("Gelu", net.dense(net.layerNorm(x), 2 * width));
  x = net.add(x, net.dense(y, width));
  return net.finish({net.dense(net.layerNorm(x), 12)});
}

graphs::Case makeRecurrent(uint64_t seed, DType type) {
  Network net(seed, type);
  const Value x = net.allOf("LSTM", net.input({1, 7, 10}), 12);
  return net.finish({net.dense(net.lastOf("GRU", x, 12), 20)});
}

} // namespace glowplug::models
