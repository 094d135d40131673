// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reads a .gpx file.

#pragma once

#include "core/artifact/Artifact.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace glowplug {

/// Maps a .gpx file and checks it: sizes, hashes, and the plan. The sections
/// lie in the mapping. The file must not be changed while the artifact lives.
llvm::Expected<Artifact> readArtifact(llvm::StringRef path);

/// As readArtifact(), for bytes that \p owner keeps alive, which begin at a
/// multiple of 64.
llvm::Expected<Artifact> parseArtifact(llvm::ArrayRef<uint8_t> bytes,
                                       std::shared_ptr<const void> owner);

/// Whether the file begins as a .gpx file does.
bool looksLikeArtifact(llvm::StringRef path);

} // namespace glowplug
