// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The files that judge: what of an Identity is the same for every plugin.

#pragma once

#include "core/conformance/report/Identity.h"

namespace glowplug::conformance {

/// The headers of the ABI that this build was made with.
const std::vector<HashedFile> &abiHeaders();

/// This command, and the libraries and workers beside it that make verdicts.
/// Fault, of kind `usage`: one of them cannot be read.
llvm::Expected<std::vector<HashedFile>> suiteFiles();

/// An identity with all that is known without a plugin: suite, headers and
/// profiles.
llvm::Expected<Identity> suiteIdentity();

/// Adds the hashes of the plugin's library and of its manifest, which stands
/// beside it under the same name with ".json", if there is one.
llvm::Error addPluginFiles(Identity &identity, const std::string &library);

} // namespace glowplug::conformance
