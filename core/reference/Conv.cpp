// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolution and transposed convolution: both are sums over channels and
// taps, and differ only in which input element a tap reads.

#include "core/reference/Accumulate.h"
#include "core/reference/Call.h"
#include "core/reference/Parallel.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::reference;

namespace {

/// What the two ops have in common.
struct Geometry {
  bool transposed;
  int64_t groups;
  llvm::ArrayRef<int64_t> strides, low, dilations;
  llvm::ArrayRef<int32_t> inputZp, weightsZp;

  int64_t batch = 0;
  int64_t inputChannels = 0;        // of one group
  int64_t outputChannels = 0;       // of one group
  Dims input{}, output{}, kernel{}; // spatial
  int64_t inputSize = 1, outputSize = 1, taps = 1;

  void setShapes(const Call &call) {
    Dims inputShape = call.operand(0).shape();
    Dims weightsShape = call.operand(1).shape();
    batch = inputShape[0];
    inputChannels = inputShape[1] / groups;
    outputChannels = call.types[0].shape[1] / groups;
    input = inputShape.drop_front(2);
    kernel = weightsShape.drop_front(2);
    output = Dims(call.types[0].shape).drop_front(2);
    for (size_t i = 0; i < input.size(); ++i) {
      inputSize *= input[i];
      outputSize *= output[i];
      taps *= kernel[i];
    }
  }

  /// Index, within one channel, of the input element that \p tap reads for
  /// the output \p position; -1 if it reads none.
  int64_t source(Dims position, Dims tap) const {
    int64_t index = 0;
    for (size_t i = 0; i < input.size(); ++i) {
      int64_t at;
      if (transposed) {
        at = position[i] + low[i] - tap[i] * dilations[i];
        if (at < 0 || at % strides[i] != 0)
          return -1;
        at /= strides[i];
      } else {
        at = position[i] * strides[i] + tap[i] * dilations[i] - low[i];
        if (at < 0)
          return -1;
      }
      if (at >= input[i])
        return -1;
      index = index * input[i] + at;
    }
    return index;
  }

  /// Index of the weight between two channels of a group.
  int64_t weight(int64_t group, int64_t out, int64_t in, int64_t tap) const {
    if (transposed)
      return ((group * inputChannels + in) * outputChannels + out) * taps + tap;
    return ((group * outputChannels + out) * inputChannels + in) * taps + tap;
  }
};

/// One convolution in the working type T.
template <typename T, typename Accumulator>
class Convolution {
public:
  Convolution(const Geometry &geometry, llvm::ArrayRef<T> input,
              llvm::ArrayRef<T> weights, Tensor &result)
      : g(geometry), depth(g.inputChannels * g.taps), input(input),
        result(result.mutableElements<Accumulator>().data()) {
    for (int64_t group = 0; group < g.groups; ++group)
      packWeights(group, weights);
  }

  void run(unsigned threads) {
    const int64_t tiles = (g.outputSize + tileColumns - 1) / tileColumns;
    const int64_t perPass = tilesPerPass(depth, tiles, threads);
    const int64_t passes = (tiles + perPass - 1) / perPass;
    const int64_t macs =
        perPass * tileColumns * depth * g.outputChannels * g.groups;
    parallelFor(threads, g.batch * passes, contractionGrain(macs),
                [&](int64_t begin, int64_t end) {
                  std::vector<int64_t> sources(perPass * g.taps * tileColumns);
                  std::vector<T> panels(perPass * depth * tileColumns);
                  for (int64_t item = begin; item < end; ++item) {
                    const int64_t first = item % passes * perPass;
                    runPass(item / passes, first,
                            std::min(first + perPass, tiles), sources, panels);
                  }
                });
  }

private:
  void packWeights(int64_t group, llvm::ArrayRef<T> weights) {
    PackedRows<T> &rows = packed.emplace_back(g.outputChannels, depth);
    for (int64_t out = 0; out < g.outputChannels; ++out) {
      const T zero = zeroPoint<T>(g.weightsZp, group * g.outputChannels + out);
      for (int64_t in = 0; in < g.inputChannels; ++in)
        for (int64_t tap = 0; tap < g.taps; ++tap) {
          const T value = weights[g.weight(group, out, in, tap)] - zero;
          rows.at(out, in * g.taps + tap) = value;
          if constexpr (std::is_floating_point_v<T>)
            finiteWeights &= std::isfinite(value);
        }
    }
  }

