// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MatMulNBits of ONNX Runtime: a product with a constant matrix of 2, 4 or 8
// bits, which has a scale and a zero point per block of a column.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {
/// The sizes of the matrix: K rows in blocks, N columns.
struct Packing {
  int64_t k = 0, n = 0, bits = 4, block = 0;

  int64_t blocks() const { return k / block + (k % block != 0); }
  int64_t perByte() const { return 8 / bits; }
};
} // namespace

static std::optional<Packing> readPacking(Node &n) {
  Packing packing;
  packing.k = n.requiredInt("K");
  packing.n = n.requiredInt("N");
  packing.bits = n.intAttr("bits", 4);
  packing.block = n.requiredInt("block_size");
  n.ignoreAttr("accuracy_level"); // of the sums; ours are those of floats
  n.atLeast(packing.k, 1, "attribute 'K'");
  n.atLeast(packing.n, 1, "attribute 'N'");
  n.check(packing.block >= 16 && packing.block <= (int64_t{1} << 30) &&
              (packing.block & (packing.block - 1)) == 0,
          "attribute 'block_size' needs to be a power of two of at least 16, "
          "but got " +
              Twine(packing.block));
  if (!n.failed() && packing.bits != 2 && packing.bits != 4 &&
      packing.bits != 8)
    (void)n.unsupported("attribute 'bits' of " + Twine(packing.bits) +
                        " is not supported; it is supported as 2, 4 and 8");
  if (!n.failed())
    n.checkShape({packing.n, packing.blocks(), packing.block});
  if (n.failed())
    return std::nullopt;
  return packing;
}

/// The \p count numbers of each row of \p packed, which starts at a byte.
static Tensor unpackRows(const Tensor &packed, int64_t rows, int64_t count,
                         const Packing &packing) {
  Tensor numbers =
      llvm::cantFail(Tensor::uninitialized(DType::u8, {rows, count}));
  const uint8_t *from = packed.bytes().data();
  uint8_t *to = numbers.mutableBytes().data();
  const int64_t rowBytes = static_cast<int64_t>(packed.byteCount()) / rows;
  const int mask = (1 << packing.bits) - 1;
  for (int64_t row = 0; row < rows; ++row, from += rowBytes)
    for (int64_t i = 0; i < count; ++i)
      *to++ = static_cast<uint8_t>(from[i / packing.perByte()] >>
                                       (i % packing.perByte() * packing.bits) &
                                   mask);
  return numbers;
}

/// Input \p i holds \p bytes bytes, in whatever shape.
static std::optional<Tensor> readPacked(Node &n, unsigned i, StringRef name,
                                        int64_t bytes) {
  std::optional<Tensor> tensor = n.constant(i, name);
  if (!tensor ||
      !n.check(tensor->dtype() == DType::u8 && tensor->elementCount() == bytes,
               "input " + Twine(i) + " ('" + name + "') needs " + Twine(bytes) +
                   " elements of u8, but is " + tensor->typeString()))
    return std::nullopt;
  return tensor;
}

/// Zero points of shape [N, blocks, 1] as numbers of \p real.
static Value readZeroPoints(Node &n, const Packing &packing, Type real) {
  const Shape shape{packing.n, packing.blocks(), 1};
  if (!n.hasInput(3))
    return n.b.splat(static_cast<double>(1 << (packing.bits - 1)), real,
                     Shape(3, 1));
  if (isFloat(n.dtype(3))) {
    if (!n.check(product(n.shape(3)) == product(shape),
                 "input 3 ('zero_points') needs " + Twine(product(shape)) +
                     " elements, but has shape " + shapeString(n.shape(3))))
      return {};
    return n.b.cast(n.b.reshape(n.input(3), shape), real);
  }
  const int64_t rowBytes =
      (packing.blocks() + packing.perByte() - 1) / packing.perByte();
  std::optional<Tensor> packed =
      readPacked(n, 3, "zero_points", packing.n * rowBytes);
  if (!packed)
    return {};
  const Tensor points =
      unpackRows(*packed, packing.n, packing.blocks(), packing);
  return n.b.cast(n.b.reshape(n.constantOf(points), shape), real);
}

/// The matrix as numbers of \p real: [K, N].
static Value readMatrix(Node &n, const Packing &packing, Type real) {
  const int64_t blocks = packing.blocks();
  const Shape whole{packing.n, blocks, packing.block};
  std::optional<Tensor> packed =
      readPacked(n, 1, "B", product(whole) / packing.perByte());
  if (!packed || !n.reserve(product(whole)) ||
      !n.check(product(n.shape(2)) == packing.n * blocks,
               "input 2 ('scales') needs " + Twine(packing.n * blocks) +
                   " elements, but has shape " + shapeString(n.shape(2))))
    return {};
  Value zero = readZeroPoints(n, packing, real);
  if (!zero)
    return {};
  const Tensor numbers =
      unpackRows(*packed, packing.n, blocks * packing.block, packing);
  Value weights = n.b.reshape(n.constantOf(numbers), whole);
  Value scales = n.b.reshape(n.input(2), {packing.n, blocks, 1});
  Value matrix =
      n.b.map({weights, scales, zero}, [&](ScalarBuilder &s, ValueRange v) {
        return s.mul(s.sub(s.cast(v[0], real), v[2]), s.cast(v[1], real));
      });
  matrix = n.b.reshape(matrix, {packing.n, blocks * packing.block});
  matrix = n.b.slice(matrix, {0, 0}, {packing.n, packing.k}, {1, 1});
  return n.b.transpose(matrix, {1, 0});
}

static LogicalResult matmulNBits(Node &n) {
  const std::optional<Packing> packing = readPacking(n);
  if (!packing || !n.isFloat(0) || !n.sameType(0, 2) || !n.checkRank(0, 1))
    return llvm::failure();
  if (n.hasInput(4))
    return n.unsupported("input 4 ('g_idx') is not supported; blocks are "
                         "supported in the order of rows");
  Shape shape(n.shape(0));
  if (!n.check(shape.back() == packing->k,
               "input 0 needs a last dim of K, " + Twine(packing->k) +
                   ", but has shape " + shapeString(shape)) ||
      (n.hasInput(5) &&
       (!n.sameType(0, 5) ||
        !n.check(product(n.shape(5)) == packing->n,
                 "input 5 ('bias') needs N, " + Twine(packing->n) +
                     ", elements, but has shape " + shapeString(n.shape(5))))))
    return llvm::failure();
  const Type element = n.element(0);
  Value matrix = readMatrix(n, *packing, computeType(element));
  if (!matrix)
    return llvm::failure();
  Shape rows{1, packing->k};
  for (int64_t size : ArrayRef<int64_t>(shape).drop_back())
    rows[0] *= size;
  Value y = n.b.matmul(n.b.reshape(widen(n, n.input(0)), rows), matrix);
  if (n.hasInput(5))
    y = n.b.add(y, n.b.reshape(widen(n, n.input(5)), {1, packing->n}));
  shape.back() = packing->n;
  if (!n.checkShape(shape))
    return llvm::failure();
  return n.result(n.b.reshape(n.b.cast(y, element), shape));
}

ArrayRef<OpRow> importer::matmulNBitsRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"MatMulNBits",
       1,
       {3, 6},
       matmulNBits,
       "2, 4 and 8 bits; B and packed zero points known, no g_idx",
       1,
       microsoft},
  };
  return rows;
}
