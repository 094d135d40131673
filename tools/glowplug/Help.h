// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Help texts of the command and its verbs.

#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace glowplug::cli {

/// What the help of a verb says beside its options.
struct HelpText {
  std::string usage; ///< After the name of the verb.
  std::vector<std::string> examples;
  std::string status; ///< After "exit status: ".
  /// Names the options about import in one line that points to this verb, where
  /// there are too many others.
  std::string importLike = {};
  /// Likewise about isolation; empty for the verb that lists them.
  std::string isolationLike = "backends";
};

/// Gives \p app its help.
void setHelp(CLI::App &app, HelpText text);

/// Gives the command itself its help, which lists the verbs.
void setMainHelp(CLI::App &app);

} // namespace glowplug::cli
