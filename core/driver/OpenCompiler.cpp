// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds and loads the compiler's library.

#include "core/driver/Compiler.h"
#include "core/support/FaultError.h"
#include "core/support/LibraryFolder.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>

using namespace glowplug;

llvm::Expected<Compiler *> glowplug::openCompiler() {
  llvm::SmallString<128> path(libraryFolder());
  llvm::sys::path::append(path, "libglowplug-compiler.so");
  // A command calls few of MLIR's functions: to look up all of them would take
  // a sixth of its start.
  void *library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!library)
    return makeFault(FaultKind::backend,
                     llvm::Twine("cannot load the compiler: ") + dlerror(),
                     path);
  void *symbol = dlsym(library, compilerEntry);
  if (!symbol)
    return makeFault(FaultKind::backend,
                     "'" + path.str() + "' is not the compiler of this version",
                     path);
  return reinterpret_cast<Compiler *(*)()>(symbol)();
}
