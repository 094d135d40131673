// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The host tensor: a dense row-major array with its type and shape.

#pragma once

#include "core/support/DType.h"
#include "core/support/Float16.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cassert>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace glowplug {

/// One element of type boolean: a byte that is 0 or 1. Its own type, because
/// reading another byte value as `bool` is undefined.
struct Boolean {
  uint8_t byte = 0;

  constexpr Boolean() = default;
  explicit constexpr Boolean(bool value) : byte(value) {}
  explicit constexpr operator bool() const { return byte != 0; }
};

namespace detail {
template <typename T>
struct DTypeOf {};
template <DType type>
struct DTypeIs {
  static constexpr DType value = type;
};
template <>
struct DTypeOf<Boolean> : DTypeIs<DType::boolean> {};
template <>
struct DTypeOf<int8_t> : DTypeIs<DType::i8> {};
template <>
struct DTypeOf<uint8_t> : DTypeIs<DType::u8> {};
template <>
struct DTypeOf<int16_t> : DTypeIs<DType::i16> {};
template <>
struct DTypeOf<uint16_t> : DTypeIs<DType::u16> {};
template <>
struct DTypeOf<int32_t> : DTypeIs<DType::i32> {};
template <>
struct DTypeOf<uint32_t> : DTypeIs<DType::u32> {};
template <>
struct DTypeOf<int64_t> : DTypeIs<DType::i64> {};
template <>
struct DTypeOf<uint64_t> : DTypeIs<DType::u64> {};
template <>
struct DTypeOf<Half> : DTypeIs<DType::f16> {};
template <>
struct DTypeOf<BFloat16> : DTypeIs<DType::bf16> {};
template <>
struct DTypeOf<float> : DTypeIs<DType::f32> {};
template <>
struct DTypeOf<double> : DTypeIs<DType::f64> {};
} // namespace detail

/// The element type that the C++ type \p T stores.
template <typename T>
inline constexpr DType dtypeOf = detail::DTypeOf<T>::value;

/// A dense row-major tensor in host memory.
///
/// A Tensor is a handle: copies share the bytes, which live as long as the
/// last of them; clone() makes new bytes. Storage that it allocates is 64-byte
/// aligned. A borrowed tensor refers to bytes of someone else, who keeps them
/// alive and at the alignment of their type. Different threads may read one
/// tensor; writing needs the usual care.
class Tensor {
public:
  /// No tensor: type `none`, rank 0, no bytes.
  Tensor() = default;

  /// A tensor of zeros. Fails on a shape that is not valid (negative dim, or
  /// too many bytes to count) and when memory runs out.
  static llvm::Expected<Tensor> zeros(DType type,
                                      llvm::ArrayRef<int64_t> shape);

  /// As zeros(), but the bytes are not set.
  static llvm::Expected<Tensor> uninitialized(DType type,
                                              llvm::ArrayRef<int64_t> shape);

  /// A tensor over bytes that stay with their owner. Read-only. \p bytes has
  /// exactly the size of the type and starts at a multiple of its element
  /// size; otherwise this fails.
  static llvm::Expected<Tensor> borrow(DType type,
                                       llvm::ArrayRef<int64_t> shape,
                                       llvm::ArrayRef<uint8_t> bytes);

  /// As borrow(), but the tensor may be written through.
  static llvm::Expected<Tensor>
  borrowMutable(DType type, llvm::ArrayRef<int64_t> shape,
                llvm::MutableArrayRef<uint8_t> bytes);

  /// A tensor with a copy of \p elements, whose number must fit \p shape. For
  /// small literals: aborts where zeros() would fail.
  template <typename T>
  static Tensor of(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> elements) {
    return copyOf(dtypeOf<T>, shape,
                  {reinterpret_cast<const uint8_t *>(elements.data()),
                   elements.size() * sizeof(T)});
  }
  template <typename T>
  static Tensor of(llvm::ArrayRef<int64_t> shape,
                   std::initializer_list<T> elements) {
    return of(shape, llvm::ArrayRef<T>(elements));
  }
  /// A tensor of rank 0.
  template <typename T>
  static Tensor scalar(T value) {
    return of(llvm::ArrayRef<int64_t>(), llvm::ArrayRef<T>(value));
  }

  DType dtype() const { return type; }
  llvm::ArrayRef<int64_t> shape() const { return dims; }
  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  int64_t elementCount() const { return count; }
  size_t byteCount() const {
    return static_cast<size_t>(count) * dtypeBytes(type);
  }
  /// False for the default-constructed tensor only.
  explicit operator bool() const { return type != DType::none; }

  llvm::ArrayRef<uint8_t> bytes() const { return {data, byteCount()}; }
  /// Only if writable().
  llvm::MutableArrayRef<uint8_t> mutableBytes() {
    assert(isWritable && "tensor is borrowed read-only");
    return {data, byteCount()};
  }
  bool writable() const { return isWritable; }
  /// False if the bytes are borrowed.
  bool ownsBytes() const { return storage != nullptr; }
  /// How many tensors, this one included, hold the bytes; 0 if borrowed.
  long shareCount() const { return storage.use_count(); }

  /// The elements. \p T must be the type that stores dtype().
  template <typename T>
  llvm::ArrayRef<T> elements() const {
    assert(dtypeOf<T> == type && "element type does not match");
    return {reinterpret_cast<const T *>(data), static_cast<size_t>(count)};
  }
  template <typename T>
  llvm::MutableArrayRef<T> mutableElements() {
    assert(dtypeOf<T> == type && "element type does not match");
    assert(isWritable && "tensor is borrowed read-only");
    return {reinterpret_cast<T *>(data), static_cast<size_t>(count)};
  }

  /// The same bytes under another shape with as many elements (asserted).
  Tensor reshaped(llvm::ArrayRef<int64_t> shape) const;

  /// A writable tensor with bytes of its own.
  llvm::Expected<Tensor> clone() const;

  /// The same of the first \p shape[i] elements along each dim i, which are no
  /// more than there are.
  llvm::Expected<Tensor> front(llvm::ArrayRef<int64_t> shape) const;

  /// For messages: "f32[1,3,8,8]".
  std::string typeString() const { return glowplug::typeString(type, dims); }

private:
  static Tensor copyOf(DType type, llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<uint8_t> bytes);

  std::shared_ptr<void> storage; // null when borrowed or empty
  uint8_t *data = nullptr;
  int64_t count = 0;
  llvm::SmallVector<int64_t, 4> dims;
  DType type = DType::none;
  bool isWritable = false;
};

/// Every element as a double; exact but for 64-bit integers, which round.
/// Boolean gives 0 and 1.
std::vector<double> toDoubles(const Tensor &tensor);

} // namespace glowplug
