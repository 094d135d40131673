// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Makes artifacts of one model the variants of one artifact.

#pragma once

#include "core/artifact/Artifact.h"
#include "core/support/Sha256.h"

#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace glowplug {

/// The dims that tell variants apart.
struct VariantDims {
  std::vector<std::string> names;
  /// Names of all dims as the model declares them: a list per port, with an
  /// entry per size. Those that are not in `names` are fixed.
  std::vector<std::vector<std::string>> inputs, outputs;
};

/// Gathers variants. What is equal in several is there once: sections, and
/// parts.
class VariantMerger {
public:
  explicit VariantMerger(VariantDims dims) : dims(std::move(dims)) {}

  /// The next variant: \p artifact, which has none itself, was compiled with
  /// the sizes \p key, one per dim. Fails if it does not fit the interface of
  /// those before.
  llvm::Error add(std::vector<int64_t> key, const Artifact &artifact);

  /// The artifact, after the last of at least one variant; the merger is used
  /// up. Fails if a dim is no size of an input.
  llvm::Expected<Artifact> finish() &&;

private:
  using Ports = std::vector<std::unique_ptr<artifact::PortT>>;

  llvm::Error checkPorts(llvm::StringRef kind, const Ports &others) const;
  void addSections(const Artifact &artifact);
  uint32_t addPart(artifact::PartT &part);
  void addBodies(artifact::PlanT &plan, llvm::ArrayRef<uint32_t> parts);
  void addSettings(artifact::PlanT &plan);
  void addVariant(const artifact::PlanT &plan);
  void finishDims();
  llvm::Error finishInputs();
  void finishOutputs();
  uint32_t dimWithSizes(llvm::ArrayRef<int64_t> sizes,
                        const std::string &name) const;
  std::string keyText(size_t variant) const;

  VariantDims dims;
  std::vector<std::vector<int64_t>> keys; // of the variants so far
  ArtifactBuilder builder;
  std::map<std::pair<Sha256, size_t>, uint32_t> known; // sections by content
  std::vector<uint32_t> sections; // new numbers of those of the last variant
};

} // namespace glowplug
