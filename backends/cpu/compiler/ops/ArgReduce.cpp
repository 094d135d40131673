// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Position of the extreme element along a dim.

#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/ops/Line.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {
namespace {

/// Whether \p x, which comes later, replaces \p best.
llvm::Value *replaces(Kernel &k, const ArgReduceOp &op, DType type,
                      llvm::Value *x, llvm::Value *best) {
  using P = llvm::CmpInst::Predicate;
  llvm::IRBuilder<> &b = k.b;
  const bool max = op.kind == gp_image_reduce_kind_max;
  if (!isFloat(type)) {
    P greater = isSigned(type) ? P::ICMP_SGT : P::ICMP_UGT;
    P wanted = max ? greater : llvm::CmpInst::getSwappedPredicate(greater);
    if (op.selectLast)
      wanted = llvm::CmpInst::getNonStrictPredicate(wanted);
    return b.CreateICmp(wanted, x, best);
  }
  // NaN beats every number; a later NaN counts as an equal.
  P wanted = max ? (op.selectLast ? P::FCMP_OGE : P::FCMP_OGT)
                 : (op.selectLast ? P::FCMP_OLE : P::FCMP_OLT);
  llvm::Value *bestIsNan = b.CreateFCmpUNO(best, best);
  llvm::Value *isNan = b.CreateFCmpUNO(x, x);
  llvm::Value *wins =
      op.selectLast ? isNan : b.CreateAnd(isNan, b.CreateNot(bestIsNan));
  return b.CreateOr(b.CreateFCmp(wanted, x, best), wins);
}

struct ArgReduceKernel {
  static constexpr llvm::StringLiteral name = "arg_reduce";

  ArgReduceOp op;
  LoopNest nest; // input, output
  int64_t count; // elements of a line, `inner` elements apart
  int64_t inner;
  unsigned lanes;

  bool operator==(const ArgReduceKernel &) const = default;
  void emit(Kernel &k) const;

private:
  /// The position of the extreme element of the line at \p line.
  llvm::Value *search(Kernel &k, llvm::Value *line, Lanes at) const;
};

llvm::Value *ArgReduceKernel::search(Kernel &k, llvm::Value *line,
                                     Lanes at) const {
  const DType type = nest.type(0);
  auto load = [&](llvm::Value *i) {
    return loadElements(k, type, k.advance(line, type, k.scale(i, inner)), 1,
                        at);
  };
  Values initial{load(k.index(0)), k.splat(k.index(0), at.count)};
  Values found = k.loop(
      k.index(1), k.index(count), 1, initial,
      [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> best) {
        llvm::Value *now = load(i);
        llvm::Value *better = replaces(k, op, type, now, best[0]);
        return Values{k.b.CreateSelect(better, now, best[0]),
                      k.b.CreateSelect(better, k.splat(i, at.count), best[1])};
      });
  return found[1];
}

void ArgReduceKernel::emit(Kernel &k) const {
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
      llvm::Value *position =
          search(k, k.advance(pointers[0], nest.type(0), x), at);
      storeElements(k, nest.type(1), position,
                    k.advance(pointers[1], nest.type(1), x), 1, at);
    });
  });
}

} // namespace

void lowerArgReduce(Lowering &l, const Op &op, const ArgReduceOp &reduce) {
  View input = l.dense(op.operands[0]);
  View output = l.allocate(op.results[0]);
  LineSpace lines(input, reduce.dim);
  // The output has one element where the input has a line.
  lines.space.strides[1][0] = lines.inner;
  const unsigned lanes =
      lines.inner >= 8 ? std::max(1u, l.traits.vectorBytes() / 8) : 1;
  LoopNest nest(lines.space, {input.type, output.type}, lanes,
                std::max<int64_t>(1, 8192 / lines.count));
  const ArgReduceKernel kernel{reduce, nest, lines.count, lines.inner, lanes};
  l.addStep(kernel, {input, output}, nest.units(),
            nest.elementsPerUnit() * lines.count * 500);
}

} // namespace glowplug::cpu
