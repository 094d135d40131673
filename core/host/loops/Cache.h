// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A folder of compiled models that several processes may share.

#pragma once

#include "core/host/loops/CacheKey.h"

namespace glowplug {

/// A cache in one folder: a .gpx file for each key. An entry is written under a
/// temporary name and then renamed, so that readers see all of it or nothing;
/// it never changes afterwards.
class ModelCache {
public:
  /// Makes the folder if there is none; a fault of kind `usage` if that cannot
  /// be done.
  static llvm::Expected<ModelCache> open(const CacheOptions &options);

  /// What was compiled for \p key, if it is there and whole. A damaged entry is
  /// removed.
  std::optional<Artifact> find(const CacheKey &key) const;

  /// Keeps \p artifact, which was compiled from \p request. Then removes the
  /// entries that were used least recently, until all of them have at most the
  /// bytes of the options.
  llvm::Error store(const CacheKey &key, const CompileRequest &request,
                    const Artifact &artifact) const;

private:
  explicit ModelCache(const CacheOptions &options) : options(options) {}
  std::string pathOf(llvm::StringRef name) const;
  std::optional<Artifact> read(llvm::StringRef name, const Sha256 &model) const;
  void trim() const;

  CacheOptions options;
};

} // namespace glowplug
