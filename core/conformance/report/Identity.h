// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a run was made of: everything that its verdicts depend on, and, apart
/// from that, where and when it happened.

#pragma once

#include "core/conformance/record/Journal.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace glowplug::conformance {

/// Of this suite: its cases, rules and profiles. Reports of other versions are
/// not judged again.
inline constexpr const char *suiteVersion = "1.0";

/// A file by its contents. The name has no folder.
struct HashedFile {
  std::string name;
  std::string sha256; ///< 64 lower-case hexadecimal digits.

  bool operator==(const HashedFile &) const = default;
};

/// The same for all shards of a run but for `shard`.
struct Identity {
  std::string suite;                  ///< suiteVersion
  std::vector<HashedFile> suiteFiles; ///< The command, workers and libraries.
  std::vector<HashedFile> headers;    ///< Of the ABI.
  std::string pluginName, pluginVersion; ///< As it describes itself.
  HashedFile plugin;
  HashedFile manifest; ///< Its hash is empty if there is none.
  /// Of the plugin, in the order in which they are given.
  std::vector<std::pair<std::string, std::string>> options;
  std::string level; ///< "smoke", "quick" or "full"
  uint64_t seed = 0;
  unsigned shard = 1, shards = 1;  ///< 1 <= shard <= shards
  std::vector<std::string> filter; ///< Globs of names; empty: all cases.
  std::map<std::string, std::string> profiles; ///< Name to version.

  bool operator==(const Identity &) const = default;
};

/// Hashes the file at \p path. Its name is the last part of the path.
llvm::Expected<HashedFile> hashFile(const std::string &path);

/// What a journal of such a run is known by.
RunKey runKey(const Identity &identity);

/// The shard from 1 to \p shards that runs the case \p name. It depends on
/// nothing else, so that shards need not know of each other.
unsigned shardOf(llvm::StringRef name, unsigned shards);

struct Machine {
  std::string cpu;                   ///< Its model.
  std::vector<std::string> features; ///< As the kernel names them, sorted.
  std::string kernel;                ///< "Linux 6.1.0 x86_64"
  uint64_t memoryBytes = 0;

  bool operator==(const Machine &) const = default;
  /// Of all of it.
  std::string sha256() const;
};

/// This machine. What the kernel does not say is empty.
Machine thisMachine();

/// Where and when a shard ran. No verdict depends on it but those of waivers,
/// which end.
struct Environment {
  unsigned shard = 1;
  std::string started, finished; ///< "2026-01-31T12:00:00Z"
  std::string command;           ///< As it was given.
  unsigned jobs = 1;
  Machine machine;
};

/// Now, as an Environment has it.
std::string timeText();

} // namespace glowplug::conformance
