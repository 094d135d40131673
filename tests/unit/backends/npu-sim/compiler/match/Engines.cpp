// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plain loops over the fields of layers.

#include "tests/unit/backends/npu-sim/compiler/match/Engines.h"

#include <algorithm>
#include <numeric>

namespace glowplug::matchtest {

using namespace npusim;

namespace {

std::int32_t wrap(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

std::int32_t read(std::int32_t byte, bool isUnsigned) {
  return isUnsigned ? byte : static_cast<std::int8_t>(byte);
}

/// [N, C, W] as [N, C, 1, W].
Shape planes(Shape shape) {
  if (shape.size() == 3)
    shape.insert(shape.begin() + 2, 1);
  return shape;
}

std::int32_t zeroPointOf(const Layer &layer, std::int64_t column) {
  return layer.weightZeroPoints.size() == 1 ? layer.weightZeroPoints[0]
                                            : layer.weightZeroPoints[column];
}

Numbers convolve(const Layer &layer, const Program &program,
                 const Tensors &tensors) {
  const Shape in = planes(program.values[layer.operands[0]].shape),
              kernel = planes(program.values[layer.operands[1]].shape),
              out = planes(program.values[layer.result].shape);
  const Numbers &x = tensors[layer.operands[0]],
                &w = tensors[layer.operands[1]];
  const Window &window = layer.window;
  const std::int64_t outPerGroup = out[1] / layer.groups;
  Numbers result;
  for (std::int64_t n = 0; n < out[0]; ++n)
    for (std::int64_t o = 0; o < out[1]; ++o)
      for (std::int64_t oh = 0; oh < out[2]; ++oh)
        for (std::int64_t ow = 0; ow < out[3]; ++ow) {
          std::int64_t sum = 0;
          for (std::int64_t c = 0; c < kernel[1]; ++c)
            for (std::int64_t kh = 0; kh < window.kernelH; ++kh)
              for (std::int64_t kw = 0; kw < window.kernelW; ++kw) {
                const std::int64_t ih = oh * window.strideH +
                                        kh * window.dilationH - window.padTop,
                                   iw = ow * window.strideW +
                                        kw * window.dilationW - window.padLeft;
                if (ih < 0 || ih >= in[2] || iw < 0 || iw >= in[3])
                  continue;
                const std::int64_t channel = o / outPerGroup * kernel[1] + c;
                const std::int32_t a =
                    read(x[((n * in[1] + channel) * in[2] + ih) * in[3] + iw],
                         layer.inputUnsigned) -
                    layer.inputZeroPoint;
                const std::int32_t b =
                    read(w[((o * kernel[1] + c) * kernel[2] + kh) * kernel[3] +
                           kw],
                         layer.weightUnsigned) -
                    zeroPointOf(layer, o);
                sum += std::int64_t(a) * b;
              }
          result.push_back(wrap(sum));
        }
  return result;
}

Numbers multiply(const Layer &layer, const Program &program,
                 const Tensors &tensors) {
  const Shape &lhs = program.values[layer.operands[0]].shape,
              &rhs = program.values[layer.operands[1]].shape;
  const std::int64_t m = lhs[lhs.size() - 2], k = lhs.back(), n = rhs.back(),
                     batches = elementCount(lhs) / (m * k),
                     rhsBatches = elementCount(rhs) / (k * n);
  const Numbers &x = tensors[layer.operands[0]],
                &w = tensors[layer.operands[1]];
  Numbers result;
  for (std::int64_t b = 0; b < batches; ++b)
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        std::int64_t sum = 0;
        for (std::int64_t l = 0; l < k; ++l)
          sum +=
              std::int64_t(read(x[(b * m + i) * k + l], layer.inputUnsigned) -
                           layer.inputZeroPoint) *
              (read(w[((rhsBatches == 1 ? 0 : b) * k + l) * n + j],
                    layer.weightUnsigned) -
               zeroPointOf(layer, j));
        result.push_back(wrap(sum));
      }
  return result;
}

Numbers pool(const Layer &layer, const Program &program,
             const Tensors &tensors) {
  const Shape in = planes(program.values[layer.operands[0]].shape),
              out = planes(program.values[layer.result].shape);
  const Numbers &x = tensors[layer.operands[0]];
  Window window = layer.window;
  if (layer.kind == LayerKind::Reduce)
    window = {.kernelH = in[2], .kernelW = in[3]};
  Numbers result;
  for (std::int64_t nc = 0; nc < out[0] * out[1]; ++nc)
    for (std::int64_t oh = 0; oh < out[2]; ++oh)
      for (std::int64_t ow = 0; ow < out[3]; ++ow) {
        std::int32_t total = layer.isMax ? INT32_MIN : 0;
        for (std::int64_t kh = 0; kh < window.kernelH; ++kh)
          for (std::int64_t kw = 0; kw < window.kernelW; ++kw) {
            const std::int64_t ih = oh * window.strideH + kh - window.padTop,
                               iw = ow * window.strideW + kw - window.padLeft;
            if (ih < 0 || ih >= in[2] || iw < 0 || iw >= in[3])
              continue;
            const std::int32_t each =
                read(x[(nc * in[2] + ih) * in[3] + iw], layer.inputUnsigned) -
                layer.inputZeroPoint;
            total = layer.isMax ? std::max(total, each) : total + each;
          }
        result.push_back(total);
      }
  return result;
}

/// Calls \p visit with the indices of every element of \p shape, in order.
template <typename Visit>
void forEach(const Shape &shape, Visit visit) {
  Shape index(shape.size(), 0);
  for (std::int64_t i = 0; i < elementCount(shape); ++i) {
    visit(index);
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

std::int64_t flatten(const Shape &shape, const Shape &index) {
  std::int64_t flat = 0;
  for (std::size_t d = 0; d < shape.size(); ++d)
    flat = flat * shape[d] + index[d];
  return flat;
}

Numbers concatenate(const Layer &layer, const Program &program,
                    const Tensors &tensors) {
  Numbers result;
  forEach(program.values[layer.result].shape, [&](Shape index) {
    std::size_t i = 0;
    while (index[layer.move.dim] >=
           program.values[layer.operands[i]].shape[layer.move.dim])
      index[layer.move.dim] -=
          program.values[layer.operands[i++]].shape[layer.move.dim];
    const ValueId id = layer.operands[i];
    result.push_back(tensors[id][flatten(program.values[id].shape, index)]);
  });
  return result;
}

} // namespace

Numbers sums(const Layer &layer, const Program &program,
             const Tensors &tensors) {
  switch (layer.kind) {
  case LayerKind::Conv:
  case LayerKind::Depthwise:
    return convolve(layer, program, tensors);
  case LayerKind::MatMul:
    return multiply(layer, program, tensors);
  case LayerKind::Pool:
  case LayerKind::Reduce:
    return pool(layer, program, tensors);
  default:
    return {};
  }
}

Numbers move(const Layer &layer, const Program &program,
             const Tensors &tensors) {
  const Move &m = layer.move;
  const Shape &in = program.values[layer.operands[0]].shape,
              &out = program.values[layer.result].shape;
  const Numbers &x = tensors[layer.operands[0]];
  if (m.kind == gp_image_attributes_reshape)
    return x;
  if (m.kind == gp_image_attributes_concat)
    return concatenate(layer, program, tensors);
  Numbers result;
  forEach(out, [&](const Shape &index) {
    Shape from(in.size(), 0);
    bool isInside = true;
    for (std::size_t d = 0; d < out.size(); ++d)
      switch (m.kind) {
      case gp_image_attributes_transpose:
        from[m.permutation[d]] = index[d];
        break;
      case gp_image_attributes_slice:
        from[d] = m.starts[d] + index[d] * m.strides[d];
        break;
      case gp_image_attributes_pad:
        from[d] = index[d] - m.low[d];
        isInside = isInside && from[d] >= 0 && from[d] < in[d];
        break;
      default: // broadcast
        from[d] = in[d] == 1 ? 0 : index[d];
        break;
      }
    result.push_back(isInside ? x[flatten(in, from)] : m.padValue);
  });
  return result;
}

} // namespace glowplug::matchtest
