// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is known of a plugin before its code is loaded.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>

namespace glowplug {

/// The manifest `<name>.json` beside a plugin's library. All keys but
/// "processes" and "blob" are required; others are left to the plugin.
struct PluginManifest {
  std::string file; ///< Where it was read from.
  std::string name; ///< Of the backend.
  /// "library" in the file: a name in the folder of the manifest. Here with
  /// that folder.
  std::string library;
  uint32_t abiMajor = 0;
  uint32_t abiMinor = 0;
  uint32_t containerVersion = 0;
  uint32_t opsetVersion = 0;
  std::string sanitizer; ///< "none", "address", "memory" or "thread".
  /// Whether its devices are processes that it has to start.
  bool startsProcesses = false; // "processes"
  /// Whether load() takes its blobs on trust, as code that it only jumps to.
  /// Otherwise it refuses damaged ones.
  bool hasUncheckedBlobs = false; // "blob": "code", not "checked"
};

/// The manifest that lies beside \p library under the same name (x.json for
/// x.so); nothing if there is no such file. Fails if it is for another library.
llvm::Expected<std::optional<PluginManifest>>
manifestBeside(llvm::StringRef library);

/// Reads a manifest of at most 64 KiB.
llvm::Expected<PluginManifest> readManifest(llvm::StringRef file);

/// Parses the text of a manifest; \p file stands in messages and gives the
/// folder of the library.
llvm::Expected<PluginManifest> parseManifest(llvm::StringRef text,
                                             llvm::StringRef file);

/// The runtime checker this process is built with, in the manifest's words.
/// Memory checkers need the whole process.
llvm::StringRef hostSanitizer();
inline bool isHostSanitized() { return hostSanitizer() != "none"; }

/// Fails if the host cannot use a plugin with this manifest; names the key and
/// both values.
llvm::Error checkManifest(const PluginManifest &manifest);

} // namespace glowplug
