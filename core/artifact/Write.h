// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes a .gpx file.

#pragma once

#include "core/artifact/Artifact.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace glowplug {

/// Writes \p artifact to \p path, or leaves what is there as it was: the bytes
/// go to a new file beside it, which then takes its name.
llvm::Error writeArtifact(const Artifact &artifact, llvm::StringRef path);

/// Writes the bytes of the file to \p os.
void writeArtifact(const Artifact &artifact, llvm::raw_ostream &os);

} // namespace glowplug
