// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales and zero points: how nodes give them, and what is wrong with them.

#include "core/importer/onnx/ops/QuantParams.h"

#include "core/importer/file/Shapes.h"
#include "core/prim/Constant.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

Value ParamInput::along(Node &n, int64_t rank, int64_t dim) const {
  if (isOfBlocks)
    return value;
  if (isOne())
    return n.b.reshape(value, Shape(rank, 1));
  return n.b.reshape(value, onesBut(rank, dim, prim::shapeOf(value)[0]));
}

SmallVector<int32_t> ParamInput::integers() const {
  SmallVector<int32_t> result;
  for (double entry : toDoubles(*known))
    result.push_back(static_cast<int32_t>(entry));
  return result;
}

/// Input \p i, checked to have one entry or those of \p entries.
static ParamInput readParam(Node &n, unsigned i, const Twine &name,
                            const Entries &entries) {
  if (!entries.blocks.empty()) {
    if (!n.check(n.shape(i) == ArrayRef<int64_t>(entries.blocks),
                 name + " needs shape " + shapeString(entries.blocks) + " (" +
                     entries.what + "), but has " + shapeString(n.shape(i))))
      return {};
    return {n.input(i), n.knownConstant(i), /*isOfBlocks=*/true};
  }
  if (!n.check(n.rank(i) <= 1, name + " needs rank 0 or 1, but has shape " +
                                   shapeString(n.shape(i))))
    return {};
  const int64_t count = product(n.shape(i));
  const std::string expected =
      entries.what.empty() ? std::string("1 entry")
                           : "1 entry or " + std::to_string(entries.count) +
                                 " (" + entries.what + ")";
  if (!n.check(count == 1 || (!entries.what.empty() && count == entries.count),
               name + " needs " + expected + ", but has " + Twine(count)))
    return {};
  ParamInput result{n.input(i), n.knownConstant(i), /*isOfBlocks=*/false};
  if (count == 1)
    result.value = n.b.reshape(result.value, {});
  return result;
}

static std::string numberString(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

ParamInput importer::readScale(Node &n, unsigned i, const Twine &name,
                               const Entries &entries, bool onlyF32) {
  if (!n.check(n.hasInput(i), name + " (input " + Twine(i) + ") is missing"))
    return {};
  if (!n.check(onlyF32 ? n.dtype(i) == DType::f32 : isFloat(n.dtype(i)),
               name + " needs to be " + (onlyF32 ? "f32" : "floats") +
                   ", but is " + dtypeName(n.dtype(i))))
    return {};
  ParamInput result = readParam(n, i, name, entries);
  if (result && result.known)
    for (double value : toDoubles(*result.known))
      if (!n.check(std::isfinite(value) && value > 0,
                   name + " needs to be finite and above 0, but is " +
                       numberString(value)))
        return {};
  return result;
}

ParamInput importer::readZeroPoint(Node &n, unsigned i, const Twine &name,
                                   DType type, const Entries &entries) {
  if (!n.hasInput(i)) {
    const Type element = prim::elementType(n.b.builder.getContext(), type);
    return {n.b.splat(int64_t(0), element),
            llvm::cantFail(Tensor::zeros(type, {})), /*isOfBlocks=*/false};
  }
  if (!n.check(n.dtype(i) == type, name + " needs to be " + dtypeName(type) +
                                       ", but is " + dtypeName(n.dtype(i))))
    return {};
  return readParam(n, i, name, entries);
}

bool importer::isEightBits(Node &n, unsigned i, const Twine &name) {
  const DType type = n.dtype(i);
  return n.check(type == DType::i8 || type == DType::u8,
                 name + " needs to be i8 or u8, but is " + dtypeName(type));
}

Quantised importer::readQuantised(Node &n, unsigned first, StringRef name) {
  Quantised result;
  if (!isEightBits(n, first, name))
    return result;
  result.data = n.input(first);
  result.scale = readScale(n, first + 1, name + "_scale");
  if (result.scale)
    result.zp =
        readZeroPoint(n, first + 2, name + "_zero_point", n.dtype(first));
  return result;
}

QuantParams importer::readQuantParams(Node &n, unsigned first, StringRef name,
                                      DType type) {
  QuantParams result;
  result.scale = readScale(n, first, name + "_scale");
  if (result.scale)
    result.zp = readZeroPoint(n, first + 1, name + "_zero_point", type);
  return result;
}

Value importer::dequantized(Node &n, const Quantised &q) {
  return n.b.map({q.data, q.scale.value, q.zp.value},
                 [](ScalarBuilder &s, ValueRange v) {
                   return s.dequantize(v[0], v[1], v[2]);
                 });
}

Value importer::quantized(Node &n, Value x, const QuantParams &result) {
  return n.b.map({x, result.scale.value, result.zp.value},
                 [](ScalarBuilder &s, ValueRange v) {
                   return s.quantize(v[0], v[1], v[2]);
                 });
}
