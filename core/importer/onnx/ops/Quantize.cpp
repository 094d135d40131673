// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From floats to quantised integers and back.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/QuantParams.h"

using namespace glowplug;
using namespace glowplug::importer;

/// The axis of a per-axis form, which came with version 13; nothing if there
/// has to be one entry for all.
static std::optional<int64_t> readAxis(Node &n) {
  if (n.opset() < 13)
    return std::nullopt;
  const int64_t given = n.intAttr("axis", 1);
  const int64_t rank = n.rank(0);
  // A tensor of rank 0 or 1 with one scale for all needs no valid axis.
  return rank <= 1 && given == 1 ? 0 : n.axis(given, rank);
}

/// The same in com.microsoft.
static std::optional<int64_t> readMicrosoftAxis(Node &n) {
  if (!n.hasAttr("axis"))
    return std::nullopt;
  return n.axis(n.intAttr("axis", 1), n.rank(0));
}

static Entries entriesAlong(Node &n, std::optional<int64_t> axis) {
  if (!axis || *axis >= n.rank(0))
    return {};
  return {n.shape(0)[*axis], "one per element of axis " +
                                 std::to_string(*axis) + " of " +
                                 shapeString(n.shape(0))};
}

/// A zero point that is given has as many entries as the scale.
static bool checkAlike(Node &n, const ParamInput &scale, StringRef scaleName,
                       StringRef zeroPointName) {
  const int64_t count = product(n.shape(1));
  return !n.hasInput(2) ||
         n.check(product(n.shape(2)) == count,
                 zeroPointName + " needs as many entries as " + scaleName +
                     ", " + Twine(count) + ", but has " +
                     Twine(product(n.shape(2))));
}

/// Attributes of later versions, in the forms that are supported.
static bool readLaterAttributes(Node &n) {
  if (n.opset() >= 19)
    n.ignoreAttr("saturate"); // speaks of 8-bit floats only
  if (n.opset() >= 21 && n.intAttr("block_size", 0) != 0) {
    (void)n.unsupported("block_size is not supported");
    return false;
  }
  return true;
}

/// To integers of \p type, unless there is a zero point that says it.
static LogicalResult quantize(Node &n, std::optional<int64_t> axis,
                              DType type = DType::u8) {
  const Entries entries = entriesAlong(n, axis);
  const ParamInput scale =
      readScale(n, 1, "y_scale", entries, /*onlyF32=*/false);
  if (!scale)
    return llvm::failure();
  if (n.hasInput(2))
    type = n.dtype(2);
  if (!n.check(isInteger(type) && dtypeBytes(type) <= 2,
               "y needs to be an integer of 8 or 16 bits, but is " +
                   dtypeName(type)))
    return llvm::failure();
  const ParamInput zp = readZeroPoint(n, 2, "y_zero_point", type, entries);
  if (!zp || !checkAlike(n, scale, "y_scale", "y_zero_point"))
    return llvm::failure();
  const int64_t rank = n.rank(0), dim = axis.value_or(0);
  Value x = n.b.cast(n.input(0), prim::elementOf(scale.value));
  return n.result(
      n.b.map({x, scale.along(n, rank, dim), zp.along(n, rank, dim)},
              [](ScalarBuilder &s, ValueRange v) {
                return s.quantize(v[0], v[1], v[2]);
              }));
}

static LogicalResult dequantize(Node &n, std::optional<int64_t> axis) {
  if (!n.check(isInteger(n.dtype(0)),
               "x needs to be integers, but is " + dtypeName(n.dtype(0))))
    return llvm::failure();
  const Entries entries = entriesAlong(n, axis);
  const ParamInput scale =
      readScale(n, 1, "x_scale", entries, /*onlyF32=*/false);
  if (!scale)
    return llvm::failure();
  const ParamInput zp =
      readZeroPoint(n, 2, "x_zero_point", n.dtype(0), entries);
  if (!zp || !checkAlike(n, scale, "x_scale", "x_zero_point"))
    return llvm::failure();
  const int64_t rank = n.rank(0), dim = axis.value_or(0);
  // Computed sums of 32 bits round to f32 before the product, as in ONNX
  // Runtime; constants (biases) are kept as they are.
  const bool roundsFirst = n.dtype(0) == DType::i32 &&
                           n.dtype(1) == DType::f32 && !n.knownConstant(0);
  return n.result(
      n.b.map({n.input(0), scale.along(n, rank, dim), zp.along(n, rank, dim)},
              [&](ScalarBuilder &s, ValueRange v) {
                if (roundsFirst)
                  return s.mul(s.cast(s.sub(v[0], v[2]), v[1].getType()), v[1]);
                return s.dequantize(v[0], v[1], v[2]);
              }));
}

