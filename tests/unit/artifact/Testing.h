// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A small artifact, and files in a folder of their own.

#pragma once

#include "core/artifact/Artifact.h"

#include "llvm/Support/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace glowplug::testing {

/// A builder with two inputs (the second one bound), one output, a part that
/// writes to the arena and one that reads it. Sections 1 and 4 are equal.
ArtifactBuilder makeBuilder();

/// The artifact of makeBuilder().
Artifact makeArtifact();

/// Of each section of \p artifact, from number 1 on.
std::vector<uint64_t> sectionSizes(const Artifact &artifact);

/// What the verifier says about the plan of \p artifact after \p change; empty
/// if it is valid.
std::string verdictOf(const Artifact &artifact,
                      const std::function<void(artifact::PlanT &)> &change);

/// The bytes of its file, at a multiple of 64.
struct FileBytes {
  std::shared_ptr<uint8_t> owner;
  llvm::MutableArrayRef<uint8_t> bytes;
};
FileBytes makeFile();

/// Makes the hashes of a file fit what it holds, where it still has a layout.
void repairHashes(llvm::MutableArrayRef<uint8_t> file);

/// The message of a failure; empty for success.
std::string message(llvm::Error error);

/// A file name in a folder that is removed at the end of the process.
std::string temporaryFile(const std::string &name);

} // namespace glowplug::testing
