// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A compiled model in memory: the plan, and sections of bytes.

#pragma once

#include "core/artifact/artifact_generated.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <vector>

namespace glowplug {

/// A compiled model. A handle: copies share everything, which is constant.
/// Sections have numbers from 1 and begin at a multiple of 64 bytes.
class Artifact {
public:
  Artifact() = default;

  const artifact::Plan &plan() const {
    return *artifact::GetPlan(bytes.data());
  }
  /// What a run of variant number \p variant does. There is one unless the
  /// plan has the feature `variants`.
  const artifact::Body &body(uint32_t variant = 0) const {
    return *plan().bodies()->Get(plan().variants()->Get(variant)->body());
  }
  llvm::ArrayRef<uint8_t> planBytes() const { return bytes; }
  /// Number of the sections, without the plan.
  uint32_t sectionCount() const {
    return static_cast<uint32_t>(sections.size());
  }
  /// \p number is from 1 to sectionCount().
  llvm::ArrayRef<uint8_t> section(uint32_t number) const {
    return sections[number - 1];
  }

private:
  friend class ArtifactBuilder;
  friend class ArtifactReader;

  llvm::ArrayRef<uint8_t> bytes; // of the plan
  std::vector<llvm::ArrayRef<uint8_t>> sections;
  std::vector<std::shared_ptr<const void>> owners; // of all these bytes
};

/// Makes an artifact from bytes in memory.
class ArtifactBuilder {
public:
  /// Fill it; section numbers are those that addSection() returns.
  artifact::PlanT plan;
  /// What a run does: body 0 of the plan, whose inputs and outputs are those of
  /// the model.
  artifact::BodyT body;
  /// Bodies that steps name, from number 1.
  std::vector<artifact::BodyT> more;

  /// Adds bytes that \p owner keeps alive. They begin at a multiple of 64.
  uint32_t addSection(llvm::ArrayRef<uint8_t> bytes,
                      std::shared_ptr<const void> owner);

  /// The artifact. The builder is used up.
  Artifact finish() &&;

  /// As finish(), of a plan that has its variants and bodies already: `body` is
  /// not read.
  Artifact finishPlan() &&;

private:
  Artifact result;
};

} // namespace glowplug
