// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Networks that say what an image shows.

#include "core/conformance/models/Models.h"
#include "core/conformance/models/Network.h"

namespace glowplug::models {

/// The end of a classifier: mean over the image, and scores of classes.
static graphs::Case finish(Network &net, const Value &x) {
  constexpr int64_t classes = 20;
  return net.finish(
      {net.dense(net.flatten(net.globalAveragePool(x)), classes)});
}

static Value convBnRelu(Network &net, const Value &x, int64_t channels,
                        const Sliding &window = {}) {
  return net.relu(net.batchNorm(net.conv(x, channels, window)));
}

//===----------------------------------------------------------------------===//
// ResNet
//===----------------------------------------------------------------------===//

static Value residual(Network &net, const Value &x, int64_t channels,
                      int64_t stride) {
  Value y = convBnRelu(net, x, channels, {3, stride, 1});
  y = net.batchNorm(net.conv(y, channels));
  const bool isChanged = stride != 1 || channels != x.shape[1];
  const Value shortcut =
      isChanged ? net.batchNorm(net.conv(x, channels, {1, stride, 0})) : x;
  return net.relu(net.add(y, shortcut));
}

graphs::Case makeResnet(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = convBnRelu(net, net.input({1, 3, 12, 12}), 12);
  x = residual(net, x, 12, 1);
  x = residual(net, x, 20, 2);
  return finish(net, residual(net, x, 20, 1));
}

//===----------------------------------------------------------------------===//
// MobileNet
//===----------------------------------------------------------------------===//

/// Wide in the middle, and narrow at both ends.
static Value invertedResidual(Network &net, const Value &x, int64_t channels,
                              int64_t stride) {
  constexpr int64_t expansion = 3;
  Value y = net.relu6(net.pointwise(x, x.shape[1] * expansion));
  y = net.relu6(net.depthwise(y, {3, stride, 1}));
  y = net.pointwise(y, channels);
  return stride == 1 && channels == x.shape[1] ? net.add(x, y) : y;
}

graphs::Case makeMobilenetV2(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = net.relu6(net.conv(net.input({1, 3, 16, 16}), 8, {3, 2, 1}));
  x = invertedResidual(net, x, 8, 1);
  x = invertedResidual(net, x, 12, 2);
  x = invertedResidual(net, x, 12, 1);
  return finish(net, net.relu6(net.pointwise(x, 40)));
}

/// Each channel times a factor that follows from the means of all.
static Value squeezeExcite(Network &net, const Value &x) {
  Value factors = net.globalAveragePool(x);
  factors = net.relu(net.pointwise(factors, x.shape[1] / 4));
  factors = net.pointwise(factors, x.shape[1]);
  return net.mul(x, net.activation("HardSigmoid", factors));
}

graphs::Case makeMobilenetV3(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = net.activation("HardSwish",
                           net.conv(net.input({1, 3, 16, 16}), 8, {3, 2, 1}));
  for (const int64_t stride : {1, 2}) {
    Value y = net.activation("HardSwish", net.pointwise(x, 24));
    y = net.activation("HardSwish", net.depthwise(y, {5, stride, 2}));
    y = net.pointwise(squeezeExcite(net, y), stride == 1 ? 8 : 16);
    x = stride == 1 ? net.add(x, y) : y;
  }
  return finish(net, net.activation("HardSwish", net.pointwise(x, 40)));
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

static Value fire(Network &net, const Value &x, int64_t squeezed) {
  const Value y = net.relu(net.pointwise(x, squeezed));
  return net.concat({net.relu(net.pointwise(y, 2 * squeezed)),
                     net.relu(net.conv(y, 2 * squeezed))},
                    1);
}

graphs::Case makeSqueezenet(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = net.relu(net.conv(net.input({1, 3, 17, 17}), 12, {3, 2, 0}));
  x = fire(net, x, 6);
  x = net.maxPool(x, {3, 2, 1});
  x = fire(net, x, 9);
  x = net.relu(net.pointwise(x, 20));
  return net.finish({net.globalAveragePool(x)});
}

graphs::Case makeDensenet(uint64_t seed, DType type) {
  constexpr int64_t growth = 7;
  Network net(seed, type);
  Value x = net.conv(net.input({1, 3, 12, 12}), 10);
  for (int block = 0; block < 2; ++block) {
    for (int layer = 0; layer < 3; ++layer) {
      const Value y = net.conv(net.relu(net.batchNorm(x)), growth);
      x = net.concat({x, y}, 1);
    }
    if (block == 0) // half of the channels, a quarter of the pixels
      x = net.averagePool(net.pointwise(x, x.shape[1] / 2), {2, 2, 0});
  }
  return finish(net, net.relu(net.batchNorm(x)));
}

graphs::Case makeInception(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = convBnRelu(net, net.input({1, 3, 14, 14}), 8, {3, 2, 1});
  for (const int64_t width : {4, 6}) {
    const Value small = net.relu(net.pointwise(x, width));
    const Value middle = net.relu(
        net.conv(net.relu(net.pointwise(x, width)), 2 * width, {3, 1, 1}));
    const Value large = net.relu(
        net.conv(net.relu(net.pointwise(x, width / 2)), width, {5, 1, 2}));
    const Value pooled =
        net.relu(net.pointwise(net.maxPool(x, {3, 1, 1}), width));
    x = net.concat({small, middle, large, pooled}, 1);
  }
  return finish(net, x);
}

/// Groups of channels become channels of groups.
static Value shuffle(Network &net, const Value &x, int64_t groups) {
  const Shape &shape = x.shape;
  Value y = net.reshape(x, {groups, shape[1] / groups, shape[2], shape[3]});
  y = net.transpose(y, {0, 2, 1, 3, 4});
  return net.reshape(y, {shape[1], shape[2], shape[3]});
}

graphs::Case makeShufflenet(uint64_t seed, DType type) {
  constexpr int64_t groups = 3;
  Network net(seed, type);
  Value x = net.relu(net.conv(net.input({1, 3, 12, 12}), 24, {3, 2, 1}));
  for (int unit = 0; unit < 2; ++unit) {
    Value y = net.relu(net.pointwise(x, 12, groups));
    y = net.depthwise(shuffle(net, y, groups), {3, 1, 1});
    x = net.relu(net.add(x, net.pointwise(y, 24, groups)));
  }
  // The later version of it: one half of the channels passes by.
  const Value passing = net.slice(x, 1, 0, 12);
  Value y = net.relu(net.pointwise(net.slice(x, 1, 12, 24), 12));
  y = net.relu(net.pointwise(net.depthwise(y, {3, 1, 1}), 12));
  return finish(net, shuffle(net, net.concat({passing, y}, 1), 2));
}

//===----------------------------------------------------------------------===//
// Sounds
//===----------------------------------------------------------------------===//

/// Depthwise separable convolutions over a spectrogram.
graphs::Case makeKeywords(uint64_t seed, DType type) {
  Network net(seed, type);
  Value x = convBnRelu(net, net.input({1, 1, 25, 10}), 18, {5, 2, 2});
  for (int layer = 0; layer < 3; ++layer) {
    x = net.relu(net.batchNorm(net.depthwise(x, {3, 1, 1})));
    x = convBnRelu(net, x, 18, {1, 1, 0});
  }
  return finish(net, x);
}

} // namespace glowplug::models
