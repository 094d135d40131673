// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the IR after each stage into numbered files.

#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassInstrumentation.h"

#include <string>

namespace glowplug {

/// Writes files 01-import.mlir, 02-PASS.mlir, ... into a folder. Contents of
/// large constants are left out.
class IrDump {
public:
  /// \p folder is made if it is not there; empty: nothing is written.
  explicit IrDump(std::string folder) : folder(std::move(folder)) {}

  llvm::Error prepare() const;
  void write(llvm::StringRef stage, mlir::Operation *op);
  /// Writes bytes as they are, under the number of the last stage.
  void writeBytes(llvm::StringRef name, llvm::ArrayRef<uint8_t> bytes);

  /// Writes after each pass of a pass manager; null if nothing is written. The
  /// dump outlives it.
  std::unique_ptr<mlir::PassInstrumentation> instrumentation();

  /// The first thing that went wrong, or success. Call once, at the end.
  llvm::Error finish();

private:
  void put(const std::string &name,
           llvm::function_ref<void(llvm::raw_ostream &)> print);

  std::string folder;
  unsigned stage = 0;
  std::string problem;
};

} // namespace glowplug
