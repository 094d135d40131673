// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds plugins by their manifests, without loading anything.

#include "core/runtime/PluginSearch.h"

#include "core/runtime/Errors.h"
#include "core/runtime/ProgramBackend.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

namespace glowplug {
namespace {

std::string defaultFolder() {
  llvm::SmallString<128> folder(libraryFolder());
  llvm::sys::path::append(folder, "plugins");
  return folder.str().str();
}

std::vector<std::string> filesIn(const std::string &folder,
                                 llvm::StringRef extension) {
  std::vector<std::string> files;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error))
    if (llvm::sys::path::extension(entry->path()) == extension)
      files.push_back(entry->path());
  llvm::sort(files); // the order of a folder is the file system's whim
  return files;
}

/// Whether a library names the function that every plugin exports. Helpers of
/// plugins, which may lie beside them, do not.
bool looksLikePlugin(const std::string &library) {
  if (!llvm::sys::fs::is_regular_file(library))
    return false;
  auto bytes = llvm::MemoryBuffer::getFile(library, /*IsText=*/false,
                                           /*RequiresNullTerminator=*/false);
  return bytes && (*bytes)->getBuffer().contains(GP_PLUGIN_ENTRY);
}

/// Plugins of \p folder that no manifest names: only manifests are looked for,
/// so they would be passed over in silence.
void findUndeclared(const std::string &folder,
                    llvm::ArrayRef<std::string> declared,
                    std::vector<std::string> &problems) {
  for (const std::string &library : filesIn(folder, ".so")) {
    llvm::SmallString<128> manifest = llvm::StringRef(library);
    llvm::sys::path::replace_extension(manifest, ".json");
    // One that cannot be read is a problem of its own.
    if (llvm::is_contained(declared, library) ||
        llvm::sys::fs::exists(manifest) || !looksLikePlugin(library))
      continue;
    problems.push_back(library +
                       ": needs a manifest beside it, but there is "
                       "no " +
                       manifest.str().str());
  }
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
    std::vector<std::string> declared; // libraries of this folder
    for (const std::string &file : filesIn(folder, ".json")) {
      llvm::Expected<PluginManifest> manifest = readManifest(file);
      if (!manifest) {
        found.problems.push_back(llvm::toString(manifest.takeError()));
        continue;
      }
      declared.push_back(manifest->library);
      if (manifest->name == referenceBackendName) {
        found.problems.push_back(
            file + ": name is 'reference', which is the name of the built-in "
                   "interpreter");
        continue;
      }
      auto hasSameName = [&](const PluginManifest &other) {
        return other.name == manifest->name;
      };
      if (llvm::none_of(found.plugins, hasSameName))
        found.plugins.push_back(std::move(*manifest));
    }
    findUndeclared(folder, declared, found.problems);
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
