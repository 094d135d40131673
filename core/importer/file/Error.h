// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The errors of an import.

#pragma once

#include "core/support/FaultError.h"

namespace glowplug::importer {

/// The file breaks a rule of ONNX, or a limit.
inline llvm::Error invalid(const llvm::Twine &text) {
  return makeFault(FaultKind::model, text);
}
/// A valid model that uses what the importer does not know.
inline llvm::Error unsupported(const llvm::Twine &text) {
  return makeFault(FaultKind::unsupported, text);
}
/// A dim or an input has to be bound; \p text says how.
inline llvm::Error needsOption(const llvm::Twine &text) {
  return makeFault(FaultKind::usage, text);
}

} // namespace glowplug::importer
