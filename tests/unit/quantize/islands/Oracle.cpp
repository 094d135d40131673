// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The formulas of ONNX Runtime's fused operators.

#include "tests/unit/quantize/islands/Oracle.h"

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::test;

namespace {

class Oracle {
public:
  explicit Oracle(const Island &island) : in(island) {}
  Expected run();

private:
  void conv();
  void matmul();
  void averagePool();
  void globalPool();
  void elementwise();

  /// One sum of products, with everything after it.
  void addProduct(int64_t sum, int64_t channel);
  /// \p real is the value before the output's params; \p rounded is the fused
  /// integer before limits.
  void add(double real, double rounded);
  int saturate(double value) const {
    const int low = in.outSigned ? -128 : 0;
    return static_cast<int>(std::clamp<double>(value, low, low + 255));
  }
  int quantize(float value) const {
    return saturate(std::nearbyint(value / in.outScale) + in.outZp);
  }

  const Island &in;
  Expected out;
};

} // namespace

void Oracle::add(double real, double rounded) {
  int result = saturate(rounded);
  if (in.low) {
    real = std::max<double>(real, *in.low);
    result = std::max(result, quantize(*in.low));
  }
  if (in.high) {
    real = std::min<double>(real, *in.high);
    result = std::min(result, quantize(*in.high));
  }
  out.fused.push_back(result);
  out.real.push_back(real / static_cast<double>(in.outScale) + in.outZp);
}

void Oracle::addProduct(int64_t sum, int64_t channel) {
  const int64_t at = in.b.axis < 0 ? 0 : channel;
  const float unit = in.a.scale[0] * in.b.scaleAt(at);
  const float scale = unit / in.outScale;
  const double exactUnit = static_cast<double>(in.a.scale[0]) *
                           static_cast<double>(in.b.scaleAt(at));
  double bias = 0;    // real
  double integer = 0; // in units of the sum
  bool isInteger = true;
  switch (in.bias) {
  case BiasKind::none:
    break;
  case BiasKind::matching:
    bias = static_cast<double>(in.biasIntegers[channel]) *
           static_cast<double>(in.biasScale[channel]);
    integer = in.biasIntegers[channel];
    break;
  case BiasKind::mismatching:
  case BiasKind::floats:
    bias = in.bias == BiasKind::floats
               ? static_cast<double>(in.biasFloats[channel])
               : static_cast<double>(in.biasIntegers[channel]) *
                     static_cast<double>(in.biasScale[channel]);
    // All channels together decide whether the bias is fine enough.
    for (size_t i = 0; i < in.biasIntegers.size(); ++i) {
      const float u = in.a.scale[0] *
                      in.b.scaleAt(in.b.axis < 0 ? 0 : static_cast<int64_t>(i));
      const double b = in.bias == BiasKind::floats
                           ? static_cast<double>(in.biasFloats[i])
                           : static_cast<double>(in.biasIntegers[i]) *
                                 static_cast<double>(in.biasScale[i]);
      const double exact = b / static_cast<double>(u);
      const float s = u / in.outScale;
      isInteger &= std::abs((exact - std::nearbyint(exact)) *
                            static_cast<double>(s)) <= 1.0 / 64;
    }
    integer = std::nearbyint(bias / static_cast<double>(unit));
    break;
  }
  const double real = static_cast<double>(sum) * exactUnit + bias;
  if (isInteger) {
    const auto total = static_cast<float>(sum + static_cast<int64_t>(integer));
    add(real, std::nearbyint(total * scale) + in.outZp);
    return;
  }
  const float value = in.bias == BiasKind::floats
                          ? in.biasFloats[channel]
                          : static_cast<float>(in.biasIntegers[channel]) *
                                in.biasScale[channel];
  const float total = static_cast<float>(sum) + value / unit;
  add(real, std::nearbyint(total * scale) + in.outZp);
}

void Oracle::conv() {
  const auto &x = in.a.shape, &w = in.b.shape;
  const int64_t size = x[2], span = in.dilation * (in.kernel - 1) + 1;
  const int64_t side = (size + 2 * in.pad - span) / in.stride + 1;
  const int64_t perGroup = w[0] / in.groups;
  for (int64_t n = 0; n < x[0]; ++n)
    for (int64_t o = 0; o < w[0]; ++o)
      for (int64_t row = 0; row < side; ++row)
        for (int64_t column = 0; column < side; ++column) {
          int64_t sum = 0;
          for (int64_t c = 0; c < w[1]; ++c)
            for (int64_t i = 0; i < in.kernel; ++i)
              for (int64_t j = 0; j < in.kernel; ++j) {
                const int64_t y = row * in.stride - in.pad + i * in.dilation;
                const int64_t z = column * in.stride - in.pad + j * in.dilation;
                if (y < 0 || y >= size || z < 0 || z >= size)
                  continue;
                const int64_t channel = o / perGroup * w[1] + c;
                sum +=
                    (in.a.values[((n * x[1] + channel) * size + y) * size + z] -
                     in.a.zp) *
                    (in.b.values[((o * w[1] + c) * in.kernel + i) * in.kernel +
                                 j] -
                     in.b.zp);
              }
          addProduct(sum, o);
        }
}

