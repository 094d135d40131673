// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One row per format.

#include "core/importer/Fronts.h"

#include "core/importer/onnx/Onnx.h"

using namespace glowplug;
using namespace glowplug::importer;

/// The first front that recognises a file takes it. An ONNX file has no magic
/// number, so ONNX comes last.
static constexpr Front fronts[] = {
    {"ONNX", nullptr, importOnnx, onnxInputs, summariseOnnx},
};

const Front &importer::frontFor(llvm::ArrayRef<uint8_t> bytes,
                                llvm::StringRef path) {
  for (const Front &front : fronts)
    if (!front.recognises || front.recognises(bytes, path))
      return front;
  llvm_unreachable("the last front takes every file");
}
