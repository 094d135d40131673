// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds and opens backends by name.

#include "core/runtime/BackendSet.h"

#include "core/runtime/PluginSearch.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace glowplug;

static llvm::Error unknownBackend(llvm::StringRef name,
                                  llvm::ArrayRef<std::string> known,
                                  llvm::ArrayRef<std::string> problems) {
  const std::string near = nearestName(name, known);
  std::string message = "unknown backend '" + name.str() + "'";
  message += near.empty() ? "; there are " + llvm::join(known, ", ")
                          : "; did you mean '" + near + "'?";
  for (const std::string &problem : problems)
    message += "\n  " + problem;
  return makeFault(FaultKind::usage, message, name);
}

std::string glowplug::nearestName(llvm::StringRef name,
                                  llvm::ArrayRef<std::string> known) {
  std::string best;
  unsigned bestDistance = std::max<unsigned>(1, name.size() / 3) + 1;
  for (const std::string &candidate : known) {
    const unsigned distance = name.edit_distance(candidate);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<BackendOption> BackendSet::optionsFor(llvm::StringRef name) const {
  std::vector<BackendOption> result;
  for (const NamedOption &named : options.options)
    if (named.backend == name)
      result.push_back(named.option);
  return result;
}

/// Two backends of one name cannot be told apart, and the interpreter is what
/// others are compared with.
llvm::Error BackendSet::claimName(const std::string &name,
                                  const std::string &file) {
  if (name == referenceBackendName)
    return makeFault(FaultKind::usage,
                     "'" + file +
                         "' calls itself 'reference', which is the name of "
                         "the built-in interpreter",
                     file);
  auto [other, isNew] = fileOf.try_emplace(name, file);
  if (!isNew)
    return makeFault(FaultKind::usage,
                     "needs plugins of different names, but '" + other->second +
                         "' and '" + file + "' both call themselves '" + name +
                         "'",
                     name);
  return llvm::Error::success();
}

/// Opens the plugins that were named by file: only they know their names.
llvm::Error BackendSet::openFiles() {
  if (filesAreOpen)
    return llvm::Error::success();
  fileOf.clear(); // of a try that failed
  fileNames.clear();
  for (const std::string &file : options.files) {
    llvm::Expected<std::shared_ptr<ProgramBackend>> backend =
        options.opener({file, std::nullopt}, {});
    if (!backend)
      return backend.takeError();
    const std::string name = (*backend)->name();
    if (llvm::Error error = claimName(name, file))
      return error;
    if (std::vector<BackendOption> own = optionsFor(name); !own.empty()) {
      backend = options.opener({file, std::nullopt}, own);
      if (!backend)
        return backend.takeError();
    }
    fileNames.push_back(name);
    opened[name] = *backend;
  }
  filesAreOpen = true;
  return llvm::Error::success();
}

llvm::Expected<std::vector<std::string>> BackendSet::names() {
  if (llvm::Error error = openFiles())
    return std::move(error);
  std::vector<std::string> result = fileNames;
  FoundPlugins found = findPlugins(pluginSearchFolders(options.folders));
  searchProblems = found.problems;
  for (const PluginManifest &manifest : found.plugins)
    if (!llvm::is_contained(result, manifest.name))
      result.push_back(manifest.name);
  for (const auto &[name, backend] : opened)
    if (!llvm::is_contained(result, name) && name != referenceBackendName)
      result.push_back(name);
  result.push_back(referenceBackendName.str());
  return result;
}

llvm::Expected<std::shared_ptr<ProgramBackend>>
BackendSet::open(llvm::StringRef name) {
  if (auto found = opened.find(name.str()); found != opened.end())
    return found->second;
  if (name == referenceBackendName)
    return opened[name.str()] = referenceBackend();
  if (llvm::Error error = openFiles())
    return std::move(error);
  if (auto found = opened.find(name.str()); found != opened.end())
    return found->second;
  auto backend = openFound(name, options.opener);
  if (backend)
    opened[name.str()] = *backend;
  return backend;
}

llvm::Expected<std::shared_ptr<ProgramBackend>>
BackendSet::openForRuns(llvm::StringRef name) {
  if (auto found = openedForRuns.find(name.str()); found != openedForRuns.end())
    return found->second;
  if (!options.runOpener || name == referenceBackendName)
    return open(name);
  // Only the files themselves know their names.
  if (llvm::Error error = openFiles())
    return std::move(error);
  const auto file = fileOf.find(name.str());
  auto backend =
      file == fileOf.end()
          ? openFound(name, options.runOpener)
          : options.runOpener({file->second, std::nullopt}, optionsFor(name));
  if (backend)
    openedForRuns[name.str()] = *backend;
  return backend;
}

void BackendSet::prepare(llvm::StringRef name) {
  if (!options.preparer || name == referenceBackendName ||
      opened.contains(name.str()) || fileOf.contains(name.str()))
    return;
  const FoundPlugins found = findPlugins(pluginSearchFolders(options.folders));
  for (const PluginManifest &manifest : found.plugins)
    if (manifest.name == name)
      return options.preparer({manifest.library, manifest}, optionsFor(name));
}

llvm::Expected<std::shared_ptr<ProgramBackend>>
BackendSet::openFound(llvm::StringRef name, const BackendOpener &opener) {
  FoundPlugins found = findPlugins(pluginSearchFolders(options.folders));
  searchProblems = found.problems;
  for (const PluginManifest &manifest : found.plugins)
    if (manifest.name == name)
      return opener({manifest.library, manifest}, optionsFor(name));
  llvm::Expected<std::vector<std::string>> known = names();
  if (!known)
    return known.takeError();
  return unknownBackend(name, *known, searchProblems);
}

llvm::Expected<std::vector<std::string>> BackendSet::replacements() {
  if (llvm::Error error = openFiles())
    return std::move(error);
  std::vector<std::string> result;
  if (fileOf.empty())
    return result;
  for (const PluginManifest &manifest :
       findPlugins(pluginSearchFolders(options.folders)).plugins)
    if (auto file = fileOf.find(manifest.name);
        file != fileOf.end() &&
        !llvm::sys::fs::equivalent(file->second, manifest.library))
      result.push_back("'" + file->second +
                       "' takes the place of the backend '" + manifest.name +
                       "' in " + manifest.library);
  return result;
}

void BackendSet::add(std::shared_ptr<ProgramBackend> backend) {
  openedForRuns[backend->name()] = backend;
  opened[backend->name()] = std::move(backend);
}