void Oracle::matmul() {
  const auto &a = in.a.shape, &b = in.b.shape;
  for (int64_t n = 0; n < a[0]; ++n)
    for (int64_t row = 0; row < a[1]; ++row)
      for (int64_t column = 0; column < b[2]; ++column) {
        int64_t sum = 0;
        const int64_t batch = b[0] == 1 ? 0 : n;
        for (int64_t k = 0; k < a[2]; ++k)
          sum += (in.a.values[(n * a[1] + row) * a[2] + k] - in.a.zp) *
                 (in.b.values[(batch * b[1] + k) * b[2] + column] - in.b.zp);
        addProduct(sum, column);
      }
}

void Oracle::averagePool() {
  const auto &x = in.a.shape;
  const int64_t size = x[2];
  const int64_t side = (size + 2 * in.pad - in.kernel) / in.stride + 1;
  const auto count = static_cast<float>(in.kernel * in.kernel);
  const float scale = in.a.scale[0] / (in.outScale * count);
  for (int64_t plane = 0; plane < x[0] * x[1]; ++plane)
    for (int64_t row = 0; row < side; ++row)
      for (int64_t column = 0; column < side; ++column) {
        int sum = 0;
        for (int64_t i = 0; i < in.kernel; ++i)
          for (int64_t j = 0; j < in.kernel; ++j) {
            const int64_t y = row * in.stride - in.pad + i,
                          z = column * in.stride - in.pad + j;
            if (y >= 0 && y < size && z >= 0 && z < size)
              sum += in.a.values[(plane * size + y) * size + z] - in.a.zp;
          }
        const float moved =
            static_cast<float>(sum) * scale + static_cast<float>(in.outZp);
        add(static_cast<double>(sum) * static_cast<double>(in.a.scale[0]) /
                static_cast<double>(count),
            std::nearbyint(moved));
      }
}

void Oracle::globalPool() {
  const auto &x = in.a.shape;
  const int64_t count = x[2] * x[3];
  const float scale = in.a.scale[0] / (in.outScale * static_cast<float>(count));
  for (int64_t plane = 0; plane < x[0] * x[1]; ++plane) {
    int sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += in.a.values[plane * count + i] - in.a.zp;
    add(static_cast<double>(sum) * static_cast<double>(in.a.scale[0]) /
            static_cast<double>(count),
        std::nearbyint(static_cast<float>(sum) * scale) + in.outZp);
  }
}

void Oracle::elementwise() {
  const auto &a = in.a.shape, &b = in.b.shape;
  const float as = in.a.scale[0], bs = in.b.scale[0], ys = in.outScale;
  // A dim of size 1 is repeated.
  auto at = [](const prim::Shape &shape, int64_t n, int64_t c, int64_t i) {
    return (n * shape[1] + (shape[1] == 1 ? 0 : c)) * shape[2] +
           (shape[2] == 1 ? 0 : i);
  };
  for (int64_t n = 0; n < a[0]; ++n)
    for (int64_t c = 0; c < std::max(a[1], b[1]); ++c)
      for (int64_t i = 0; i < std::max(a[2], b[2]); ++i) {
        const int p = in.a.values[at(a, n, c, i)];
        const int q = in.b.values[at(b, n, c, i)];
        const double left = static_cast<double>(p - in.a.zp) *
                            static_cast<double>(as),
                     right = static_cast<double>(q - in.b.zp) *
                             static_cast<double>(bs);
        if (in.anchor == Anchor::mul) {
          const float scale = as * bs / ys;
          const auto product =
              static_cast<float>((p - in.a.zp) * (q - in.b.zp));
          add(left * right,
              std::nearbyint(product * scale + static_cast<float>(in.outZp)));
          continue;
        }
        const float ra = as / ys, rb = bs / ys;
        const float fixed = static_cast<float>(in.outZp) -
                            std::fma(ra, static_cast<float>(in.a.zp),
                                     rb * static_cast<float>(in.b.zp));
        const float inner = std::fma(static_cast<float>(q), rb, fixed);
        add(left + right,
            std::nearbyint(std::fma(static_cast<float>(p), ra, inner)));
      }
}

Expected Oracle::run() {
  switch (in.anchor) {
  case Anchor::conv:
    conv();
    break;
  case Anchor::matmul:
    matmul();
    break;
  case Anchor::averagePool:
    averagePool();
    break;
  case Anchor::globalPool:
    globalPool();
    break;
  case Anchor::add:
  case Anchor::mul:
    elementwise();
    break;
  }
  return std::move(out);
}

Expected test::expectedOf(const Island &island) { return Oracle(island).run(); }
