// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Networks whose outputs are images, or places in images.

#include "core/conformance/models/Models.h"
#include "core/conformance/models/Network.h"

namespace glowplug::models {

/// Down to a quarter, and up again: once by a convolution, once by repeating
/// pixels.
graphs::Case makeUnet(uint64_t seed, DType type) {
  Network net(seed, type);
  const auto twice = [&](const Value &x, int64_t channels) {
    return net.relu(net.conv(net.relu(net.conv(x, channels)), channels));
  };
  const Value high = twice(net.input({1, 2, 12, 12}), 6);
  const Value middle = twice(net.maxPool(high, {2, 2, 0}), 10);
  const Value low = twice(net.maxPool(middle, {2, 2, 0}), 16);
  Value x = net.concat({net.convTranspose(low, 10, 2), middle}, 1);
  x = twice(x, 10);
  x = net.concat({net.conv(net.repeat(x, 2), 6), high}, 1);
  return net.finish({net.pointwise(twice(x, 6), 3)});
}

/// Boxes and scores of two sizes of things, and the best scores.
graphs::Case makeDetector(uint64_t seed, DType type) {
  constexpr int64_t anchors = 2, classes = 5, sizes = 4;
  Network net(seed, type);
  Value x = net.relu(net.conv(net.input({1, 3, 16, 16}), 8, {3, 2, 1}));
  const Value fine = net.relu(net.conv(x, 16, {3, 2, 1}));
  const Value coarse = net.relu(net.conv(fine, 20, {3, 2, 1}));
  std::vector<Value> boxes, scores;
  for (const Value &scale : {fine, coarse}) {
    const int64_t pixels = scale.shape[2] * scale.shape[3];
    // [N, anchors * K, H, W] to [N, H * W * anchors, K]
    const auto rows = [&](const Value &map, int64_t columns) {
      return net.reshape(net.transpose(map, {0, 2, 3, 1}),
                         {pixels * anchors, columns});
    };
    boxes.push_back(rows(net.conv(scale, anchors * sizes), sizes));
    scores.push_back(rows(net.conv(scale, anchors * classes), classes));
  }
  const Value score = net.activation("Sigmoid", net.concat(scores, 1));
  return net.finish(
      {net.concat(boxes, 1), score, net.largest(net.flatten(score), 10)});
}

} // namespace glowplug::models
