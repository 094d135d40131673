// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The objects that the ABI handles stand for, and how errors cross the ABI.
#pragma once

#include "backends/cpu/compiler/Compiler.h"
#include "backends/cpu/runtime/Executable.h"

#include <glowplug/backend.h>
#include <glowplug/glue/plugin.h>

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

llvm::ArrayRef<glue::Option> optionTable();

/// Opens a backend with \p options.
llvm::Expected<std::unique_ptr<gp_backend>>
openBackend(const gp_host *host, llvm::ArrayRef<gp_option> options);

gp_status *describe(const gp_backend &backend, const gp_describe_sink &sink);
gp_status *check(const gp_check_args &args);

using glue::fail;

} // namespace glowplug::cpu
