// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// QuantizeLinear and DequantizeLinear: one scale for all, one per element of an
// axis, or one per block; to and from integers and codes.

#include "core/importer/file/Limits.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/QuantParams.h"
#include "core/importer/onnx/ops/StorageCasts.h"
#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {
/// What the entries of scale and zero point belong to.
struct Granularity {
  std::optional<int64_t> axis; ///< Nothing: one entry for all.
  int64_t block = 0;           ///< Elements along the axis; 0: no blocks.
};

/// A type of integers or of codes.
struct QuantisedType {
  DType dtype = DType::u8;
  const StorageType *storage = nullptr;

  std::string name() const {
    return storage ? storage->name.str() : dtypeName(dtype).str();
  }
  bool isFloat() const { return storage && storage->isFloat(); }
};
} // namespace

//===----------------------------------------------------------------------===//
// Granularity
//===----------------------------------------------------------------------===//

/// A per-axis form came with version 13, blocks with version 21.
static Granularity readGranularity(Node &n) {
  if (n.opset() < 13)
    return {};
  const int64_t given = n.intAttr("axis", 1);
  const int64_t block = n.opset() < 21 ? 0 : n.intAttr("block_size", 0);
  const int64_t rank = n.rank(0);
  if (!n.atLeast(block, 0, "attribute 'block_size'"))
    return {};
  // A tensor of rank 0 or 1 with one scale for all needs no valid axis.
  const bool isAny = rank <= 1 && given == 1 && block == 0;
  return {isAny ? 0 : n.axis(given, rank), block};
}

/// The same in com.microsoft.
static Granularity readMicrosoftGranularity(Node &n) {
  if (!n.hasAttr("axis"))
    return {};
  return {n.axis(n.intAttr("axis", 1), n.rank(0)), 0};
}

