// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Ends long work early, with what there is.

#pragma once

namespace glowplug::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is noted, not obeyed.
/// The second ends the command. There is one at a time.
class StopSignal {
public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal &) = delete;
  StopSignal &operator=(const StopSignal &) = delete;

  static bool isAsked();
};

} // namespace glowplug::cli
