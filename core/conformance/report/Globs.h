// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Patterns of names of cases.

#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/GlobPattern.h"

#include <string>
#include <vector>

namespace glowplug::conformance {

/// Globs with `*` (which matches '/' too), `?`, `[a-z]` and `{a,b}`.
class Globs {
public:
  /// The error, of kind `model`, quotes the pattern that is broken.
  static llvm::Expected<Globs> parse(const std::vector<std::string> &patterns);

  /// Whether one of them matches all of \p name.
  bool matches(llvm::StringRef name) const;

private:
  std::vector<llvm::GlobPattern> globs;
  /// What the globs refer to; shared, so that it does not move.
  std::shared_ptr<const std::vector<std::string>> texts;
};

} // namespace glowplug::conformance
