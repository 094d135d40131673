// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The end of what a process writes on standard error.

#pragma once

#include "backend-api/process/Descriptor.h"

#include <string>
#include <string_view>

namespace glowplug::process {

/// Reads a pipe and keeps its last bytes. The default has no pipe.
class Tail {
public:
  Tail() = default;
  /// Takes \p pipe, which becomes non-blocking. With \p isShown what comes also
  /// goes to the standard error of this process, with \p prefix before each
  /// line.
  Tail(Descriptor pipe, bool isShown, std::string prefix = {});

  /// What to poll for reading, or -1.
  int descriptor() const { return pipe.get(); }
  /// Reads what is there, but not for ever: a process may write faster than
  /// this one reads.
  void drain();
  /// The last 4 KiB, or less.
  const std::string &text() const { return kept; }
  /// The last lines on one line: at most 3 of them and 400 bytes.
  std::string lastLines() const;

private:
  void show(std::string_view text);

  Descriptor pipe;
  bool isShown = false;
  std::string prefix;
  bool isAtLineStart = true;
  std::string kept;
};

} // namespace glowplug::process
