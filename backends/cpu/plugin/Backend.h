// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The objects behind the ABI handles, and the way errors cross it.
#pragma once

#include "backends/cpu/compiler/Compiler.h"
#include "backends/cpu/runtime/Executable.h"

#include <glowplug/backend.h>
#include <glowplug/glue/guard.h>

/// One opened CPU backend.
struct gp_backend {
  const gp_host *host;
  glowplug::cpu::Target target;
  glowplug::cpu::CompileOptions options;
  std::string targetText;
};

/// One loaded program.
struct gp_executable {
  const gp_host *host;
  std::unique_ptr<glowplug::cpu::Executable> program;
};

namespace glowplug::cpu {

/// An option of create().
struct OptionInfo {
  const char *key;
  const char *defaultValue;
  const char *help;
};
llvm::ArrayRef<OptionInfo> optionTable();

/// Opens a backend with \p options.
llvm::Expected<std::unique_ptr<gp_backend>>
openBackend(const gp_host *host, llvm::ArrayRef<gp_option> options);

gp_status *describe(gp_backend *backend, const gp_describe_sink *sink);
gp_status *check(gp_backend *backend, const gp_check_args *args);

using glue::fail;
using glue::guard;

} // namespace glowplug::cpu
