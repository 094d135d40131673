// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A model on its way into the compiler.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace glowplug {

enum class ModelFormat : uint8_t {
  onnx,
  prim, ///< prim IR as text.
};

/// A file, or bytes in memory. Bytes stay with the caller, who keeps them until
/// the call that is given the source returns.
struct ModelSource {
  ModelFormat format = ModelFormat::onnx;
  std::string name; ///< Path of a file; of bytes, what messages call them.
  std::optional<std::span<const uint8_t>> bytes; ///< Nothing: read the file.
  /// Where external data of bytes lies; a file has its own folder.
  std::string folder = {};

  /// The file \p path, which is prim IR if it ends in .mlir.
  static ModelSource file(std::string path) {
    const auto format =
        path.ends_with(".mlir") ? ModelFormat::prim : ModelFormat::onnx;
    return {format, std::move(path), std::nullopt};
  }

  /// An ONNX model in memory.
  static ModelSource onnx(std::span<const uint8_t> bytes, std::string name) {
    return {ModelFormat::onnx, std::move(name), bytes};
  }
};

} // namespace glowplug
