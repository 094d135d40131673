// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What went wrong, as a value: for callers who decide by it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug {

/// Who can do something about a fault, and what.
enum class FaultKind : uint8_t {
  usage,       ///< The caller has to give something else.
  model,       ///< The model, or a file made from it, breaks a rule.
  unsupported, ///< A valid model that the compiler does not take.
  backend,     ///< A backend failed, or cannot be used.
  resources,   ///< Memory ran out, or a limit of the machine was met.
  mismatch,    ///< Outputs are not what they should be.
  interrupted, ///< The caller asked to stop.
  internal,    ///< A defect of Glowplug itself.
};

/// The name of a kind, for machines: "usage", "model", ...
const char *faultKindName(FaultKind kind);

/// What a caller gives along with a model.
enum class SettingKind : uint8_t {
  none,
  dim,       ///< The size of a symbolic dimension.
  binding,   ///< The value of an input.
  keptFloat, ///< A layer that is not to be quantised.
};

/// Settings of one kind, by the names of what they are for.
struct Setting {
  SettingKind kind = SettingKind::none;
  std::vector<std::string> names = {};
};

/// One failure.
struct Fault {
  FaultKind kind = FaultKind::internal;
  std::string message; ///< A whole sentence for people.
  /// What the message is about, where that has a name: a file, a backend or an
  /// option. Empty if it has none.
  std::string place = {};
  /// What the caller has to give, or to give otherwise. A front knows how its
  /// users say that: the command has options.
  Setting setting = {};
};

/// \p fault, as it concerns the file \p name: the message begins with the name
/// unless the fault is about that file anyway.
Fault inFile(const std::string &name, Fault fault);

} // namespace glowplug
