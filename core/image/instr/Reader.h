// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From the bytes of an instr program to the instr dialect, and to its text.

#pragma once

#include "core/instr/Instr.h"

#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace glowplug {

/// The program of \p program for the machine of \p machine, which verifyInstr()
/// accepted. writeInstr() makes a program of it that does the same, with the
/// same names and layers. Views that are equal are one.
mlir::OwningOpRef<instr::ProgramOp> readInstr(mlir::MLIRContext *context,
                                              llvm::ArrayRef<uint8_t> program,
                                              llvm::ArrayRef<uint8_t> machine);

/// The same as text, which glowplug-opt parses.
std::string instrText(llvm::ArrayRef<uint8_t> program,
                      llvm::ArrayRef<uint8_t> machine);

} // namespace glowplug
