// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise regions over whole tensors, and copies.

#include "backends/cpu/compiler/lower/MapStep.h"

#include "backends/cpu/compiler/emit/LoopNest.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/emit/Scalars.h"
#include "backends/cpu/compiler/lower/TransposeCopy.h"

namespace glowplug::cpu {
namespace {

/// Of one work unit: small enough for the first-level cache.
constexpr int64_t unitElements = 8192;

/// Turns parameters that are constants into instructions. \p inputs keeps
/// the others.
Region foldConstants(const Lowering &l, const Region &region,
                     std::vector<View> &inputs) {
  Region folded;
  std::vector<View> kept;
  // Scalars of the old region, by their new number. Constants come first.
  std::vector<uint16_t> number(region.parameters.size() +
                               region.instructions.size());
  std::vector<std::optional<uint64_t>> bits;
  for (size_t i = 0; i < inputs.size(); ++i) {
    bits.push_back(l.constantElement(inputs[i]));
    if (bits[i])
      continue;
    number[i] = static_cast<uint16_t>(kept.size());
    kept.push_back(inputs[i]);
    folded.parameters.push_back(region.parameters[i]);
  }
  auto next = static_cast<uint16_t>(kept.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!bits[i])
      continue;
    folded.instructions.push_back(
        {gp_image_scalar_op_constant, region.parameters[i], {}, *bits[i]});
    number[i] = next++;
  }
  for (size_t i = 0; i < region.instructions.size(); ++i) {
    Instruction instruction = region.instructions[i];
    for (uint16_t &operand : instruction.operands)
      operand = number[operand];
    folded.instructions.push_back(std::move(instruction));
    number[region.parameters.size() + i] = next++;
  }
  for (uint16_t result : region.results)
    folded.results.push_back(number[result]);
  inputs = std::move(kept);
  return folded;
}

IterationSpace spaceOf(llvm::ArrayRef<View> inputs,
                       llvm::ArrayRef<View> outputs) {
  IterationSpace space;
  space.sizes.assign(outputs[0].sizes.begin(), outputs[0].sizes.end());
  for (const View &view : inputs) {
    auto &strides = space.strides.emplace_back();
    for (size_t d = 0; d < space.sizes.size(); ++d)
      strides.push_back(view.sizes[d] == space.sizes[d] ? view.strides[d] : 0);
  }
  for (const View &view : outputs)
    space.strides.emplace_back(view.strides.begin(), view.strides.end());
  return space;
}

struct MapKernel {
  static constexpr llvm::StringLiteral name = "map";

  Region region;
  LoopNest nest; // inputs, outputs
  unsigned inputs;
  unsigned lanes;

  bool operator==(const MapKernel &) const = default;
  void emit(Kernel &k) const {
    emitElementwise(k, nest, inputs, lanes,
                    [&](llvm::ArrayRef<llvm::Value *> arguments, Lanes at) {
                      return emitRegion(k, region, arguments, at.count);
                    });
  }
};

} // namespace

void mapStep(Lowering &l, const Region &original, llvm::ArrayRef<View> operands,
             llvm::ArrayRef<View> outputs) {
  std::vector<View> inputs(operands.begin(), operands.end());
  const Region region = foldConstants(l, original, inputs);

  std::vector<View> buffers = inputs;
  buffers.insert(buffers.end(), outputs.begin(), outputs.end());
  std::vector<DType> types;
  for (const View &buffer : buffers)
    types.push_back(buffer.type);

  const RegionFacts facts = factsOf(region);
  const unsigned lanes = facts.lanes(l.traits);
  IterationSpace space = spaceOf(inputs, outputs);
  space.simplify();
  const LoopNest nest(std::move(space), types, lanes, unitElements);
  const auto count = static_cast<unsigned>(inputs.size());
  l.addStep(MapKernel{region, nest, count, lanes}, buffers, nest.units(),
            nest.elementsPerUnit() * facts.costPs);
}

void Lowering::copy(const View &from, const View &to) {
  if (transposeCopy(*this, from, to))
    return;
  Region region;
  region.parameters = {from.type};
  region.results = {0};
  mapStep(*this, region, {from}, {to});
}

} // namespace glowplug::cpu
