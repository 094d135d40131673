// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Average pools of quantised elements as sums of floats.

#include "core/lowering/ExpandPools.h"

#include "core/lowering/SplitEpilogue.h"
#include "core/prim/Quantized.h"
#include "core/quantize/islands/Counts.h"
#include "core/quantize/islands/Passes.h"
#include "core/quantize/recipes/Pools.h"
#include "core/quantize/recipes/RegionEditor.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace glowplug;
using namespace mlir;

/// How many elements one map adds.
static constexpr size_t elementsPerMap = 32;

/// Larger windows would need too many slices; they stay sums of integers.
static constexpr int64_t mostElements = 1024;

namespace {

/// Makes the averages of one window.
class Averager {
public:
  explicit Averager(Pool &pool)
      : pool(pool), window(pool.window), rewriter(window),
        b(rewriter, window.getLoc()) {}

  /// f32, of the shape of the window's result.
  Value make();

private:
  SmallVector<Value> elements();
  /// What the sums are divided by; one number, or one per window.
  Value divisors();

  const Pool &pool;
  prim::WindowOp window;
  OpBuilder rewriter;
  prim::PrimBuilder b;
};

} // namespace

/// Element i of every window, for each i, in row-major order. A pad is 0.
SmallVector<Value> Averager::elements() {
  const int64_t rank = prim::rankOf(window.getResult());
  const Type type = prim::elementOf(window.getInput());
  Value input =
      b.pad(window.getInput(), b.splat(int64_t{pool.xZp}, type),
            window.getPadsLow(), window.getPadsHigh(), prim::Shape(rank, 0));
  const ArrayRef<int64_t> sizes = window.getSizes();
  SmallVector<Value> elements;
  prim::Shape at(rank, 0);
  while (true) {
    prim::Shape starts(rank);
    for (int64_t dim = 0; dim < rank; ++dim)
      starts[dim] = at[dim] * window.getDilations()[dim];
    elements.push_back(b.slice(input, starts, prim::shapeOf(window.getResult()),
                               window.getStrides()));
    int64_t dim = rank - 1;
    while (dim >= 0 && ++at[dim] == sizes[dim])
      at[dim--] = 0;
    if (dim < 0)
      return elements;
  }
}

Value Averager::divisors() {
  const int64_t rank = prim::rankOf(window.getResult());
  const Type f32 = rewriter.getF32Type();
  if (pool.count != 0)
    return b.splat(pool.count, f32, prim::Shape(rank, 1));
  return islands::windowCounts(window).build(b, f32);
}

Value Averager::make() {
  const Type f32 = rewriter.getF32Type();
  const SmallVector<Value> all = elements();
  Value sums;
  for (size_t i = 0; i < all.size(); i += elementsPerMap) {
    SmallVector<Value> operands(
        ArrayRef(all).slice(i, std::min(elementsPerMap, all.size() - i)));
    if (sums)
      operands.push_back(sums);
    const bool hasSums = static_cast<bool>(sums);
    sums = b.map(operands, [&](prim::ScalarBuilder &s, ValueRange v) {
      Value scale = s.number(static_cast<double>(pool.xScale), f32);
      Value zp = s.number(int64_t{pool.xZp}, v[0].getType());
      Value sum = hasSums ? v.back() : Value();
      for (Value element : hasSums ? v.drop_back() : v) {
        Value real = s.dequantize(element, scale, zp);
        sum = sum ? s.add(sum, real) : real;
      }
      return sum;
    });
    sums.getDefiningOp()->setAttr(
        floatReasonAttr,
        rewriter.getStringAttr("an average sums floats, which round"));
  }
  Value mean = b.div(sums, divisors());
  mean.getDefiningOp()->setAttr(
      floatReasonAttr,
      rewriter.getStringAttr("an average rounds as floats do"));
  return mean;
}

/// \p value moved as the window's result is moved on its way to \p result.
static Value moveAlong(OpBuilder &builder, Value value, Value result) {
  Operation *op = result.getDefiningOp();
  if (isa<prim::WindowOp>(op))
    return value;
  Value input = moveAlong(builder, value, op->getOperand(0));
  prim::PrimBuilder b(builder, op->getLoc());
  if (auto transpose = dyn_cast<prim::TransposeOp>(op))
    return b.transpose(input, transpose.getPermutation());
  return b.reshape(input, prim::shapeOf(result));
}

/// \p map holds the average of \p pool, whose window has no epilogue.
static void expand(prim::MapOp map, Pool &pool) {
  Value mean = Averager(pool).make();
  OpBuilder before(map);
  Value moved =
      moveAlong(before, mean, map.getOperand(pool.sum.getArgNumber()));
  Block &body = map.getBody().front();
  map->insertOperands(map->getNumOperands(), moved);
  Value real = body.addArgument(before.getF32Type(), map.getLoc());

  OpBuilder inside(pool.average);
  prim::ScalarBuilder s(inside, pool.average.getLoc());
  const Type f32 = inside.getF32Type(), type = pool.average.getType();
  Value steps = s.div(real, s.number(static_cast<double>(pool.yScale), f32));
  Value shifted = s.add(steps, s.number(static_cast<double>(pool.yZp), f32));
  pool.average.replaceAllUsesWith(
      s.quantize(shifted, s.number(1.0, f32), s.number(int64_t{0}, type)));
  pool.average.erase();
  RegionEditor(map).eraseDead();
}

/// Puts its formula in the place of \p average.
static void expandInPlace(prim::QuantizedOp average) {
  OpBuilder builder(average);
  prim::ScalarBuilder scalars(builder, average.getLoc());
  average.replaceAllUsesWith(prim::expandFormula(scalars, average));
  average.erase();
}

static bool isTooLarge(prim::WindowOp window) {
  int64_t elements = 1;
  for (int64_t size : window.getSizes())
    if ((elements *= std::min(size, mostElements + 1)) > mostElements)
      return true;
  return false;
}

bool glowplug::expandPools(func::FuncOp function) {
  bool isChanged = false;
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (!poolsOf(op).empty())
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    std::vector<Pool> pools = poolsOf(op);
    // Several in one region are told apart by their place only, which the
    // first changes.
    while (!pools.empty()) {
      Pool &pool = pools.front();
      if (isTooLarge(pool.window) || isExactInIntegers(pool)) {
        expandInPlace(pool.average);
      } else {
        isChanged = true;
        if (isa<prim::WindowOp>(op)) {
          op = splitEpilogue(op).map;
          pools = poolsOf(op);
        }
        expand(cast<prim::MapOp>(op), pools.front());
      }
      pools = poolsOf(op);
    }
  }
  if (isChanged)
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  return isChanged;
}
