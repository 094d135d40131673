// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the kinds of ops share.

#include "backends/npu-sim/compiler/match/MatchOps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace glowplug::npusim {

namespace {

// Of the fields of matmul and depthwise commands, see docs/reference/isa.md.
constexpr std::int64_t mostKernel = 63, mostStride = 15, mostDilation = 63,
                       mostPad = 255;

/// Steps of transfers have 32 bits.
constexpr std::int64_t mostBytes = std::numeric_limits<std::int32_t>::max();

std::string shapeText(const Shape &shape) {
  std::string text;
  for (std::int64_t dim : shape)
    text += (text.empty() ? "[" : ",") + std::to_string(dim);
  return text.empty() ? "[]" : text + "]";
}

Refused needSize(const Value &value, std::string_view what) {
  std::int64_t bytes = byteSize(value.type);
  bool isEmpty = false;
  for (std::int64_t dim : value.shape) {
    isEmpty |= dim == 0;
    bytes = dim != 0 && bytes > mostBytes / dim ? mostBytes + 1 : bytes * dim;
    if (bytes > mostBytes)
      break;
  }
  isEmpty |=
      std::find(value.shape.begin(), value.shape.end(), 0) != value.shape.end();
  if (isEmpty)
    return refuse(
        fmt::format("{} {} has no elements", what, shapeText(value.shape)));
  if (bytes > mostBytes)
    return refuse(fmt::format("{} {} has more than {} bytes", what,
                              shapeText(value.shape), mostBytes));
  return std::nullopt;
}

/// The greatest distance of a byte from \p zeroPoint.
std::int64_t reach(bool isUnsigned, std::int32_t zeroPoint) {
  return std::max(std::abs(leastByte(isUnsigned) - zeroPoint),
                  std::abs(greatestByte(isUnsigned) - zeroPoint));
}

/// Whether some window of one dim has no element of the input. \p padLow is
/// small.
bool seesPaddingAlone(std::int64_t input, std::int64_t result,
                      std::int64_t kernel, std::int64_t stride,
                      std::int64_t dilation, std::int64_t padLow) {
  for (std::int64_t i = 0; i < result && i * stride < padLow; ++i) {
    // The first tap that is not before the input.
    const std::int64_t before = padLow - i * stride;
    const std::int64_t tap = (before + dilation - 1) / dilation;
    if (tap >= kernel || tap * dilation - before >= input)
      return true;
  }
  return (result - 1) * stride - padLow >= input;
}

} // namespace

Refused needBytes(const Value &value, std::string_view what) {
  if (!isByte(value.type))
    return refuse(fmt::format("{} is {}; this device has i8 and u8", what,
                              gp_image_dtype_name(value.type)));
  return needSize(value, what);
}

Refused needTensor(const Value &value, std::string_view what) {
  if (value.isConstant)
    return refuse(fmt::format("{} is a constant", what));
  return needBytes(value, what);
}

Refused needResult(const Value &value) { return needSize(value, "the result"); }

Refused needZeroPoint(std::int32_t zeroPoint, const Value &value,
                      std::string_view what) {
  const bool isUnsigned = isUnsignedByte(value.type);
  const std::int32_t least = leastByte(isUnsigned),
                     most = greatestByte(isUnsigned);
  if (zeroPoint >= least && zeroPoint <= most)
    return std::nullopt;
  return refuse(fmt::format("{} is {}, out of its type's {}..{}", what,
                            zeroPoint, least, most));
}

Refused needWindow(const OpUse &use) {
  const Window &window = use.layer.window;
  struct Field {
    std::string_view what;
    std::int64_t value, most;
  };
  for (const Field &field :
       {Field{"the window's height", window.kernelH, mostKernel},
        {"the window's width", window.kernelW, mostKernel},
        {"the stride of rows", window.strideH, mostStride},
        {"the stride of columns", window.strideW, mostStride},
        {"the dilation of rows", window.dilationH, mostDilation},
        {"the dilation of columns", window.dilationW, mostDilation},
        {"the padding above", window.padTop, mostPad},
        {"the padding on the left", window.padLeft, mostPad}})
    if (field.value > field.most)
      return refuse(fmt::format("{} is {}, over {}", field.what, field.value,
                                field.most));
  const Shape &input = use.operand(0).shape, &result = use.result().shape;
  const std::size_t last = input.size() - 1;
  if (seesPaddingAlone(input[last], result[last], window.kernelW,
                       window.strideW, window.dilationW, window.padLeft) ||
      (last == 3 &&
       seesPaddingAlone(input[2], result[2], window.kernelH, window.strideH,
                        window.dilationH, window.padTop)))
    return refuse("a window over padding alone");
  return std::nullopt;
}

Refused needSums(std::int64_t count, const Layer &layer) {
  // 255 * 255 for zero points at the ends of their types, so that at most
  // 33,025 products are always safe; 255 * 128, or 65,793, for signed weights
  // without one and unsigned inputs; 128 * 128, or 131,071, if both are signed.
  std::int64_t weight = 0;
  for (std::int32_t zeroPoint : layer.weightZeroPoints)
    weight = std::max(weight, reach(layer.weightUnsigned, zeroPoint));
  const std::int64_t most =
      INT32_MAX / (reach(layer.inputUnsigned, layer.inputZeroPoint) * weight);
  if (count <= most)
    return std::nullopt;
  return refuse(fmt::format(
      "{} products in a sum may leave 32 bits, from {} on", count, most + 1));
}

Refused addEpilogue(OpUse &use, gp_image_region region,
                    gp_image_dtype accumulator, std::size_t extras,
                    int channel) {
  if (needsFloatRecipe(region))
    return refuse("recipe fp32_rne; this device has tosa_single and "
                  "tosa_double");
  RegionUse regionUse{region, accumulator, {}, use.layer.result, channel};
  for (std::size_t i = extras; i < use.operandCount(); ++i)
    regionUse.operands.push_back(use.operandId(i));
  npu::Result<MatchedRegion> matched = matchRegion(regionUse, use.values);
  const bool isEpilogue = accumulator != gp_image_dtype_none;
  if (!matched)
    return Refusal{(isEpilogue ? "the epilogue has " : "the map has ") +
                       matched.message(),
                   isEpilogue};
  const auto base = static_cast<std::uint32_t>(use.layer.operands.size());
  for (std::uint32_t each : matched->operands)
    use.layer.operands.push_back(regionUse.operands[each]);
  for (Stage &stage : matched->stages) {
    stage.a.operand += base;
    stage.b.operand += base;
  }
  use.layer.stages = std::move(matched->stages);
  use.layer.channel = channel;
  return std::nullopt;
}

} // namespace glowplug::npusim
