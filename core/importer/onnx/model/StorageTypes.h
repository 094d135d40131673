// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types of ONNX that exist in files only. The compiler computes on
/// codes: a tensor of such a type is a tensor of u8 or i8, and the importer
/// knows which type the codes are of.

#pragma once

#include "core/support/DType.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace glowplug::importer {

/// What the codes of a float have besides numbers.
enum class Specials : uint8_t {
  infinities, ///< As IEEE 754: all ones in the exponent.
  nan,        ///< All ones are NaN; there is no infinity.
  minusZero,  ///< NaN in the place of -0; there is no infinity.
  none,       ///< Numbers only.
  powers,     ///< Powers of two without a sign; all ones are NaN.
};

/// One of these types. An integer's codes are its values; a float's are its
/// bits, the sign first.
struct StorageType {
  llvm::StringLiteral name; ///< As in messages: "float8e5m2".
  int32_t number;           ///< In TensorProto.DataType.
  DType codes;              ///< u8 or i8.
  int bits;                 ///< 8, 4 or 2; less than 8 are packed in files.
  /// Of floats; else 0.
  int exponentBits = 0, fractionBits = 0, bias = 0;
  Specials specials = Specials::none;

  bool isFloat() const { return exponentBits != 0; }
  /// The code of the largest number.
  int largestCode() const;
  /// The code of NaN without a sign; of a type without NaN, what ONNX makes of
  /// a NaN, which is -0.
  int nanCode() const;
};

/// The storage type that the ONNX number \p type names; null for all others.
const StorageType *storageTypeOf(int64_t type);

/// Which values of a model hold codes, and of what, by their names.
using StorageNames = llvm::StringMap<const StorageType *>;

/// The number that \p code, the low bits of a byte, stands for. Exact.
float decode(const StorageType &type, uint8_t code);

/// How many bytes \p count elements of \p type take in a file.
int64_t packedBytes(const StorageType &type, int64_t count);

/// Takes \p to.size() elements of \p type out of \p packed, which has
/// packedBytes() of them: the first element is in the lowest bits. Integers
/// with a sign are extended.
void unpack(const StorageType &type, llvm::ArrayRef<uint8_t> packed,
            llvm::MutableArrayRef<uint8_t> to);

} // namespace glowplug::importer
