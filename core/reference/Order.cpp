// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops along one dim: arg_reduce, scan and sort.

#include "core/reference/Call.h"
#include "core/reference/Reduction.h"

#include <algorithm>
#include <numeric>

using namespace glowplug;
using namespace glowplug::reference;

namespace {

/// The lines of a tensor along one dim: element i of a line that begins at
/// `start` lies at start + i * stride.
struct Lines {
  int64_t outer = 1, length = 1, stride = 1;

  Lines(Dims shape, int64_t dim) : length(shape[dim]) {
    for (int64_t size : shape.take_front(dim))
      outer *= size;
    for (int64_t size : shape.drop_front(dim + 1))
      stride *= size;
  }

  /// Calls \p function(index, start) for each line, in row-major order.
  template <typename Function>
  void forEach(Function function) const {
    for (int64_t i = 0; i < outer; ++i)
      for (int64_t j = 0; j < stride; ++j)
        function(i * stride + j, i * length * stride + j);
  }
};

template <typename T>
bool isNan(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(value);
  else
    return false;
}

/// A strict order in which NaN is the greatest.
template <typename T>
bool less(T a, T b) {
  return isNan(b) ? !isNan(a) : a < b;
}

/// True if \p a comes before \p b in an arg_reduce: NaN before all numbers.
template <typename T>
bool moreExtreme(bool wantsMax, T a, T b) {
  if (isNan(a) || isNan(b))
    return isNan(a) && !isNan(b);
  return wantsMax ? a > b : a < b;
}

} // namespace

Evaluated reference::evaluate(const image::ArgReduce &op, const Call &call) {
  llvm::Expected<Tensor> result = call.allocate();
  if (!result)
    return result.takeError();
  const Tensor &input = call.operand(0);
  const bool wantsMax = op.kind() == image::ReduceKind::max;
  const Lines lines(input.shape(), op.dim());
  int64_t *target = result->mutableElements<int64_t>().data();
  dispatch(input.dtype(), [&]<typename T>(TypeTag<T>) {
    using O = OrderType<T>;
    const T *data = input.elements<T>().data();
    lines.forEach([&](int64_t index, int64_t start) {
      int64_t best = 0;
      for (int64_t i = 1; i < lines.length; ++i) {
        const O old = convert<O>(data[start + best * lines.stride]);
        const O now = convert<O>(data[start + i * lines.stride]);
        if (op.select_last() ? !moreExtreme(wantsMax, old, now)
                             : moreExtreme(wantsMax, now, old))
          best = i;
      }
      target[index] = best;
    });
  });
  return Results{std::move(*result)};
}

Evaluated reference::evaluate(const image::Scan &op, const Call &call) {
  llvm::Expected<Tensor> result = call.allocate();
  if (!result)
    return result.takeError();
  const Tensor &input = call.operand(0);
  const Lines lines(input.shape(), op.dim());
  dispatchReduction(
      op.kind(), input.dtype(),
      [&]<typename T, typename A>(TypeTag<T>, auto combine, A identity) {
        const T *data = input.elements<T>().data();
        T *target = result->mutableElements<T>().data();
        lines.forEach([&](int64_t, int64_t start) {
          A running = identity;
          for (int64_t step = 0; step < lines.length; ++step) {
            const int64_t i = op.reverse() ? lines.length - 1 - step : step;
            const int64_t at = start + i * lines.stride;
            const A before = running;
            running = combine(running, convert<A>(data[at]));
            target[at] = convert<T>(op.exclusive() ? before : running);
          }
        });
      });
  return Results{std::move(*result)};
}

Evaluated reference::evaluate(const image::Sort &op, const Call &call) {
  llvm::Expected<Tensor> values = call.allocate(0);
  if (!values)
    return values.takeError();
  llvm::Expected<Tensor> positions = call.allocate(1);
  if (!positions)
    return positions.takeError();
  const Tensor &input = call.operand(0);
  const Lines lines(input.shape(), op.dim());
  int64_t *positionOut = positions->mutableElements<int64_t>().data();
  dispatch(input.dtype(), [&]<typename T>(TypeTag<T>) {
    using O = OrderType<T>;
    const T *data = input.elements<T>().data();
    T *valueOut = values->mutableElements<T>().data();
    std::vector<int64_t> order(lines.length);
    lines.forEach([&](int64_t, int64_t start) {
      auto at = [&](int64_t i) {
        return convert<O>(data[start + i * lines.stride]);
      };
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        const O first = at(op.descending() ? b : a);
        const O second = at(op.descending() ? a : b);
        if (less(first, second) || less(second, first))
          return less(first, second);
        return a < b; // equal elements keep their order
      });
      for (int64_t i = 0; i < lines.length; ++i) {
        const int64_t to = start + i * lines.stride;
        valueOut[to] = data[start + order[i] * lines.stride];
        positionOut[to] = order[i];
      }
    });
  });
  return Results{std::move(*values), std::move(*positions)};
}
