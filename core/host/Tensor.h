// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Tensors that users of the host library make and receive.

#pragma once

#include "core/host/Result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace glowplug {
class Tensor;
} // namespace glowplug

namespace glowplug::host {

/// Type of one element; the numbers are those of the program image.
enum class ElementType : uint8_t {
  boolean = 1, ///< One byte, 0 or 1.
  i8 = 2,
  u8 = 3,
  i16 = 4,
  u16 = 5,
  i32 = 6,
  u32 = 7,
  i64 = 8,
  u64 = 9,
  f16 = 10,
  bf16 = 11,
  f32 = 12,
  f64 = 13,
};

/// A dense, row-major tensor in host memory. A handle: copies share the bytes,
/// which live as long as the last of them. Different tensors may be used from
/// different threads; the bytes of one are not guarded.
class Tensor {
public:
  /// No tensor: for inputs that a model has bound.
  Tensor() = default;
  /// For Glowplug itself.
  explicit Tensor(std::shared_ptr<glowplug::Tensor> tensor)
      : held(std::move(tensor)) {}

  /// Zeros. A shape that is not valid is a fault of kind `usage`.
  static Result<Tensor> zeros(ElementType type, std::span<const int64_t> shape);
  /// A copy of \p bytes, which have the size of the type.
  static Result<Tensor> copyOf(ElementType type, std::span<const int64_t> shape,
                               std::span<const uint8_t> bytes);
  /// Reads a file of ONNX's TensorProto, or of NumPy where it ends in .npy.
  static Result<Tensor> read(const std::string &path);

  explicit operator bool() const { return held != nullptr; }

  // Only of a tensor:
  ElementType type() const;
  std::span<const int64_t> shape() const;
  std::span<const uint8_t> bytes() const;
  std::span<uint8_t> mutableBytes();

  const glowplug::Tensor &core() const { return *held; }

private:
  std::shared_ptr<glowplug::Tensor> held;
};

} // namespace glowplug::host
