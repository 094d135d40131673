// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of storage types, and what their codes stand for.

#include "core/importer/onnx/model/StorageTypes.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>
#include <cmath>
#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

static constexpr StorageType types[] = {
    {"float8e4m3fn", 17, DType::u8, 8, 4, 3, 7, Specials::nan},
    {"float8e4m3fnuz", 18, DType::u8, 8, 4, 3, 8, Specials::minusZero},
    {"float8e5m2", 19, DType::u8, 8, 5, 2, 15, Specials::infinities},
    {"float8e5m2fnuz", 20, DType::u8, 8, 5, 2, 16, Specials::minusZero},
    {"uint4", 21, DType::u8, 4},
    {"int4", 22, DType::i8, 4},
    {"float4e2m1", 23, DType::u8, 4, 2, 1, 1, Specials::none},
    {"float8e8m0", 24, DType::u8, 8, 8, 0, 127, Specials::powers},
    {"uint2", 25, DType::u8, 2},
    {"int2", 26, DType::i8, 2},
};

const StorageType *importer::storageTypeOf(int64_t type) {
  const auto *found = llvm::find_if(
      types, [&](const StorageType &one) { return one.number == type; });
  return found == std::end(types) ? nullptr : found;
}

int StorageType::largestCode() const {
  const int magnitudes = (1 << (exponentBits + fractionBits)) - 1;
  switch (specials) {
  case Specials::infinities: // below the code of infinity
    return magnitudes - (1 << fractionBits);
  case Specials::nan:
  case Specials::powers:
    return magnitudes - 1;
  case Specials::minusZero:
  case Specials::none:
    break;
  }
  return magnitudes;
}

int StorageType::nanCode() const {
  switch (specials) {
  case Specials::infinities: // quiet: the first bit of the fraction is set
    return largestCode() + 1 + (1 << (fractionBits - 1));
  case Specials::nan:
  case Specials::powers:
    return largestCode() + 1;
  case Specials::minusZero:
  case Specials::none:
    break;
  }
  return largestCode() + 1; // the sign alone
}

float importer::decode(const StorageType &type, uint8_t code) {
  const int bits = code & ((1 << type.bits) - 1);
  if (type.specials == Specials::powers)
    return bits == type.nanCode() ? std::numeric_limits<float>::quiet_NaN()
                                  : std::ldexp(1.0F, bits - type.bias);
  const int magnitude = bits & ((1 << (type.bits - 1)) - 1);
  const bool isNegative = magnitude != bits;
  const float nan = std::copysign(std::numeric_limits<float>::quiet_NaN(),
                                  isNegative ? -1.0F : 1.0F);
  if (type.specials == Specials::minusZero && bits == type.nanCode())
    return nan;
  if (magnitude > type.largestCode())
    return type.specials == Specials::infinities &&
                   magnitude == type.largestCode() + 1
               ? (isNegative ? -1 : 1) * std::numeric_limits<float>::infinity()
               : nan;
  const int exponent = magnitude >> type.fractionBits;
  const int fraction = magnitude & ((1 << type.fractionBits) - 1);
  // Below the first exponent, numbers have no leading 1.
  const int digits =
      exponent == 0 ? fraction : fraction + (1 << type.fractionBits);
  const float value =
      std::ldexp(static_cast<float>(digits),
                 std::max(exponent, 1) - type.bias - type.fractionBits);
  return isNegative ? -value : value;
}

int64_t importer::packedBytes(const StorageType &type, int64_t count) {
  const int perByte = 8 / type.bits;
  return count / perByte + (count % perByte != 0);
}

void importer::unpack(const StorageType &type, llvm::ArrayRef<uint8_t> packed,
                      llvm::MutableArrayRef<uint8_t> to) {
  assert(static_cast<int64_t>(packed.size()) ==
         packedBytes(type, static_cast<int64_t>(to.size())));
  const size_t perByte = 8 / type.bits;
  const unsigned mask = (1U << type.bits) - 1;
  const unsigned sign = type.codes == DType::i8 ? 1U << (type.bits - 1) : 0;
  for (size_t i = 0; i < to.size(); ++i) {
    const unsigned bits =
        packed[i / perByte] >> (i % perByte * type.bits) & mask;
    to[i] = static_cast<uint8_t>((bits ^ sign) - sign);
  }
}
