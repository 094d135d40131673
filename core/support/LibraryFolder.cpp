// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where this installation of Glowplug keeps its private files.

#include "core/support/LibraryFolder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>
#include <link.h>

using namespace glowplug;
namespace path = llvm::sys::path;

namespace {

bool isFolderOfPrefix(llvm::StringRef folder) {
  return llvm::is_contained({"bin", "lib", "lib64", "libexec"},
                            path::filename(folder));
}

} // namespace

std::string glowplug::libraryFolderFor(std::string_view file) {
  const llvm::StringRef own = path::parent_path(file);
  llvm::StringRef folder = own;
  while (!folder.empty() && !isFolderOfPrefix(folder))
    folder = path::parent_path(folder);
  llvm::SmallString<128> found =
      path::parent_path(folder.empty() ? own : folder);
  if (found.empty()) // nothing is above the root
    found = own;
  path::append(found, "lib", "glowplug");
  return found.str().str();
}

std::string glowplug::libraryFolder() {
  // Any function of this library will do for the address.
  void *const here = reinterpret_cast<void *>(&libraryFolder);
  Dl_info info{};
  void *loaded = nullptr;
  llvm::SmallString<128> library;
  // The name of an executable is empty: how it was called may say nothing.
  if (dladdr1(here, &info, &loaded, RTLD_DL_LINKMAP) != 0 && loaded &&
      *static_cast<link_map *>(loaded)->l_name &&
      !llvm::sys::fs::real_path(static_cast<link_map *>(loaded)->l_name,
                                library))
    return libraryFolderFor({library.data(), library.size()});
  return libraryFolderFor(llvm::sys::fs::getMainExecutable(nullptr, here));
}
