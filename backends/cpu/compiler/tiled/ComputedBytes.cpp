// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs the right side of a product, and computes the corrections for zero
// points.

#include "backends/cpu/compiler/tiled/ComputedBytes.h"

#include "backends/cpu/compiler/kernels/PackRhs.h"
#include "backends/cpu/compiler/tiled/TiledEpilogue.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::cpu {
namespace {

/// True if dim \p d of \p view is more than the same matrix again and again.
bool hasMatrices(const View &view, size_t d) {
  return view.sizes[d] != 1 && view.strides[d] != 0;
}

/// The different matrices of \p view.
std::vector<MatrixDim> matricesOf(const View &view, size_t firstDim) {
  std::vector<MatrixDim> dims;
  for (size_t d = firstDim; d + 2 < view.sizes.size(); ++d)
    if (hasMatrices(view, d))
      dims.push_back({view.sizes[d], view.strides[d]});
  return dims;
}

int32_t wrapped(int64_t number) {
  return static_cast<int32_t>(static_cast<uint32_t>(number));
}

/// What the zero point of the right side becomes where its bytes are packed as
/// unsigned or as signed ones.
int32_t packedZero(const ByteOperands &operands, bool isUnsigned) {
  const bool isSigned = operands.rhs.type == gp_image_dtype_i8;
  const int64_t bias = isSigned == isUnsigned ? 128 : 0;
  return wrapped(operands.rhsZero + (isSigned ? bias : -bias));
}

struct PackRhsKernel {
  static constexpr llvm::StringLiteral name = "pack rhs";

  MatMulPlan plan; // ofRhs()
  PackRhsSpec spec;
  bool hasStart; // in buffer 2, after both forms of the right side

  bool operator==(const PackRhsKernel &) const = default;
  void emit(Kernel &k) const {
    emitPackRhs(k.b, plan, spec,
                {k.buffer(0), k.buffer(1), hasStart ? k.buffer(2) : nullptr},
                k.begin, k.end);
  }
};

struct RowSumKernel {
  static constexpr llvm::StringLiteral name = "row sums";

  RowSumSpec spec;

  bool operator==(const RowSumKernel &) const = default;
  void emit(Kernel &k) const {
    emitRowStart(k.b, k.traits, spec, k.buffer(0), k.buffer(1), k.begin, k.end);
  }
};

struct WidenRowsKernel {
  static constexpr llvm::StringLiteral name = "widen rows";

  LeftSpec left;

  bool operator==(const WidenRowsKernel &) const = default;
  void emit(Kernel &k) const {
    emitWidenRows(k.b, k.traits, left, k.buffer(0), k.buffer(1), k.begin,
                  k.end);
  }
};

void packRhs(Lowering &l, const MatMulPlan &plan, const PackRhsSpec &spec,
             const View &from, PackedOperands &packed) {
  std::vector<View> buffers{from, packed.rhs};
  if (packed.start)
    buffers.push_back(*packed.start);
  l.addStep(PackRhsKernel{plan.ofRhs(), spec, packed.start.has_value()},
            buffers, packRhsUnits(plan, spec), 8 * stepPs * plan.steps());
}

LeftSpec leftOf(const View &lhs, size_t firstDim) {
  const size_t rank = lhs.sizes.size();
  LeftSpec left;
  left.batch = matricesOf(lhs, firstDim);
  left.rows = lhs.sizes[rank - 2];
  left.columns = lhs.sizes[rank - 1];
  left.rowStride = left.rows == 1 ? left.columns : lhs.strides[rank - 2];
  left.isSigned = lhs.type == gp_image_dtype_i8;
  return left;
}

View sumRows(Lowering &l, const View &lhs, size_t firstDim, int32_t rhsZero) {
  const LeftSpec left = leftOf(lhs, firstDim);
  const View start =
      l.allocate(gp_image_dtype_i32, {left.matrices() * left.rows});
  const int64_t perRow = 4 + left.columns / (4 * l.traits.lanes);
  l.addStep(RowSumKernel{{left, rhsZero}}, {lhs, start},
            rowStartUnits(l.traits, left),
            2 * stepPs * perRow * l.traits.lanes);
  return start;
}

} // namespace

std::optional<int64_t> singleZeroPoint(llvm::ArrayRef<int64_t> zeroPoints) {
  if (zeroPoints.empty())
    return 0;
  if (!llvm::all_equal(zeroPoints))
    return std::nullopt;
  return zeroPoints[0];
}

