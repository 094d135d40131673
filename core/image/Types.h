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

/// The version numbers that this build writes and reads.
inline constexpr uint32_t imageContainerVersion = 0 << 16 | 2;
inline constexpr uint32_t imageOpsetVersion = 1;

} // namespace glowplug
