// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a run was made of.

#include "core/conformance/report/Identity.h"

#include "core/support/FaultError.h"
#include "core/support/Sha256.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <ctime>

namespace glowplug::conformance {

llvm::Expected<HashedFile> hashFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeFault(
        FaultKind::usage,
        "cannot read '" + path + "': " + buffer.getError().message(), path);
  const llvm::StringRef bytes = (*buffer)->getBuffer();
  return HashedFile{llvm::sys::path::filename(path).str(),
                    sha256Text(sha256({bytes.bytes_begin(), bytes.size()}))};
}

/// One text for many files.
static std::string textOf(const std::vector<HashedFile> &files) {
  std::string text;
  for (const HashedFile &file : files)
    text += file.name + " " + file.sha256 + "\n";
  return sha256Text(sha256(llvm::arrayRefFromStringRef(text)));
}

RunKey runKey(const Identity &identity) {
  std::string options;
  for (const auto &[key, value] : identity.options)
    options += key + "=" + value + "\n";
  return {{"suite", identity.suite},
          {"suite sha256", textOf(identity.suiteFiles)},
          {"headers sha256", textOf(identity.headers)},
          {"plugin", identity.pluginName + " " + identity.pluginVersion},
          {"plugin sha256", identity.plugin.sha256},
          {"manifest sha256", identity.manifest.sha256},
          {"options", options},
          {"level", identity.level},
          {"seed", std::to_string(identity.seed)},
          {"shard", std::to_string(identity.shard) + "/" +
                        std::to_string(identity.shards)},
          {"filter", llvm::join(identity.filter, "\n")}};
}

unsigned shardOf(llvm::StringRef name, unsigned shards) {
  const Sha256 hash = sha256(llvm::arrayRefFromStringRef(name));
  uint64_t number = 0;
  for (size_t at = 0; at != sizeof number; ++at)
    number = number << 8 | hash[at];
  return static_cast<unsigned>(number % shards) + 1;
}

std::string timeText() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

} // namespace glowplug::conformance