static Entries entriesOf(Node &n, const Granularity &parts) {
  if (!parts.axis || *parts.axis >= n.rank(0))
    return {};
  const int64_t axis = *parts.axis, size = n.shape(0)[axis];
  const std::string ofAxis =
      std::to_string(axis) + " of " + shapeString(n.shape(0));
  if (parts.block == 0)
    return {size, "one per element of axis " + ofAxis};
  Shape blocks(n.shape(0));
  blocks[axis] = size / parts.block + (size % parts.block != 0);
  return {product(blocks),
          "one per block of " + std::to_string(parts.block) +
              " elements of axis " + ofAxis,
          blocks};
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

namespace {
/// Data and parameters in shapes that broadcast to each other.
class Layout {
public:
  Layout(Node &n, const Granularity &parts) : n(n), parts(parts) {
    shape.assign(n.shape(0).begin(), n.shape(0).end());
    const int64_t size = shape.empty() ? 0 : shape[parts.axis.value_or(0)];
    // Whole blocks are a dim of their own, if there may be one more.
    isSplit = parts.block > 0 && size % parts.block == 0 &&
              shape.size() < limits::rank;
  }

  Value data(Value x) const {
    if (!isSplit)
      return x;
    Shape split = shape;
    split[*parts.axis] /= parts.block;
    split.insert(split.begin() + *parts.axis + 1, parts.block);
    return n.b.reshape(x, split);
  }
  Value result(Value y) const { return n.b.reshape(y, shape); }
  /// \p value is param.value, or what was computed of it.
  Value parameter(const ParamInput &param, Value value) const;

private:
  Node &n;
  Granularity parts;
  Shape shape;
  bool isSplit = false;
};
} // namespace

Value Layout::parameter(const ParamInput &param, Value value) const {
  const auto rank = static_cast<int64_t>(shape.size());
  const ParamInput moved{value, std::nullopt, param.isOfBlocks};
  if (!param.isOfBlocks)
    return moved.along(n, rank + isSplit, parts.axis.value_or(0));
  const int64_t axis = *parts.axis;
  if (isSplit) {
    Shape split(prim::shapeOf(value));
    split.insert(split.begin() + axis + 1, 1);
    return n.b.reshape(value, split);
  }
  SmallVector<int64_t> blocks;
  for (int64_t i = 0; i < shape[axis]; ++i)
    blocks.push_back(i / parts.block);
  return n.b.gather(value, n.indices(blocks), axis);
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// Input 1, floats or powers of two, as floats.
static ParamInput readAnyScale(Node &n, StringRef name,
                               const Entries &entries) {
  const StorageType *storage = n.storage(1);
  if (!storage)
    return readScale(n, 1, name, entries, /*onlyF32=*/false);
  if (storage->specials != Specials::powers) {
    (void)n.unsupported(name + " of type " + storage->name +
                        " is not supported; it is supported as floats of 16 "
                        "to 64 bits and as float8e8m0");
    return {};
  }
  ParamInput codes = readZeroPoint(n, 1, name, storage->codes, entries);
  if (codes)
    codes.value = n.b.map(codes.value, [&](ScalarBuilder &s, ValueRange x) {
      return decode(s, x[0], *storage, s.builder.getF32Type());
    });
  return codes;
}

/// Input 2, of the type of the data.
static ParamInput readPoint(Node &n, StringRef name, const QuantisedType &type,
                            const Entries &entries) {
  if (n.hasInput(2) &&
      !n.check(n.storage(2) == type.storage,
               name + " needs to be " + type.name() + ", but is " +
                   (n.storage(2) ? StringRef(n.storage(2)->name)
                                 : dtypeName(n.dtype(2)))))
    return {};
  return readZeroPoint(n, 2, name, type.dtype, entries);
}

/// The zero point is known to be 0; of floats.
static bool isZero(const QuantisedType &type, const ParamInput &zp) {
  return zp.known && llvm::all_of(zp.known->bytes(), [&](uint8_t code) {
           return decode(*type.storage, code) == 0;
         });
}

/// Attribute \p name as a type of floats; nothing if it is not given, or if the
/// node failed.
static std::optional<DType> floatTypeAttr(Node &n, int64_t since,
                                          StringRef name) {
  const int64_t number = n.opset() < since ? 0 : n.intAttr(name, 0);
  if (number == 0)
    return std::nullopt;
  const std::optional<DType> type = dtypeOfOnnx(number);
  n.check(type && isFloat(*type), "attribute '" + name +
                                      "' needs to be a type of floats, but "
                                      "got " +
                                      onnxTypeName(number));
  return type;
}

//===----------------------------------------------------------------------===//
// QuantizeLinear
//===----------------------------------------------------------------------===//

/// The integer range of a type of less than 8 bits.
static std::pair<int64_t, int64_t> rangeOf(const StorageType &type) {
  const bool isSigned = type.codes == DType::i8;
  const int64_t count = int64_t{1} << type.bits;
  return {isSigned ? -count / 2 : 0, isSigned ? count / 2 - 1 : count - 1};
}

/// To \p type, unless there is a zero point that says it. The quotient is one
/// of \p precision, or else of the type of the scale.
static LogicalResult quantize(Node &n, const Granularity &parts,
                              QuantisedType type = {},
                              std::optional<DType> precision = {},
                              bool saturates = true) {
  const Entries entries = entriesOf(n, parts);
  const ParamInput scale = readAnyScale(n, "y_scale", entries);
  if (!scale)
    return llvm::failure();
  if (n.hasInput(2))
    type = {n.dtype(2), n.storage(2)};
  const bool isTarget =
      type.storage ? type.storage->specials != Specials::powers
                   : isInteger(type.dtype) && dtypeBytes(type.dtype) <= 2;
  if (!n.check(isTarget, "y needs to be an integer of up to 16 bits or a float "
                         "of 4 or 8 bits, but is " +
                             type.name()))
    return llvm::failure();
  const ParamInput zp = readPoint(n, "y_zero_point", type, entries);
  if (!zp || !checkAlike(n, scale, "y_scale", "y_zero_point"))
    return llvm::failure();
  n.resultsAre(type.storage);
  const Layout layout(n, parts);
  const Type real =
      precision ? prim::elementType(n.b.builder.getContext(), *precision)
                : prim::elementOf(scale.value);
  const SmallVector<Value> operands{
      layout.data(n.b.cast(n.input(0), real)),
      layout.parameter(scale, n.b.cast(scale.value, real)),
      layout.parameter(zp, zp.value)};
  if (type.isFloat()) {
    // ONNX's evaluator adds a zero point to floats of 4 bits, which makes -0 to
    // 0, and ignores it with 8 bits, where it should be 0.
    const bool isSum = n.hasInput(2) && type.storage->bits < 8;
    const ArrayRef<Value> used(operands);
    return n.result(layout.result(n.b.map(
        used.take_front(isSum || !isZero(type, zp) ? 3 : 2),
        [&](ScalarBuilder &s, ValueRange v) {
          Value y = s.div(v[0], v[1]);
          if (v.size() > 2) {
            Value point = decode(s, v[2], *type.storage, real);
            Value zero = s.number(0.0, real);
            Value sum = s.add(y, point);
            y = isSum ? sum
                      : s.select(s.op(ScalarKind::eq, {point, zero}), y, sum);
          }
          return encode(s, y, *type.storage, {.saturates = saturates});
        })));
  }
  return n.result(
      layout.result(n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
        Value y = s.quantize(v[0], v[1], v[2]);
        if (!type.storage)
          return y;
        const auto [low, high] = rangeOf(*type.storage);
        return s.min(s.max(y, s.number(low, y.getType())),
                     s.number(high, y.getType()));
      })));
}

