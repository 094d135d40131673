// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Result shapes of the ops, with every step checked for overflow.

#include "core/semantics/Shapes.h"

#include <algorithm>
#include <limits>

using namespace glowplug;
using namespace glowplug::shapes;

namespace {

/// An integer that remembers whether a step on the way to it overflowed.
class Checked {
public:
  Checked(int64_t value) : value(value) {}

  Checked operator+(Checked other) const {
    Checked result = merge(other);
    result.bad |= __builtin_add_overflow(value, other.value, &result.value);
    return result;
  }
  Checked operator-(Checked other) const {
    Checked result = merge(other);
    result.bad |= __builtin_sub_overflow(value, other.value, &result.value);
    return result;
  }
  Checked operator*(Checked other) const {
    Checked result = merge(other);
    result.bad |= __builtin_mul_overflow(value, other.value, &result.value);
    return result;
  }

  /// The value, if it is known and not negative.
  std::optional<int64_t> size() const {
    if (bad || value < 0)
      return std::nullopt;
    return value;
  }
  bool valid() const { return !bad; }
  int64_t get() const { return value; }

private:
  Checked merge(Checked other) const {
    Checked result(0);
    result.bad = bad || other.bad;
    return result;
  }

  int64_t value;
  bool bad = false;
};

} // namespace

static bool allAtLeast(Dims values, int64_t low) {
  return llvm::all_of(values, [&](int64_t value) { return value >= low; });
}

static bool windowFits(const WindowDims &window, size_t rank) {
  return window.strides.size() == rank && window.padsLow.size() == rank &&
         window.padsHigh.size() == rank && window.dilations.size() == rank &&
         allAtLeast(window.strides, 1) && allAtLeast(window.dilations, 1);
}

int64_t shapes::dilated(int64_t size, int64_t dilation) {
  const Checked extent = Checked(dilation) * (size - 1) + 1;
  return extent.size().value_or(std::numeric_limits<int64_t>::max());
}

std::optional<int64_t> shapes::windowed(int64_t in, int64_t size,
                                        int64_t stride, int64_t low,
                                        int64_t high, int64_t dilation) {
  if (in < 0 || size < 1 || stride < 1 || low < 0 || high < 0 || dilation < 1)
    return std::nullopt;
  Checked room = Checked(in) + low + high - Checked(dilation) * (size - 1) - 1;
  if (!room.valid())
    return std::nullopt;
  // Division toward minus infinity.
  int64_t steps = room.get() / stride;
  if (room.get() % stride < 0)
    --steps;
  return (Checked(steps) + 1).size();
}

std::optional<int64_t> shapes::transposed(int64_t in, int64_t size,
                                          int64_t stride, int64_t low,
                                          int64_t high, int64_t dilation) {
  if (in < 0 || size < 1 || stride < 1 || dilation < 1)
    return std::nullopt;
  return (Checked(in - 1) * stride + Checked(dilation) * (size - 1) + 1 - low -
          high)
      .size();
}

MaybeShape shapes::matmul(Dims lhs, Dims rhs) {
  size_t rank = lhs.size();
  if (rank < 2 || rhs.size() != rank || lhs[rank - 1] != rhs[rank - 2])
    return std::nullopt;
  MaybeShape result = broadcast({lhs.drop_back(2), rhs.drop_back(2)});
  if (!result)
    return std::nullopt;
  result->push_back(lhs[rank - 2]);
  result->push_back(rhs[rank - 1]);
  return result;
}

MaybeShape shapes::conv(Dims input, Dims weights, const WindowDims &window,
                        int64_t groups) {
  if (input.size() < 3 || input.size() > 5 || weights.size() != input.size() ||
      groups < 1 || !windowFits(window, input.size() - 2))
    return std::nullopt;
  // C / groups is the weights' second dim.
  if (input[1] % groups != 0 || weights[0] % groups != 0 ||
      input[1] / groups != weights[1])
    return std::nullopt;
  Shape result = {input[0], weights[0]};
  for (size_t i = 0; i + 2 < input.size(); ++i) {
    std::optional<int64_t> size =
        windowed(input[i + 2], weights[i + 2], window.strides[i],
                 window.padsLow[i], window.padsHigh[i], window.dilations[i]);
    if (!size)
      return std::nullopt;
    result.push_back(*size);
  }
  return result;
}

