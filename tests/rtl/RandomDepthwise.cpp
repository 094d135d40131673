// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random depthwise commands: the fields of any command of that kind, with
// another shape.

#include "tests/rtl/RandomDepthwise.h"

#include <algorithm>

namespace glowplug::npu::test {

namespace {

class Shapes {
public:
  Shapes(std::mt19937_64 &random, const Config &config)
      : random(random), config(config) {}

  void draw(Depthwise &c) {
    switch (range(0, 31)) {
    case 0:
      return longRows(c);
    case 1:
      return manySums(c);
    case 2:
    case 3:
      return manyPasses(c);
    case 4:
    case 5:
    case 6:
      return onePixel(c);
    default:
      break;
    }
    c.inH = range(1, 7);
    c.inW = range(1, 7);
    c.outH = range(1, 5);
    c.outW = range(1, 5);
    c.kernelH = range(1, 8);
    c.kernelW = range(1, 8);
    c.padTop = range(0, 9);
    c.padLeft = range(0, 9);
    c.strideH = oneIn(3) ? range(1, 15) : range(1, 3);
    c.strideW = oneIn(3) ? range(1, 15) : range(1, 3);
    if (oneIn(3)) {
      c.kernelH = range(1, 3);
      c.kernelW = range(1, 3);
    }
    if (oneIn(20))
      c.padTop = range(200, 255);
    if (oneIn(20))
      c.padLeft = range(200, 255);
  }

private:
  int range(int low, int high) {
    const auto choices = static_cast<std::uint64_t>(high - low + 1);
    return low + static_cast<int>(random() % choices);
  }
  bool oneIn(int n) { return range(1, n) == 1; }

  void longRows(Depthwise &c) {
    c.inH = range(1, 3);
    c.inW = config.depthwiseLineWidth - (oneIn(2) ? 0 : range(0, 5));
    c.outH = range(1, 3);
    c.strideW = range(1, 4);
    c.outW = std::max(1, c.inW / c.strideW + range(-2, 2));
    c.kernelH = range(1, 3);
    c.kernelW = range(1, 3);
    c.padTop = range(0, 2);
    c.padLeft = range(0, 2);
    c.strideH = range(1, 2);
  }

  void manySums(Depthwise &c) {
    c.outH = oneIn(3) ? 1 : range(2, 40);
    c.outW = config.depthwiseSumRows / c.outH;
    c.inH = range(1, 20);
    c.inW = range(1, 20);
    c.kernelH = range(4, 6);
    c.kernelW = range(1, 6);
    c.padTop = range(0, 5);
    c.padLeft = range(0, 5);
    c.strideH = c.strideW = 1;
  }

  void manyPasses(Depthwise &c) {
    c.inH = range(1, 70);
    c.inW = range(1, std::min(70, config.depthwiseLineWidth));
    c.outH = range(1, 2);
    c.outW = range(1, 2);
    const bool largest = oneIn(3);
    c.kernelH = largest ? 63 : range(1, 63);
    c.kernelW = largest ? 63 : range(1, 63);
    c.padTop = oneIn(2) ? range(0, 3) : range(0, 66);
    c.padLeft = oneIn(2) ? range(0, 3) : range(0, 66);
    c.strideH = range(1, 15);
    c.strideW = range(1, 15);
  }

  void onePixel(Depthwise &c) {
    c.inH = c.inW = 1;
    c.outH = range(1, 3);
    c.outW = range(1, 3);
    c.kernelH = range(1, 5);
    c.kernelW = range(1, 5);
    c.padTop = range(0, 5);
    c.padLeft = range(0, 5);
    c.strideH = range(1, 4);
    c.strideW = range(1, 4);
  }

  std::mt19937_64 &random;
  const Config &config;
};

} // namespace

Command randomDepthwise(std::mt19937_64 &random, const Config &config) {
  Extents extents;
  extents.fill(randomExtent);
  Shapes shapes(random, config);
  while (true) {
    const Command command = randomCommand(random, config, Queue::Vector);
    const auto *any = std::get_if<Depthwise>(&command);
    if (!any)
      continue;
    if (random() % 4 == 0)
      return command;
    Depthwise shaped = *any;
    shapes.draw(shaped);
    const int r = config.arrayRows;
    shaped.stepH = random() % 4 == 0 ? any->stepH : shaped.inW * r;
    // Of many shapes, few fit at the addresses of another one.
    const auto place = [&](int rows) {
      return static_cast<int>(random() %
                              static_cast<std::uint64_t>(
                                  scratchpadBytes(config) / r - rows)) *
             r;
    };
    shaped.srcAddr = place(shaped.inH * shaped.inW);
    shaped.weightAddr = place(shaped.kernelH * shaped.kernelW);
    if (!checkCommand(encodeCommand(shaped), config, extents))
      return shaped;
  }
}

} // namespace glowplug::npu::test
