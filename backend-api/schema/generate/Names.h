// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Names of the generated C identifiers.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace glowplug::accessors {

/// MatMul -> mat_mul, DType -> dtype, NONE -> none: an underscore stands before
/// each capital that follows a small letter or a digit.
std::string snakeCase(std::string_view name);

/// The part of \p name after the last dot.
std::string_view withoutNamespace(std::string_view name);

/// The ordinary identifiers of the header; C has one space for all of them.
class Identifiers {
public:
  /// Takes \p name. \throws std::runtime_error when it is taken already.
  const std::string &add(const std::string &name);

  bool contains(const std::string &name) const { return taken.count(name); }

private:
  std::set<std::string> taken;
};

} // namespace glowplug::accessors
