// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds plugins by their manifests, without loading anything.

#include "core/runtime/PluginSearch.h"

#include "core/runtime/Errors.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

namespace glowplug {
namespace {

std::string defaultFolder() {
  llvm::SmallString<128> folder(libraryFolder());
  llvm::sys::path::append(folder, "glowplug", "plugins");
  return folder.str().str();
}

std::vector<std::string> manifestsIn(const std::string &folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error))
    if (llvm::sys::path::extension(entry->path()) == ".json")
      files.push_back(entry->path());
  llvm::sort(files); // the order of a folder is the file system's whim
  return files;
}

} // namespace

std::vector<std::string>
pluginSearchFolders(llvm::ArrayRef<std::string> extra) {
  std::vector<std::string> folders = extra.vec();
  if (auto path = llvm::sys::Process::GetEnv("GLOWPLUG_PLUGIN_PATH"))
    for (llvm::StringRef folder : llvm::split(*path, ':'))
      if (!folder.empty())
        folders.push_back(folder.str());
  folders.push_back(defaultFolder());
  return folders;
}

FoundPlugins findPlugins(llvm::ArrayRef<std::string> folders) {
  FoundPlugins found;
  for (const std::string &folder : folders) {
    for (const std::string &file : manifestsIn(folder)) {
      llvm::Expected<PluginManifest> manifest = readManifest(file);
      if (!manifest) {
        found.problems.push_back(llvm::toString(manifest.takeError()));
        continue;
      }
      auto hasSameName = [&](const PluginManifest &other) {
        return other.name == manifest->name;
      };
      if (llvm::none_of(found.plugins, hasSameName))
        found.plugins.push_back(std::move(*manifest));
    }
  }
  return found;
}

llvm::Expected<PluginManifest> findPlugin(llvm::StringRef name,
                                          llvm::ArrayRef<std::string> folders) {
  FoundPlugins found = findPlugins(folders);
  for (PluginManifest &manifest : found.plugins)
    if (manifest.name == name)
      return std::move(manifest);

  std::vector<std::string> names;
  names.reserve(found.plugins.size());
  for (const PluginManifest &manifest : found.plugins)
    names.push_back(manifest.name);
  std::string message = "no plugin of this name in " + llvm::join(folders, ":");
  message += names.empty() ? "; there is none at all"
                           : "; there are " + llvm::join(names, ", ");
  for (const std::string &problem : found.problems)
    message += "\n  " + problem;
  return backendError(name, GP_INVALID_ARGUMENT, message);
}

} // namespace glowplug
