// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes an artifact from bytes in memory.

#include "core/artifact/Artifact.h"

#include "core/artifact/Variants.h"

#include "core/support/DType.h"

#include <cassert>

using namespace glowplug;

uint32_t ArtifactBuilder::addSection(llvm::ArrayRef<uint8_t> bytes,
                                     std::shared_ptr<const void> owner) {
  assert(reinterpret_cast<uintptr_t>(bytes.data()) % 64 == 0 &&
         "a section begins at a multiple of 64 bytes");
  result.sections.push_back(bytes);
  if (owner)
    result.owners.push_back(std::move(owner));
  return result.sectionCount();
}

/// What each of \p ports holds.
static std::vector<uint64_t>
bytesOf(const std::vector<std::unique_ptr<artifact::PortT>> &ports) {
  std::vector<uint64_t> result;
  for (const auto &port : ports)
    result.push_back(static_cast<uint64_t>(
        byteCount(static_cast<DType>(port->dtype), port->shape).value_or(0)));
  return result;
}

Artifact ArtifactBuilder::finish() && {
  body.input_bytes = bytesOf(plan.inputs);
  body.output_bytes = bytesOf(plan.outputs);
  plan.variants.push_back(std::make_unique<artifact::VariantT>());
  plan.variants.back()->body = static_cast<uint32_t>(plan.bodies.size());
  plan.bodies.push_back(std::make_unique<artifact::BodyT>(std::move(body)));
  for (artifact::BodyT &each : more)
    plan.bodies.push_back(std::make_unique<artifact::BodyT>(std::move(each)));
  if (!more.empty())
    plan.required_features.emplace_back("control_flow");
  if (plan.size_outputs != 0)
    plan.required_features.emplace_back(extentsFeature);
  return std::move(*this).finishPlan();
}

Artifact ArtifactBuilder::finishPlan() && {
  auto builder = std::make_shared<flatbuffers::FlatBufferBuilder>();
  builder->Finish(artifact::Plan::Pack(*builder, &plan),
                  artifact::PlanIdentifier());
  result.bytes = {builder->GetBufferPointer(), builder->GetSize()};
  result.owners.push_back(std::move(builder));
  return std::move(result);
}
