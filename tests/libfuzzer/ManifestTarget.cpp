// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The manifest beside a plugin.

#include "tests/libfuzzer/Harness.h"

#include "core/runtime/Manifest.h"

using namespace glowplug;

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  const llvm::StringRef text(reinterpret_cast<const char *>(bytes.data()),
                             bytes.size());
  llvm::Expected<PluginManifest> manifest =
      parseManifest(text, "/plugins/x.json");
  if (!manifest)
    return outcomeOf(manifest.takeError());
  if (!llvm::StringRef(manifest->library).starts_with("/plugins/"))
    defect("the library is in another folder: " + manifest->library);
  // Which versions fit is not a matter of reading.
  llvm::consumeError(checkManifest(*manifest));
  return "";
}