static LogicalResult quantizeLinear(Node &n) {
  const std::optional<int64_t> axis = readAxis(n);
  if (n.failed() || !readLaterAttributes(n))
    return llvm::failure();
  const int64_t number = n.opset() < 21 ? 0 : n.intAttr("output_dtype", 0);
  if (number == 0)
    return quantize(n, axis);
  const std::optional<DType> type = dtypeOfOnnx(number);
  if (!type)
    return n.unsupported("output_dtype " + onnxTypeName(number) +
                         " is not supported");
  if (n.hasInput(2) &&
      !n.check(n.dtype(2) == *type, "output_dtype is " + dtypeName(*type) +
                                        ", but y_zero_point is " +
                                        dtypeName(n.dtype(2))))
    return llvm::failure();
  return quantize(n, axis, *type);
}

static LogicalResult dequantizeLinear(Node &n) {
  const std::optional<int64_t> axis = readAxis(n);
  if (n.failed() || !readLaterAttributes(n))
    return llvm::failure();
  return dequantize(n, axis);
}

static LogicalResult microsoftQuantizeLinear(Node &n) {
  const std::optional<int64_t> axis = readMicrosoftAxis(n);
  return n.failed() ? llvm::failure() : quantize(n, axis);
}

static LogicalResult microsoftDequantizeLinear(Node &n) {
  const std::optional<int64_t> axis = readMicrosoftAxis(n);
  return n.failed() ? llvm::failure() : dequantize(n, axis);
}

DynamicallyQuantised importer::quantiseDynamically(Node &n, Value x) {
  PrimBuilder &b = n.b;
  const Type f32 = b.builder.getF32Type();
  const Type u8 = b.builder.getIntegerType(8, false);
  Value flat = b.reshape(x, {product(prim::shapeOf(x))});
  Value low = b.reduce(ReduceKind::min, flat, {0});
  Value high = b.reduce(ReduceKind::max, flat, {0});
  auto extended = [&](ScalarBuilder &s, ValueRange v) {
    Value zero = s.number(0.0, f32);
    return std::pair(s.min(v[0], zero), s.max(v[1], zero));
  };
  Value scale = b.map({low, high}, [&](ScalarBuilder &s, ValueRange v) {
    auto [least, most] = extended(s, v);
    Value range = s.sub(most, least);
    // All zeros: any scale will do, but not 0.
    Value isZero = s.op(ScalarKind::eq, {range, s.number(0.0, f32)});
    return s.select(isZero, s.number(1.0, f32),
                    s.div(range, s.number(255.0, f32)));
  });
  Value zp = b.map({low, high, scale}, [&](ScalarBuilder &s, ValueRange v) {
    auto [least, most] = extended(s, v);
    Value exact = s.div(s.sub(s.number(0.0, f32), least), v[2]);
    Value clamped =
        s.min(s.max(exact, s.number(0.0, f32)), s.number(255.0, f32));
    return s.cast(s.op(ScalarKind::round_even, {clamped}), u8);
  });
  scale = b.reshape(scale, {});
  zp = b.reshape(zp, {});
  Value y = b.map({x, scale, zp}, [](ScalarBuilder &s, ValueRange v) {
    return s.quantize(v[0], v[1], v[2]);
  });
  return {y, scale, zp};
}

static LogicalResult dynamicQuantizeLinear(Node &n) {
  if (!n.check(n.dtype(0) == DType::f32,
               "x needs to be f32, but is " + dtypeName(n.dtype(0))) ||
      !n.check(product(n.shape(0)) > 0, "x is empty"))
    return llvm::failure();
  const DynamicallyQuantised q = quantiseDynamically(n, n.input(0));
  return n.results({q.data, q.scale, q.zp});
}

ArrayRef<OpRow> importer::quantizeRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"DequantizeLinear", 10, {2, 3}, dequantizeLinear},
      {"DequantizeLinear",
       1,
       {2, 3},
       microsoftDequantizeLinear,
       "",
       1,
       microsoft},
      {"DynamicQuantizeLinear", 11, 1, dynamicQuantizeLinear, "", 3},
      {"QuantizeLinear", 10, {2, 3}, quantizeLinear},
      {"QuantizeLinear", 1, {2, 3}, microsoftQuantizeLinear, "", 1, microsoft},
  };
  return rows;
}
