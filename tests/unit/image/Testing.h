// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Images that are valid but for one rule.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/image/Verify.h"

#include <gtest/gtest.h>

namespace glowplug::test {

/// What the verifier says of \p bytes; empty if they are valid.
inline std::string verifyError(llvm::ArrayRef<uint8_t> bytes) {
  llvm::Error error = verifyImage(bytes);
  return error ? llvm::toString(std::move(error)) : "";
}
inline std::string verifyError(const ProgramBuilder &program) {
  return verifyError(program.finish());
}

/// A program that has every kind of op, nested composites and segments.
void addEveryOp(ProgramBuilder &program);

} // namespace glowplug::test
