// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Building of programs with their inputs.

#include "core/conformance/cases/ProgramCase.h"

#include "core/image/Verify.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

namespace glowplug::conformance {

static constexpr std::array<llvm::StringLiteral, 3> depthNames = {
    "smoke", "quick", "full"};

std::optional<Depth> parseDepth(llvm::StringRef text) {
  const auto *found = llvm::find(depthNames, text);
  if (found == depthNames.end())
    return std::nullopt;
  return static_cast<Depth>(found - depthNames.begin());
}

llvm::StringRef depthName(Depth depth) {
  return depthNames[static_cast<size_t>(depth)];
}

std::vector<llvm::ArrayRef<uint8_t>> ProgramSample::segmentBytes() const {
  return {segments.begin(), segments.end()};
}

ValueId ProgramSampleBuilder::input(Tensor value) {
  const ValueId id = body.input("input" + std::to_string(inputs.size()),
                                value.dtype(), value.shape());
  inputs.push_back(std::move(value));
  return id;
}

static bool isSplat(const Tensor &value) {
  const llvm::ArrayRef<uint8_t> bytes = value.bytes();
  const size_t unit = dtypeBytes(value.dtype());
  return bytes.size() > unit && bytes.drop_front(unit) == bytes.drop_back(unit);
}

ValueId ProgramSampleBuilder::constant(const Tensor &value) {
  constexpr size_t mostInline = 64;
  if (value.byteCount() <= mostInline || isSplat(value))
    return body.constant(value);
  segments.emplace_back(value.bytes());
  const uint32_t segment = body.addSegment(value.bytes());
  return body.constantSegment(value.dtype(), value.shape(), segment, 0);
}

llvm::Expected<ProgramSample>
ProgramSampleBuilder::finish(llvm::ArrayRef<ValueId> results) {
  for (ValueId result : results)
    body.output(result);
  ProgramSample sample;
  sample.image = body.finish();
  sample.segments = std::move(segments);
  sample.inputs = std::move(inputs);
  if (llvm::Error error = verifyImage(sample.image))
    return std::move(error);
  return sample;
}

} // namespace glowplug::conformance
