// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds plugins by their manifests, without loading anything.
#pragma once

#include "core/runtime/Manifest.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace glowplug {

/// The folders where plugins are looked for, in this order: \p extra, those of
/// the environment variable GLOWPLUG_PLUGIN_PATH (separated by colons), and
/// plugins in libraryFolder().
std::vector<std::string>
pluginSearchFolders(llvm::ArrayRef<std::string> extra = {});

struct FoundPlugins {
  /// By folder in the order of the search, then by file name. Of several
  /// plugins with one name, the first.
  std::vector<PluginManifest> plugins;
  /// One message per manifest that cannot be used, and per library that looks
  /// like a plugin but has no manifest; the rest is unharmed.
  std::vector<std::string> problems;
};

/// Reads the manifests of all folders. A folder that is not there is empty.
FoundPlugins findPlugins(llvm::ArrayRef<std::string> folders);

/// The plugin of the backend \p name; the error lists the names there are.
llvm::Expected<PluginManifest> findPlugin(llvm::StringRef name,
                                          llvm::ArrayRef<std::string> folders);

} // namespace glowplug