  /// Computes the column tiles first .. last-1 of image \p n.
  void runPass(int64_t n, int64_t first, int64_t last,
               std::vector<int64_t> &sources, std::vector<T> &panels) const {
    const int64_t tableSize = g.taps * tileColumns;
    const int64_t panelSize = depth * tileColumns;
    for (int64_t t = first; t < last; ++t)
      findSources(t * tileColumns, sources.data() + (t - first) * tableSize);
    for (int64_t group = 0; group < g.groups; ++group) {
      const T *channels =
          input.data() + (n * g.groups + group) * g.inputChannels * g.inputSize;
      Accumulator *target =
          result + (n * g.groups + group) * g.outputChannels * g.outputSize;
      for (int64_t t = first; t < last; ++t)
        fillPanel(channels, sources.data() + (t - first) * tableSize,
                  panels.data() + (t - first) * panelSize);
      for (int64_t row = 0; row < g.outputChannels; row += tileRows)
        for (int64_t t = first; t < last; ++t) {
          T tile[tileRows * tileColumns];
          const T *panel = panels.data() + (t - first) * panelSize;
          if (finiteWeights)
            accumulateTile(packed[group].block(row), panel, depth, tile);
          else
            accumulateExisting(packed[group].block(row), panel,
                               sources.data() + (t - first) * tableSize, tile);
          const int64_t column = t * tileColumns;
          storeTile(tile, target + row * g.outputSize + column, g.outputSize,
                    g.outputChannels - row, g.outputSize - column);
        }
    }
  }

  /// table[tap * tileColumns + j]: what the tap reads for output column + j.
  void findSources(int64_t column, int64_t *table) const {
    DimVector position(g.output.size());
    for (int64_t j = 0; j < tileColumns; ++j) {
      int64_t rest = column + j;
      for (size_t i = g.output.size(); i-- > 0;) {
        position[i] = rest % g.output[i];
        rest /= g.output[i];
      }
      Odometer tap(g.kernel);
      for (int64_t index = 0; index < g.taps; ++index, tap.next())
        table[index * tileColumns + j] =
            column + j < g.outputSize ? g.source(position, tap.get()) : -1;
    }
  }

  void fillPanel(const T *channels, const int64_t *table, T *panel) const {
    const T zero = zeroPoint<T>(g.inputZp, 0);
    for (int64_t in = 0; in < g.inputChannels; ++in)
      for (int64_t i = 0; i < g.taps * tileColumns; ++i)
        *panel++ =
            table[i] < 0 ? T(0) : channels[in * g.inputSize + table[i]] - zero;
  }

  /// As accumulateTile(), but skips missing elements: zero times an infinite
  /// weight would be a NaN.
  void accumulateExisting(const T *rows, const T *panel, const int64_t *table,
                          T *tile) const {
    for (int64_t i = 0; i < tileRows; ++i)
      for (int64_t j = 0; j < tileColumns; ++j) {
        T sum = 0;
        for (int64_t k = 0; k < depth; ++k)
          if (table[k % g.taps * tileColumns + j] >= 0)
            sum += rows[k * tileRows + i] * panel[k * tileColumns + j];
        tile[i * tileColumns + j] = sum;
      }
  }

  const Geometry &g;
  int64_t depth;
  llvm::ArrayRef<T> input;
  Accumulator *result;
  std::vector<PackedRows<T>> packed; // weights of each group
  bool finiteWeights = true;
};

} // namespace

static Evaluated convolve(Geometry geometry, const Call &call,
                          const image::Region *epilogue) {
  geometry.setShapes(call);
  const DType type = accumulatorType(call.operand(0).dtype());
  llvm::Expected<Tensor> sums =
      Tensor::uninitialized(type, call.types[0].shape);
  if (!sums)
    return sums.takeError();
  llvm::Error error = dispatchAccumulator(
      type, [&]<typename T, typename A>(TypeTag<T>, TypeTag<A>) -> llvm::Error {
        llvm::Expected<Tensor> input = castTensor(call.operand(0), dtypeOf<T>);
        if (!input)
          return input.takeError();
        llvm::Expected<Tensor> weights =
            castTensor(call.operand(1), dtypeOf<T>);
        if (!weights)
          return weights.takeError();
        if (sums->elementCount() != 0)
          Convolution<T, A>(geometry, input->elements<T>(),
                            weights->elements<T>(), *sums)
              .run(call.threads);
        return llvm::Error::success();
      });
  if (error)
    return error;
  return finish(epilogue, call, *sums, 2);
}

Evaluated reference::evaluate(const image::Conv &op, const Call &call) {
  Geometry geometry = {
      /*transposed=*/false,    op.groups(),
      arrayOf(op.strides()),   arrayOf(op.pads_low()),
      arrayOf(op.dilations()), arrayOf(op.lhs_zp()),
      arrayOf(op.rhs_zp())};
  return convolve(geometry, call, op.epilogue());
}

Evaluated reference::evaluate(const image::ConvTranspose &op,
                              const Call &call) {
  Geometry geometry = {/*transposed=*/true,
                       op.groups(),
                       arrayOf(op.strides()),
                       arrayOf(op.pads_low()),
                       arrayOf(op.dilations()),
                       {},
                       {}};
  return convolve(geometry, call, op.epilogue());
}
