// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Loads a plugin and refuses it unless its table keeps every rule.
#pragma once

#include "core/runtime/Manifest.h"

#include <glowplug/backend.h>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// An optional group that the host knows: a struct that begins with its size
/// and has nothing but function pointers after it.
struct GroupLayout {
  std::string id;
  uint32_t version;
  size_t structSize;
};

/// The groups of this ABI version.
llvm::ArrayRef<GroupLayout> knownGroups();

/// A loaded plugin. Its code stays in the process for good, as static data and
/// threads of a plugin need not survive an unloading.
class Plugin {
public:
  /// Loads the library of \p manifest and checks one against the other.
  static llvm::Expected<std::shared_ptr<const Plugin>>
  open(const PluginManifest &manifest,
       llvm::ArrayRef<GroupLayout> groups = knownGroups());

  /// Loads a library by its path. A manifest that lies beside it under the
  /// same name (x.json for x.so) counts, but need not be there.
  static llvm::Expected<std::shared_ptr<const Plugin>>
  open(llvm::StringRef library,
       llvm::ArrayRef<GroupLayout> groups = knownGroups());

  /// The functions; all but `group` are set. A copy: what a newer plugin has
  /// beyond it was zero.
  const gp_plugin &functions() const { return table; }
  const std::string &library() const { return libraryPath; }
  const std::optional<PluginManifest> &manifest() const { return declared; }

  /// The table of a group of knownGroups(), NULL if the plugin has none.
  const void *group(llvm::StringRef id, uint32_t version) const;

private:
  struct Group {
    std::string id;
    uint32_t version;
    const void *table;
  };

  Plugin() = default;
  static llvm::Expected<std::shared_ptr<const Plugin>>
  openLibrary(llvm::StringRef library, std::optional<PluginManifest> manifest,
              llvm::ArrayRef<GroupLayout> groups);
  llvm::Error loadTable();
  llvm::Error checkFunctions() const;
  llvm::Error loadGroups(llvm::ArrayRef<GroupLayout> layouts);

  std::string libraryPath;
  std::optional<PluginManifest> declared;
  gp_plugin table = {};
  std::vector<Group> groups;
};

} // namespace glowplug
