/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The way of failures out of a plugin that is written in C++. C++17.
 */
#ifndef GLOWPLUG_GLUE_GUARD_H
#define GLOWPLUG_GLUE_GUARD_H

#include <glowplug/backend.h>

#include <exception>
#include <new>
#include <string>

namespace glowplug::glue {

/// Returns a failure made by \p host.
inline gp_status *fail(const gp_host *host, gp_status_code code,
                       const std::string &text) {
  return host->fail(host, code, text.c_str());
}

/// Runs \p body, which returns a gp_status *; what it throws becomes a failure.
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

} // namespace glowplug::glue

#endif // GLOWPLUG_GLUE_GUARD_H
