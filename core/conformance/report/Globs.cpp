// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Patterns of names of cases.

#include "core/conformance/report/Globs.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {

/// Of one pattern with braces.
static constexpr size_t mostSubPatterns = 1024;

llvm::Expected<Globs> Globs::parse(const std::vector<std::string> &patterns) {
  Globs result;
  result.texts = std::make_shared<const std::vector<std::string>>(patterns);
  for (const std::string &text : *result.texts) {
    llvm::Expected<llvm::GlobPattern> glob =
        llvm::GlobPattern::create(text, mostSubPatterns);
    if (!glob)
      return makeFault(FaultKind::model,
                       "the pattern '" + text +
                           "' is broken: " + llvm::toString(glob.takeError()));
    result.globs.push_back(std::move(*glob));
  }
  return result;
}

bool Globs::matches(llvm::StringRef name) const {
  return llvm::any_of(
      globs, [&](const llvm::GlobPattern &glob) { return glob.match(name); });
}

} // namespace glowplug::conformance
