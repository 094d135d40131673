// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The errors of an import.

#pragma once

#include "core/support/FaultError.h"

namespace glowplug::importer {

/// The file breaks a rule of its format, or a limit.
inline llvm::Error invalid(const llvm::Twine &text) {
  return makeFault(FaultKind::model, text);
}
/// A valid model that uses what the importer does not know.
inline llvm::Error unsupported(const llvm::Twine &text) {
  return makeFault(FaultKind::unsupported, text);
}

} // namespace glowplug::importer
