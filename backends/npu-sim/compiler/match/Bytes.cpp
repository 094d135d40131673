// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What scalar ops do to bytes.

#include "backends/npu-sim/compiler/match/Expression.h"

#include "backends/npu-sim/compiler/program/Types.h"

#include <algorithm>

namespace glowplug::npusim {

namespace {

/// The stage that yields \p bytes, to change what it does at its end.
Stage &lastStage(Bytes &bytes) {
  if (bytes.stages.empty()) {
    Stage copy;
    copy.a.from = StageInput::From::Operand;
    copy.a.operand = bytes.operand;
    copy.a.isUnsigned = bytes.isUnsigned;
    copy.outMin = leastByte(bytes.isUnsigned);
    copy.outMax = greatestByte(bytes.isUnsigned);
    bytes.stages.push_back(copy);
  }
  return bytes.stages.back();
}

/// Puts \p table after what \p stage does.
void append(Stage &stage, const LookupTable &table) {
  if (stage.table.empty()) {
    stage.table.assign(table.begin(), table.end());
    return;
  }
  for (std::uint8_t &entry : stage.table)
    entry = table[entry];
}

} // namespace

Bytes reinterpret(Bytes bytes, bool isUnsigned) {
  if (bytes.isUnsigned != isUnsigned && !bytes.stages.empty())
    bytes.isLimited = false;
  bytes.isUnsigned = isUnsigned;
  return bytes;
}

Bytes limit(Bytes bytes, std::int32_t low, std::int32_t high) {
  Stage &stage = lastStage(bytes);
  if (bytes.isLimited && stage.table.empty()) {
    stage.outMin = std::clamp(stage.outMin, low, high);
    stage.outMax = std::clamp(stage.outMax, low, high);
    return bytes;
  }
  LookupTable table;
  for (int i = 0; i < 256; ++i) {
    const std::int32_t value =
        bytes.isUnsigned ? i : static_cast<std::int8_t>(i);
    table[i] = static_cast<std::uint8_t>(std::clamp(value, low, high));
  }
  append(stage, table);
  return bytes;
}

Bytes lookUp(Bytes bytes, const LookupTable &table, bool isUnsigned) {
  append(lastStage(bytes), table);
  bytes.isUnsigned = isUnsigned;
  return bytes;
}

std::vector<Stage> stagesOf(Bytes bytes) {
  lastStage(bytes);
  return std::move(bytes.stages);
}

} // namespace glowplug::npusim
