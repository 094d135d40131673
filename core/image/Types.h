// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Between the image's element types and those of `core/support`, whose
/// numbers are the same; and the plain forms of an image's lists.

#pragma once

#include "core/image/image_generated.h"
#include "core/semantics/Types.h"

#include "llvm/ADT/SmallVector.h"

#include <string>

namespace glowplug {

static_assert(static_cast<int>(DType::boolean) ==
              static_cast<int>(image::DType::boolean));
static_assert(static_cast<int>(DType::i8) ==
              static_cast<int>(image::DType::i8));
static_assert(static_cast<int>(DType::u64) ==
              static_cast<int>(image::DType::u64));
static_assert(static_cast<int>(DType::f16) ==
              static_cast<int>(image::DType::f16));
static_assert(static_cast<int>(DType::f64) ==
              static_cast<int>(image::DType::MAX));
static_assert(dtypeCount == static_cast<int>(image::DType::MAX) + 1);

constexpr DType fromImage(image::DType type) {
  return static_cast<DType>(type);
}
constexpr image::DType toImage(DType type) {
  return static_cast<image::DType>(type);
}

/// The elements of an optional vector of an image; an absent one is empty.
/// Images are little-endian, as is every host that we run on.
template <typename T>
llvm::ArrayRef<T> arrayOf(const flatbuffers::Vector<T> *vector) {
  static_assert(FLATBUFFERS_LITTLEENDIAN);
  if (!vector)
    return {};
  return {vector->data(), vector->size()};
}

/// The text of an optional string of an image; an absent one is empty.
inline llvm::StringRef textOf(const flatbuffers::String *string) {
  return string ? llvm::StringRef(string->data(), string->size())
                : llvm::StringRef();
}

/// Whether ops of this kind are primitives: they are no constants, and name no
/// bodies.
constexpr bool isPrimitive(image::Attributes kind) {
  switch (kind) {
  case image::Attributes::NONE:
  case image::Attributes::Constant:
  case image::Attributes::Composite:
  case image::Attributes::If:
  case image::Attributes::Loop:
    return false;
  default:
    return kind <= image::Attributes::MAX;
  }
}

/// The bodies that \p op names, by index into Program.bodies.
inline llvm::SmallVector<uint32_t, 2> bodiesOf(const image::Op &op) {
  if (const image::Composite *composite = op.attributes_as_Composite())
    return {composite->body()};
  if (const image::If *choice = op.attributes_as_If())
    return {choice->then_body(), choice->else_body()};
  if (const image::Loop *loop = op.attributes_as_Loop())
    return {loop->body()};
  return {};
}

/// The feature of programs with the ops `if` and `loop`.
inline constexpr const char *controlFlowFeature = "control_flow";

/// The version numbers that this build writes and reads.
inline constexpr uint32_t imageContainerVersion = 0 << 16 | 2;
inline constexpr uint32_t imageOpsetVersion = 1;

} // namespace glowplug
