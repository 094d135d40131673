// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The schemas of backend-api/schema, built into the command.

#pragma once

namespace glowplug::cli {

extern const char *const imageSchema;
extern const char *const machineSchema;
extern const char *const instrSchema;

} // namespace glowplug::cli