MaybeShape shapes::convTranspose(Dims input, Dims weights,
                                 const WindowDims &window, int64_t groups) {
  if (input.size() < 3 || input.size() > 5 || weights.size() != input.size() ||
      groups < 1 || !windowFits(window, input.size() - 2))
    return std::nullopt;
  if (input[1] != weights[0] || input[1] % groups != 0)
    return std::nullopt;
  std::optional<int64_t> channels = (Checked(weights[1]) * groups).size();
  if (!channels)
    return std::nullopt;
  Shape result = {input[0], *channels};
  for (size_t i = 0; i + 2 < input.size(); ++i) {
    std::optional<int64_t> size =
        transposed(input[i + 2], weights[i + 2], window.strides[i],
                   window.padsLow[i], window.padsHigh[i], window.dilations[i]);
    if (!size)
      return std::nullopt;
    result.push_back(*size);
  }
  return result;
}

MaybeShape shapes::reduce(Dims input, Dims dims) {
  Shape result(input);
  int64_t last = -1;
  for (int64_t dim : dims) {
    if (dim <= last || dim >= static_cast<int64_t>(input.size()))
      return std::nullopt;
    result[dim] = 1;
    last = dim;
  }
  if (dims.empty())
    return std::nullopt;
  return result;
}

MaybeShape shapes::window(Dims input, Dims sizes, const WindowDims &window) {
  if (sizes.size() != input.size() || !windowFits(window, input.size()))
    return std::nullopt;
  Shape result;
  for (size_t i = 0; i < input.size(); ++i) {
    std::optional<int64_t> size =
        windowed(input[i], sizes[i], window.strides[i], window.padsLow[i],
                 window.padsHigh[i], window.dilations[i]);
    if (!size)
      return std::nullopt;
    result.push_back(*size);
  }
  return result;
}

MaybeShape shapes::transpose(Dims input, Dims permutation) {
  if (permutation.size() != input.size())
    return std::nullopt;
  Shape sorted(permutation);
  llvm::sort(sorted);
  for (size_t i = 0; i < input.size(); ++i)
    if (sorted[i] != static_cast<int64_t>(i))
      return std::nullopt;
  Shape result;
  for (int64_t dim : permutation)
    result.push_back(input[dim]);
  return result;
}

MaybeShape shapes::pad(Dims input, Dims low, Dims high, Dims interior) {
  size_t rank = input.size();
  if (low.size() != rank || high.size() != rank || interior.size() != rank ||
      !allAtLeast(low, 0) || !allAtLeast(high, 0) || !allAtLeast(interior, 0))
    return std::nullopt;
  Shape result;
  for (size_t i = 0; i < rank; ++i) {
    int64_t gaps = std::max<int64_t>(input[i] - 1, 0);
    std::optional<int64_t> size =
        (Checked(input[i]) + low[i] + high[i] + Checked(interior[i]) * gaps)
            .size();
    if (!size)
      return std::nullopt;
    result.push_back(*size);
  }
  return result;
}

MaybeShape shapes::concat(llvm::ArrayRef<Dims> operands, int64_t dim) {
  if (operands.empty() || dim < 0 ||
      dim >= static_cast<int64_t>(operands[0].size()))
    return std::nullopt;
  Shape result(operands[0]);
  Checked total = 0;
  for (Dims operand : operands) {
    if (operand.size() != result.size())
      return std::nullopt;
    for (size_t i = 0; i < operand.size(); ++i)
      if (static_cast<int64_t>(i) != dim && operand[i] != result[i])
        return std::nullopt;
    total = total + operand[dim];
  }
  std::optional<int64_t> size = total.size();
  if (!size)
    return std::nullopt;
  result[dim] = *size;
  return result;
}

MaybeShape shapes::gather(Dims data, Dims indices, int64_t dim) {
  if (dim < 0 || dim >= static_cast<int64_t>(data.size()))
    return std::nullopt;
  Shape result(data.take_front(dim));
  result.append(indices.begin(), indices.end());
  result.append(data.begin() + dim + 1, data.end());
  return result;
}

MaybeShape shapes::broadcast(llvm::ArrayRef<Dims> operands) {
  if (operands.empty())
    return std::nullopt;
  Shape result(operands[0]);
  for (Dims operand : operands.drop_front()) {
    if (operand.size() != result.size())
      return std::nullopt;
    for (size_t i = 0; i < result.size(); ++i) {
      if (result[i] == 1)
        result[i] = operand[i];
      else if (operand[i] != 1 && operand[i] != result[i])
        return std::nullopt;
    }
  }
  return result;
}

bool shapes::broadcastsTo(Dims operand, Dims result) {
  if (operand.size() != result.size())
    return false;
  for (size_t i = 0; i < result.size(); ++i)
    if (operand[i] != 1 && operand[i] != result[i])
      return false;
  return true;
}
