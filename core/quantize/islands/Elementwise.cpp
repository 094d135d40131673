// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and products of two dequantized tensors, by ONNX Runtime's formulas,
// which add the zero point before they round.

#include "core/prim/Schemes.h"
#include "core/quantize/islands/Finish.h"
#include "core/quantize/islands/Rewrites.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

using K = prim::ScalarKind;

namespace {

/// One number each of a uniform scheme.
struct Uniform {
  float scale, zp;
  explicit Uniform(const Scheme &scheme)
      : scale(static_cast<float>(scheme.scale.values[0])),
        zp(static_cast<float>(scheme.zp.values[0])) {}
};

/// The map to be replaced, what it reads, and what follows.
struct Pair {
  Quantized a, b;
  Tail tail;
};

} // namespace

/// Both operands of \p op, the only scalar op of \p map, whatever they are
/// broadcast to.
static std::optional<Pair> readPair(prim::MapOp map, prim::ScalarOp op) {
  SmallVector<Quantized, 2> sides;
  for (Value scalar : op.getOperands()) {
    auto argument = dyn_cast<BlockArgument>(scalar);
    if (!argument)
      return std::nullopt;
    auto from = readDequantize(map.getOperand(argument.getArgNumber()));
    if (!from || !from->scheme.isNarrow() || !from->scheme.isUniform())
      return std::nullopt;
    sides.push_back(std::move(*from));
  }
  Tail tail = followTail(map.getResult(0));
  auto isNone = [](const Numbers &numbers) {
    return numbers.isOne() && numbers.values[0] == 1;
  };
  if (!tail.output || tail.bias || !isNone(tail.factor) ||
      !isNone(tail.divisor) || !tail.output->isUniform() ||
      !tail.output->isNarrow() ||
      !llvm::all_of(tail.limits,
                    [](const Limit &limit) { return limit.value.isOne(); }))
    return std::nullopt;
  return Pair{std::move(sides[0]), std::move(sides[1]), std::move(tail)};
}

/// a * ra + (b * rb + fixed), each rounded once, with the zero points in
/// `fixed`.
static Value addition(prim::ScalarBuilder &s, Value a, Value b, Uniform as,
                      Uniform bs, Uniform ys) {
  const Type f32 = s.builder.getF32Type();
  const float ra = as.scale / ys.scale, rb = bs.scale / ys.scale;
  const float fixed = ys.zp - std::fma(ra, as.zp, rb * bs.zp);
  auto number = [&](float value) {
    return s.number(static_cast<double>(value), f32);
  };
  Value inner = s.op(K::fma, {s.cast(b, f32), number(rb), number(fixed)});
  return s.op(K::fma, {s.cast(a, f32), number(ra), inner});
}

/// f32(product) * scale + zp.
static Value product(prim::ScalarBuilder &s, Value a, Value b, Uniform as,
                     Uniform bs, Uniform ys) {
  const Type i32 = s.builder.getI32Type(), f32 = s.builder.getF32Type();
  auto centered = [&](Value value, float zp) {
    return s.sub(s.cast(value, i32), s.number(static_cast<int64_t>(zp), i32));
  };
  const float scale = as.scale * bs.scale / ys.scale;
  Value integers = s.mul(centered(a, as.zp), centered(b, bs.zp));
  return s.add(
      s.mul(s.cast(integers, f32), s.number(static_cast<double>(scale), f32)),
      s.number(static_cast<double>(ys.zp), f32));
}

/// The scheme of both sides and of the result, for those who compute in
/// integers.
static void keepSchemes(Value result, Uniform as, Uniform bs, Uniform ys) {
  prim::setPairSchemes(result.getDefiningOp(), {{as.scale, bs.scale, ys.scale},
                                                {static_cast<int32_t>(as.zp),
                                                 static_cast<int32_t>(bs.zp),
                                                 static_cast<int32_t>(ys.zp)}});
}

bool islands::formElementwise(Operation *op) {
  auto map = dyn_cast<prim::MapOp>(op);
  prim::ScalarOp scalar = map ? soleScalar(map) : nullptr;
  if (!scalar || (scalar.getKind() != K::add && scalar.getKind() != K::mul))
    return false;
  std::optional<Pair> pair = readPair(map, scalar);
  if (!pair)
    return false;
  const Scheme &output = *pair->tail.output;
  const Uniform as(pair->a.scheme), bs(pair->b.scheme), ys(output);
  const bool adds = scalar.getKind() == K::add;

  OpBuilder rewriter(op);
  prim::PrimBuilder builder(rewriter, op->getLoc());
  Value result =
      builder.map({pair->a.integers, pair->b.integers},
                  [&](prim::ScalarBuilder &s, ValueRange v) {
                    Value real = adds ? addition(s, v[0], v[1], as, bs, ys)
                                      : product(s, v[0], v[1], as, bs, ys);
                    Value integer =
                        s.quantize(real, s.number(1.0, real.getType()),
                                   s.number(int64_t{0}, output.type));
                    keepSchemes(integer, as, bs, ys);
                    return limitIntegers(s, integer, pair->tail);
                  });
  Value end = pair->tail.end;
  end.replaceAllUsesWith(result);
  return true;
}
