// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the sources of the plugin "counting" share.

#pragma once

#include <glowplug/replay.h>

#include <string>

struct gp_backend {
  const gp_host *host;
  std::string rule, npu;
  unsigned long spans = 0;
};

struct gp_executable {
  gp_backend *backend;
  gp_bytes image;
  bool hasRun = false;
};

/// The group "replay": a made-up run, whose records break the plugin's rule.
extern const gp_replay_group countingReplay;
