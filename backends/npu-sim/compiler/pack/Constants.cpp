// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants of the image, and the segment made of them.

#include "backends/npu-sim/compiler/pack/Constants.h"

#include <glowplug/glue/dtype.h>

#include <cstring>

namespace glowplug::npusim {

std::span<const std::uint8_t> Constants::stored(const Value &value) const {
  if (value.segment < 0)
    return value.data;
  const auto elements =
      static_cast<std::size_t>(value.isSplat ? 1 : elementCount(value.shape));
  return segments[static_cast<std::size_t>(value.segment)].subspan(
      value.offset, elements * gp_dtype_bytes(value.type));
}

std::vector<std::uint8_t> Constants::bytesOf(ValueId id) const {
  const Value &value = program.values[id];
  const std::span<const std::uint8_t> bytes = stored(value);
  if (!value.isSplat)
    return {bytes.begin(), bytes.end()};
  std::vector<std::uint8_t> result;
  result.reserve(static_cast<std::size_t>(elementCount(value.shape)) *
                 bytes.size());
  for (std::int64_t i = 0; i < elementCount(value.shape); ++i)
    result.insert(result.end(), bytes.begin(), bytes.end());
  return result;
}

std::int32_t Constants::laneOf(const Lanes &lanes, std::int64_t channel) const {
  if (lanes.value == noValue)
    return lanes.number;
  const Value &value = program.values[lanes.value];
  const bool isOne = value.isSplat || elementCount(value.shape) == 1;
  std::int32_t number = 0;
  std::memcpy(&number, stored(value).data() + (isOne ? 0 : channel * 4), 4);
  return number;
}

Place Constants::append(const std::string &name,
                        std::span<const std::uint8_t> bytes) {
  if (bytes.empty())
    return {};
  const std::uint32_t buffer =
      dram.add(name, static_cast<std::int64_t>(bytes.size()));
  list.push_back({buffer, static_cast<std::int64_t>(made.size())});
  made.insert(made.end(), bytes.begin(), bytes.end());
  made.resize((made.size() + 63) / 64 * 64);
  return {buffer, 0};
}

} // namespace glowplug::npusim
