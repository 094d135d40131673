// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files that judge.

#include "core/conformance/report/Suite.h"

#include "core/conformance/report/Profiles.h"
#include "core/support/FaultError.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/STLExtras.h"

#include <filesystem>

namespace glowplug::conformance {

namespace fs = std::filesystem;

llvm::Expected<std::vector<HashedFile>> suiteFiles() {
  std::error_code code;
  std::vector<std::string> paths = {
      fs::read_symlink("/proc/self/exe", code).string()};
  if (code)
    return makeFault(FaultKind::usage,
                     "cannot find the file of this process: " + code.message());
  // What is installed for this command alone; plugins have a folder of their
  // own below.
  for (const fs::directory_entry &entry :
       fs::directory_iterator(libraryFolder(), code))
    if (entry.is_regular_file())
      paths.push_back(entry.path().string());
  std::vector<HashedFile> files;
  for (const std::string &path : paths) {
    llvm::Expected<HashedFile> file = hashFile(path);
    if (!file)
      return file.takeError();
    files.push_back(std::move(*file));
  }
  llvm::sort(files, [](const HashedFile &a, const HashedFile &b) {
    return a.name < b.name;
  });
  return files;
}

llvm::Expected<Identity> suiteIdentity() {
  llvm::Expected<std::vector<HashedFile>> files = suiteFiles();
  if (!files)
    return files.takeError();
  Identity identity;
  identity.suite = suiteVersion;
  identity.suiteFiles = std::move(*files);
  identity.headers = abiHeaders();
  for (const Profile &profile : suiteProfiles())
    identity.profiles[profile.name] = profile.version;
  return identity;
}

llvm::Error addPluginFiles(Identity &identity, const std::string &library) {
  llvm::Expected<HashedFile> file = hashFile(library);
  if (!file)
    return file.takeError();
  identity.plugin = std::move(*file);
  const std::string manifest =
      fs::path(library).replace_extension(".json").string();
  if (!fs::exists(manifest))
    return llvm::Error::success();
  llvm::Expected<HashedFile> hashed = hashFile(manifest);
  if (!hashed)
    return hashed.takeError();
  identity.manifest = std::move(*hashed);
  return llvm::Error::success();
}

} // namespace glowplug::conformance
