// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An ONNX model that is to be quantised.

#pragma once

#include "core/driver/ModelSource.h"
#include "core/quantize/ptq/Quantize.h"

namespace glowplug {

/// An ONNX model, and the hash of its bytes.
struct OnnxFile {
  std::string name; ///< For messages.
  ptq::OnnxGraph graph;
  std::string sha256;

  /// Reads \p source as the importer does, which checks what other parsers do
  /// not.
  static llvm::Expected<OnnxFile> read(const ModelSource &source);

  /// Messages name the model, but for faults of kind `usage`.
  llvm::Expected<ptq::QuantizeResult>
  quantize(const ptq::Profile &profile,
           const ptq::QuantizeOptions &options) const;
};

/// The model in \p quantized, which was made from \p name. Refers to
/// \p quantized.
ModelSource quantizedSource(const ptq::QuantizeResult &quantized,
                            const std::string &name);

} // namespace glowplug
