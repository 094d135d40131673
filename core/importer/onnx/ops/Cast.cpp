// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversion of element types.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/StorageCasts.h"
#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {
/// What elements are, or become.
struct ElementType {
  Type type;                            ///< Of the tensor.
  const StorageType *storage = nullptr; ///< What it holds codes of.
};
} // namespace

/// The type that attribute 'to' names; nothing if the node failed.
static std::optional<ElementType> targetOf(Node &n) {
  const int64_t to = n.requiredInt("to");
  if (n.failed())
    return std::nullopt;
  const StorageType *storage = storageTypeOf(to);
  const std::optional<DType> type = storage ? storage->codes : dtypeOfOnnx(to);
  if (!type) {
    (void)n.unsupported("conversion to " + onnxTypeName(to) +
                        " is not supported; it is supported between "
                        "booleans, integers and floats");
    return std::nullopt;
  }
  return ElementType{prim::elementType(n.b.builder.getContext(), *type),
                     storage};
}

static Rounding readRounding(Node &n) {
  Rounding rounding;
  if (n.opset() >= 19)
    rounding.saturates = n.flagAttr("saturate", true);
  if (n.opset() < 24)
    return rounding;
  const std::string mode = n.stringAttr("round_mode", "up");
  n.check(mode == "up" || mode == "down" || mode == "nearest",
          "attribute 'round_mode' needs to be up, down or nearest, but got '" +
              mode + "'");
  rounding.mode = mode == "down"      ? Rounding::Mode::down
                  : mode == "nearest" ? Rounding::Mode::nearest
                                      : Rounding::Mode::up;
  return rounding;
}

/// Input 0, of any type, as \p to.
static LogicalResult convert(Node &n, const ElementType &to) {
  const Rounding rounding = readRounding(n);
  const StorageType *from = n.storage(0);
  n.resultsAre(to.storage);
  if (n.failed())
    return llvm::failure();
  if (from == to.storage && n.element(0) == to.type)
    return n.result(n.input(0));
  if (!from && !to.storage)
    return n.result(n.b.cast(n.input(0), to.type));
  return n.result(n.b.map(n.input(0), [&](ScalarBuilder &s, ValueRange x) {
    const Type number =
        from && from->isFloat() ? Type(s.builder.getF32Type()) : x[0].getType();
    if (!to.storage)
      return decode(s, x[0], *from, to.type);
    return encode(s, from ? decode(s, x[0], *from, number) : x[0], *to.storage,
                  rounding);
  }));
}

static LogicalResult importCast(Node &n) {
  const std::optional<ElementType> to = targetOf(n);
  return to ? convert(n, *to) : llvm::failure();
}

static LogicalResult importCastLike(Node &n) {
  return convert(n, {n.element(1), n.storage(1)});
}

//===----------------------------------------------------------------------===//
// BitCast
//===----------------------------------------------------------------------===//

static int bitsOf(const ElementType &element) {
  return element.storage ? element.storage->bits
                         : 8 * static_cast<int>(dtypeBytes(
                                   prim::dtypeOfElement(element.type)));
}

/// The bits of booleans are those of the bytes 0 and 1.
static LogicalResult importBitCast(Node &n) {
  const std::optional<ElementType> to = targetOf(n);
  if (!to)
    return llvm::failure();
  const ElementType from{n.element(0), n.storage(0)};
  if (!n.check(bitsOf(from) == bitsOf(*to),
               "attribute 'to' needs a type of " + Twine(bitsOf(from)) +
                   " bits, as input 0 has, but got one of " +
                   Twine(bitsOf(*to))))
    return llvm::failure();
  n.resultsAre(to->storage);
  return n.result(n.b.map(n.input(0), [&](ScalarBuilder &s, ValueRange x) {
    const bool isBoolean = from.type.isInteger(1) || to->type.isInteger(1);
    if (isBoolean)
      return s.cast(x[0], to->type);
    // Integers of fewer bits are values: their sign is not part of the code.
    if (to->storage && !to->storage->isFloat())
      return encode(s, x[0], *to->storage);
    if (from.storage && !from.storage->isFloat() && from.storage->bits < 8) {
      const Type i32 = s.builder.getI32Type();
      Value mask = s.number((int64_t{1} << from.storage->bits) - 1, i32);
      return s.cast(s.op(ScalarKind::bit_and, {s.cast(x[0], i32), mask}),
                    to->type);
    }
    return s.bitcast(x[0], to->type);
  }));
}

ArrayRef<OpRow> importer::castRows() {
  static constexpr OpRow rows[] = {
      {"BitCast", 26, 1, importBitCast, "not from or to strings"},
      {"Cast", 6, 1, importCast,
       "not from or to strings; a float out of range of an integer saturates"},
      {"CastLike", 15, 2, importCastLike, "as Cast"},
  };
  return rows;
}