static LogicalResult quantizeLinear(Node &n) {
  const Granularity parts = readGranularity(n);
  const bool saturates = n.opset() < 19 || n.flagAttr("saturate", true);
  const std::optional<DType> precision = floatTypeAttr(n, 23, "precision");
  const int64_t number = n.opset() < 21 ? 0 : n.intAttr("output_dtype", 0);
  if (n.failed())
    return llvm::failure();
  if (number == 0)
    return quantize(n, parts, {}, precision, saturates);
  QuantisedType type{DType::none, storageTypeOf(number)};
  const std::optional<DType> plain =
      type.storage ? type.storage->codes : dtypeOfOnnx(number);
  if (!plain)
    return n.unsupported("output_dtype " + onnxTypeName(number) +
                         " is not supported");
  type.dtype = *plain;
  if (n.hasInput(2)) {
    const QuantisedType given{n.dtype(2), n.storage(2)};
    if (!n.check(given.dtype == type.dtype && given.storage == type.storage,
                 "output_dtype is " + type.name() + ", but y_zero_point is " +
                     given.name()))
      return llvm::failure();
  }
  return quantize(n, parts, type, precision, saturates);
}

static LogicalResult microsoftQuantizeLinear(Node &n) {
  const Granularity parts = readMicrosoftGranularity(n);
  return n.failed() ? llvm::failure() : quantize(n, parts);
}

//===----------------------------------------------------------------------===//
// DequantizeLinear
//===----------------------------------------------------------------------===//

/// To \p target, or else to the type of the scale.
static LogicalResult dequantize(Node &n, const Granularity &parts,
                                std::optional<DType> target = {}) {
  const QuantisedType type{n.dtype(0), n.storage(0)};
  if (!n.check(isInteger(type.dtype),
               "x needs to be integers or floats of 4 or 8 bits, but is " +
                   dtypeName(type.dtype)))
    return llvm::failure();
  const Entries entries = entriesOf(n, parts);
  const ParamInput scale = readAnyScale(n, "x_scale", entries);
  if (!scale)
    return llvm::failure();
  const ParamInput zp = readPoint(n, "x_zero_point", type, entries);
  if (!zp || !checkAlike(n, scale, "x_scale", "x_zero_point"))
    return llvm::failure();
  const Layout layout(n, parts);
  const Type result = target
                          ? prim::elementType(n.b.builder.getContext(), *target)
                          : prim::elementOf(scale.value);
  // One rounding, to the result: a scale of another type is not rounded first.
  const Type f32 = n.b.builder.getF32Type();
  const Type real = prim::elementOf(scale.value) == result ? result : f32;
  const SmallVector<Value> operands{
      layout.data(n.input(0)),
      layout.parameter(scale, n.b.cast(scale.value, real)),
      layout.parameter(zp, zp.value)};
  if (type.isFloat())
    return n.result(layout.result(
        n.b.map(ArrayRef<Value>(operands).take_front(isZero(type, zp) ? 2 : 3),
                [&](ScalarBuilder &s, ValueRange v) {
                  // The product of 4 and 11 bits is exact in f32.
                  const Type wide = computeType(real);
                  Value x = decode(s, v[0], *type.storage, wide);
                  if (v.size() > 2)
                    x = s.sub(x, decode(s, v[2], *type.storage, wide));
                  return s.cast(s.mul(x, s.cast(v[1], wide)), result);
                })));
  // Computed sums of 32 bits round to f32 before the product, as in ONNX
  // Runtime; constants (biases) are kept as they are.
  const bool roundsFirst =
      type.dtype == DType::i32 && real == f32 && !n.knownConstant(0);
  return n.result(
      layout.result(n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
        if (roundsFirst)
          return s.cast(s.mul(s.cast(s.sub(v[0], v[2]), real), v[1]), result);
        return s.cast(s.dequantize(v[0], v[1], v[2]), result);
      })));
}

static LogicalResult dequantizeLinear(Node &n) {
  const Granularity parts = readGranularity(n);
  const std::optional<DType> target = floatTypeAttr(n, 23, "output_dtype");
  if (n.failed())
    return llvm::failure();
  return dequantize(n, parts, target);
}

static LogicalResult microsoftDequantizeLinear(Node &n) {
  const Granularity parts = readMicrosoftGranularity(n);
  return n.failed() ? llvm::failure() : dequantize(n, parts);
}

ArrayRef<OpRow> importer::quantizeLinearRows() {
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
      {"QuantizeLinear", 10, {2, 3}, quantizeLinear},
      {"QuantizeLinear", 1, {2, 3}, microsoftQuantizeLinear, "", 1, microsoft},
  };
  return rows;
}
