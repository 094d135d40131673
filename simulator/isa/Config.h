// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Configurations: reading them, and what follows from them.

#pragma once

#include "hw/spec/Isa.h"
#include "simulator/isa/Result.h"

#include <string_view>

namespace glowplug::npu {

/// Bytes of a line of the scratchpad, the unit of its ports.
constexpr int lineBytes(const Config &config) {
  return config.arrayRows > 16 ? config.arrayRows : 16;
}

/// Size of the scratchpad in bytes.
constexpr std::int64_t scratchpadBytes(const Config &config) {
  return std::int64_t(config.scratchpadBanks) * config.scratchpadBankBytes;
}

/// Size of the accumulator in rows of R sums.
constexpr std::int64_t accumulatorRows(const Config &config) {
  return std::int64_t(config.accumulatorBanks) * config.accumulatorBankRows;
}

/// What the values of \p field are multiples of.
constexpr std::int32_t multipleOf(const FieldInfo &field,
                                  const Config &config) {
  return field.multiple == ofRow    ? config.arrayRows
         : field.multiple == ofLine ? lineBytes(config)
                                    : field.multiple;
}

/// Reads a configuration in the form of hw/spec/npu.json. What is left out has
/// the value that stands there; unknown names are refused.
Result<Config> readConfig(std::string_view json);

/// All parameters in that form; readConfig gives \p config back.
std::string writeConfig(const Config &config);

/// The parameter out of range, if there is one.
Result<Config> checkConfig(const Config &config);

} // namespace glowplug::npu
