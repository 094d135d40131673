// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The objects behind the ABI handles, and the way errors cross it.
#pragma once

#include "backends/cpu/compiler/Compiler.h"
#include "backends/cpu/runtime/Executable.h"

#include <glowplug/backend.h>

#include <exception>
#include <new>

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

/// Returns a failure made by \p host.
inline gp_status *fail(const gp_host *host, gp_status_code code,
                       const std::string &text) {
  return host->fail(host, code, text.c_str());
}

/// Runs \p body; what it throws becomes a failure.
template <typename Body>
gp_status *guard(const gp_host *host, Body body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return fail(host, GP_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &problem) {
    return fail(host, GP_INTERNAL, problem.what());
  } catch (...) {
    return fail(host, GP_INTERNAL, "unknown exception");
  }
}

} // namespace glowplug::cpu