View rowsOrColumnsOf(Lowering &l, ValueId id) {
  const View &view = l.view(id);
  const size_t last = view.sizes.size() - 1;
  for (size_t d : {last, last - 1})
    if (view.strides[d] == 1 || view.sizes[d] == 1)
      return view;
  return l.dense(id);
}

int64_t ByteOperands::rhsRowStride() const {
  const size_t dim = rhs.sizes.size() - 2;
  return rhs.sizes[dim] == 1 ? 1 : rhs.strides[dim];
}

int64_t ByteOperands::rhsColumnStride() const {
  const size_t dim = rhs.sizes.size() - 1;
  if (rhs.sizes[dim] != 1)
    return rhs.strides[dim];
  // Any stride will do; a column that lies without gaps is best read as one.
  return rhsRowStride() == 1 ? 0 : 1;
}

void ByteOperands::describe(MatMulSpec &spec, size_t firstDim) const {
  spec.isLhsSigned = lhs.type == gp_image_dtype_i8;
  // Which side is biased is free if both are of one type. Sums of rows cost
  // more than a biased left side, and those of columns nothing.
  // Widened factors are of either kind.
  spec.isRhsUnsigned =
      spec.isLhsWide ? rhs.type == gp_image_dtype_u8
                     : spec.isLhsSigned && (packedZero(*this, true) == 0 ||
                                            packedZero(*this, false) != 0);
  int64_t lhsMatrices = 1;
  int64_t rhsMatrices = 1;
  for (size_t i = spec.batch.size(); i-- > 0;) {
    const size_t d = firstDim + i;
    BatchDim &dim = spec.batch[i];
    dim.lhsMatrices = hasMatrices(lhs, d) ? lhsMatrices : 0;
    dim.rhsStride = hasMatrices(rhs, d) ? rhsMatrices : 0;
    lhsMatrices *= hasMatrices(lhs, d) ? dim.size : 1;
    rhsMatrices *= hasMatrices(rhs, d) ? dim.size : 1;
  }
}

View widenRows(Lowering &l, const View &lhs, size_t firstDim,
               MatMulSpec &spec) {
  const LeftSpec left = leftOf(lhs, firstDim);
  const int64_t columns = wideColumns(left.columns);
  const View wide =
      l.allocate(gp_image_dtype_i32, {left.matrices() * left.rows * columns});
  l.addStep(WidenRowsKernel{left}, {lhs, wide}, widenRowsUnits(left),
            stepPs * (1 + left.columns / (4 * l.traits.lanes)) * 4);
  spec.isLhsWide = true;
  spec.lhsRowStride = columns;
  int64_t matrices = 1;
  for (size_t i = spec.batch.size(); i-- > 0;) {
    const bool isOwn = hasMatrices(lhs, firstDim + i);
    spec.batch[i].lhsStride = isOwn ? matrices * left.rows * columns : 0;
    matrices *= isOwn ? spec.batch[i].size : 1;
  }
  return wide;
}

PackedOperands packComputed(Lowering &l, const MatMulPlan &plan,
                            const ByteOperands &operands, size_t firstDim) {
  const MatMulSpec &spec = plan.spec;
  PackRhsSpec pack;
  pack.batch = matricesOf(operands.rhs, firstDim);
  pack.rowStride = operands.rhsRowStride();
  pack.columnStride = operands.rhsColumnStride();
  pack.isSigned = operands.rhs.type == gp_image_dtype_i8;
  pack.lhsZero = wrapped(operands.lhsZero + (spec.biasesLhs() ? 128 : 0));
  pack.rhsZero = packedZero(operands, spec.isRhsUnsigned);
  PackedOperands packed;
  // Words of four bytes.
  packed.rhs =
      l.allocate(gp_image_dtype_i32, {pack.matrices() * plan.packedElements()});
  if (pack.lhsZero != 0)
    packed.start = l.allocate(gp_image_dtype_i32,
                              {pack.matrices() * plan.startElements()});
  packRhs(l, plan, pack, operands.rhs, packed);
  // A left side is biased only if that makes this zero point 0.
  if (pack.rhsZero != 0)
    packed.rowStart = sumRows(l, operands.lhs, firstDim, pack.rhsZero);
  return packed;
}

} // namespace glowplug::cpu
