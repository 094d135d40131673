// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Formulas of sizes. They are computed in 128 bits, which no step leaves; what
// passes 64 bits on the way to a size is refused as if the size did.

#include "core/semantics/Shapes.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::shapes;

__extension__ using Wide = __int128;

static constexpr Wide largest = INT64_MAX;

/// \p value, if it is a size.
static std::optional<int64_t> sizeOf(Wide value) {
  if (value < 0 || value > largest)
    return std::nullopt;
  return static_cast<int64_t>(value);
}

static Wide dilatedOf(int64_t size, int64_t dilation) {
  return Wide(dilation) * (size - 1) + 1;
}

int64_t shapes::dilated(int64_t size, int64_t dilation) {
  return static_cast<int64_t>(std::min(dilatedOf(size, dilation), largest));
}

std::optional<int64_t> shapes::windowed(int64_t in, int64_t size,
                                        int64_t stride, int64_t low,
                                        int64_t high, int64_t dilation) {
  if (in < 0 || size < 1 || stride < 1 || low < 0 || high < 0 || dilation < 1)
    return std::nullopt;
  const Wide covered = dilatedOf(size, dilation), all = Wide(in) + low + high;
  if (covered > largest || all > largest)
    return std::nullopt;
  // Division toward minus infinity.
  const Wide room = all - covered;
  return sizeOf(room / stride - (room % stride < 0 ? 1 : 0) + 1);
}

std::optional<int64_t> shapes::transposed(int64_t in, int64_t size,
                                          int64_t stride, int64_t low,
                                          int64_t high, int64_t dilation) {
  if (in < 0 || size < 1 || stride < 1 || dilation < 1)
    return std::nullopt;
  const Wide full = Wide(in - 1) * stride + dilatedOf(size, dilation);
  if (full > largest || full - low > largest)
    return std::nullopt;
  return sizeOf(full - low - high);
}

std::optional<int64_t> shapes::padded(int64_t in, int64_t low, int64_t high,
                                      int64_t interior) {
  return sizeOf(Wide(in) + low + high +
                Wide(interior) * std::max<int64_t>(in - 1, 0));
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
