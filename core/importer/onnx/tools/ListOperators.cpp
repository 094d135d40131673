// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints docs/reference/operators.md.

#include "core/importer/onnx/ops/Registry.h"

#include "llvm/Support/raw_ostream.h"

int main() {
  llvm::outs() << glowplug::importer::operatorsPage();
  return 0;
}
