// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes an artifact from bytes in memory.

#include "core/artifact/Artifact.h"

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

Artifact ArtifactBuilder::finish() && {
  auto builder = std::make_shared<flatbuffers::FlatBufferBuilder>();
  builder->Finish(artifact::Plan::Pack(*builder, &plan),
                  artifact::PlanIdentifier());
  result.bytes = {builder->GetBufferPointer(), builder->GetSize()};
  result.owners.push_back(std::move(builder));
  return std::move(result);
}
