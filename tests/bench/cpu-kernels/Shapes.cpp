// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layer tables.

#include "tests/bench/cpu-kernels/Shapes.h"

namespace glowplug::cpu::test {

/// A square convolution of "same" size, or smaller by the stride.
static ConvLayer square(const std::string &name, int count, int64_t in,
                        int64_t out, int64_t size, int64_t kernel,
                        int64_t stride = 1) {
  ConvLayer layer{name, count, {}};
  layer.spec.inChannels = in;
  layer.spec.outChannels = out;
  SpatialDim dim;
  dim.in = size;
  dim.kernel = kernel;
  dim.stride = stride;
  dim.low = kernel / 2;
  dim.out = (size + 2 * dim.low - kernel) / stride + 1;
  layer.spec.rows = layer.spec.columns = dim;
  return layer;
}

/// Likewise, of \p channels channels on both sides in \p groups groups.
static ConvLayer grouped(const std::string &name, int64_t channels,
                         int64_t size, int64_t kernel, int64_t stride,
                         int64_t groups) {
  ConvLayer layer = square(name, 1, channels, channels, size, kernel, stride);
  layer.spec.groups = groups;
  return layer;
}

std::vector<ConvLayer> resnet50Layers() {
  std::vector<ConvLayer> layers{square("stem 7x7 s2", 1, 3, 64, 224, 7, 2)};
  int64_t in = 64;
  int64_t size = 56;
  const int blocks[] = {3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage) {
    const int64_t mid = 64 << stage;
    const int64_t stride = stage == 0 ? 1 : 2;
    const std::string name = "stage " + std::to_string(stage + 2);
    const int64_t small = size / stride;
    layers.push_back(square(name + " first reduce 1x1", 1, in, mid, size, 1));
    layers.push_back(square(name + " first 3x3", 1, mid, mid, size, 3, stride));
    layers.push_back(
        square(name + " shortcut 1x1", 1, in, 4 * mid, size, 1, stride));
    layers.push_back(
        square(name + " expand 1x1", blocks[stage], mid, 4 * mid, small, 1));
    layers.push_back(square(name + " reduce 1x1", blocks[stage] - 1, 4 * mid,
                            mid, small, 1));
    layers.push_back(
        square(name + " 3x3", blocks[stage] - 1, mid, mid, small, 3));
    in = 4 * mid;
    size = small;
  }
  return layers;
}

std::vector<ConvLayer> vgg16Layers() {
  return {
      square("64 @224 first", 1, 3, 64, 224, 3),
      square("64 @224", 1, 64, 64, 224, 3),
      square("128 @112 first", 1, 64, 128, 112, 3),
      square("128 @112", 1, 128, 128, 112, 3),
      square("256 @56 first", 1, 128, 256, 56, 3),
      square("256 @56", 2, 256, 256, 56, 3),
      square("512 @28 first", 1, 256, 512, 28, 3),
      square("512 @28", 2, 512, 512, 28, 3),
      square("512 @14", 3, 512, 512, 14, 3),
  };
}

std::vector<ConvLayer> mobilenetV2Layers() {
  std::vector<ConvLayer> layers{square("stem 3x3 s2", 1, 3, 32, 224, 3, 2)};
  struct Stage {
    int64_t expansion, channels, count, stride;
  };
  const Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2},
                          {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2},
                          {6, 320, 1, 1}};
  int64_t in = 32;
  int64_t size = 112;
  for (const Stage &stage : stages)
    for (int64_t i = 0; i < stage.count; ++i) {
      const int64_t stride = i == 0 ? stage.stride : 1;
      const int64_t wide = in * stage.expansion;
      const std::string at = " " + std::to_string(wide) + " @" +
                             std::to_string(size) + (stride == 2 ? " s2" : "");
      if (stage.expansion != 1)
        layers.push_back(square("expand" + at, 1, in, wide, size, 1));
      layers.push_back(grouped("depthwise" + at, wide, size, 3, stride, wide));
      size /= stride;
      layers.push_back(
          square("project" + at, 1, wide, stage.channels, size, 1));
      in = stage.channels;
    }
  layers.push_back(square("last 1x1", 1, in, 1280, size, 1));
  return layers;
}

std::vector<ConvLayer> groupedLayers() {
  const auto groups = [](const std::string &name, int64_t channels,
                         int64_t size, int64_t perGroup, int64_t kernel = 3) {
    return grouped(name, channels, size, kernel, 1, channels / perGroup);
  };
  return {
      groups("ResNeXt-50 32 of 4 @56", 128, 56, 4),
      groups("ResNeXt-50 32 of 8 @28", 256, 28, 8),
      groups("RegNetX-1.6GF 7 of 24 @28", 168, 28, 24),
      groups("RegNetX-4.0GF 6 of 40 @28", 240, 28, 40),
      groups("ShuffleNet 3 of 20 @28 1x1", 60, 28, 20, 1),
      groups("32 of 3 @28", 96, 28, 3),
      groups("4 of 29 @28", 116, 28, 29),
  };
}

static MatMulLayer product(const std::string &name, int count, int64_t m,
                           int64_t k, int64_t n, int64_t batch = 1,
                           bool packed = true) {
  MatMulLayer layer{name, count, {}};
  layer.spec.m = m;
  layer.spec.k = k;
  layer.spec.n = n;
  layer.spec.packedRhs = packed;
  if (batch > 1)
    layer.spec.batch = {{batch, m * k, packed ? 0 : k * n}};
  return layer;
}

std::vector<MatMulLayer> bertBaseLayers() {
  return {
      product("128x768x768", 48, 128, 768, 768),
      product("128x768x3072", 12, 128, 768, 3072),
      product("128x3072x768", 12, 128, 3072, 768),
      product("12 x 128x64x128 dynamic", 12, 128, 64, 128, 12, false),
      product("12 x 128x128x64 dynamic", 12, 128, 128, 64, 12, false),
  };
}

std::vector<MatMulLayer> fullyConnectedLayers() {
  return {
      product("1x2048x1000", 1, 1, 2048, 1000),
      product("1x4096x4096", 1, 1, 4096, 4096),
      product("4x4096x4096", 1, 4, 4096, 4096),
      product("1x25088x4096", 1, 1, 25088, 4096),
  };
}

} // namespace glowplug::cpu::test
