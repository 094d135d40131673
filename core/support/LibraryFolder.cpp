// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where this installation of Glowplug keeps its libraries.

#include "core/support/LibraryFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>

using namespace glowplug;
namespace path = llvm::sys::path;

std::string glowplug::libraryFolder() {
  // The address of any function here does.
  void *const here = reinterpret_cast<void *>(&libraryFolder);
  const std::string executable =
      llvm::sys::fs::getMainExecutable(nullptr, here);
  llvm::SmallString<128> library;
  Dl_info info{};
  if (dladdr(here, &info) != 0 && info.dli_fname &&
      !llvm::sys::fs::real_path(info.dli_fname, library) &&
      library != executable)
    return path::parent_path(library).str();
  llvm::SmallString<128> folder = path::parent_path(executable);
  path::append(folder, "..", "lib");
  path::remove_dots(folder, /*remove_dot_dot=*/true);
  return folder.str().str();
}
