// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes a file under a temporary name, and renames it.

#include "core/support/WriteFile.h"

#include "llvm/Support/FileSystem.h"

llvm::Error
glowplug::writeFile(llvm::StringRef path,
                    llvm::function_ref<void(llvm::raw_ostream &)> write) {
  auto failure = [&](llvm::Error error) {
    return llvm::createStringError("cannot write '" + path +
                                   "': " + llvm::toString(std::move(error)));
  };
  if (llvm::sys::fs::is_directory(path))
    return failure(llvm::createStringError("it is a folder"));
  llvm::Expected<llvm::sys::fs::TempFile> temporary =
      llvm::sys::fs::TempFile::create(path + ".%%%%%%%%.tmp",
                                      llvm::sys::fs::all_read |
                                          llvm::sys::fs::owner_write);
  if (!temporary)
    return failure(temporary.takeError());
  {
    llvm::raw_fd_ostream os(temporary->FD, /*shouldClose=*/false);
    write(os);
    os.flush();
    if (std::error_code code = os.error()) {
      os.clear_error(); // or its destructor ends the process
      return llvm::joinErrors(failure(llvm::errorCodeToError(code)),
                              temporary->discard());
    }
  }
  if (llvm::Error error = temporary->keep(path))
    return failure(std::move(error));
  return llvm::Error::success();
}
