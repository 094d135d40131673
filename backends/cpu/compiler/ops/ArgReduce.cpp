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
  // NaN beats every number; another NaN only as a later equal.
  P wanted = max ? (op.selectLast ? P::FCMP_OGE : P::FCMP_OGT)
                 : (op.selectLast ? P::FCMP_OLE : P::FCMP_OLT);
  llvm::Value *bestIsNan = b.CreateFCmpUNO(best, best);
  llvm::Value *isNan = b.CreateFCmpUNO(x, x);
  llvm::Value *wins =
      op.selectLast ? isNan : b.CreateAnd(isNan, b.CreateNot(bestIsNan));
  return b.CreateOr(b.CreateFCmp(wanted, x, best), wins);
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
  Key key("arg_reduce");
  key << input << reduce.dim << int64_t(reduce.kind) << reduce.selectLast;
  l.addStep(
      key, {input, output}, nest.units(),
      nest.elementsPerUnit() * lines.count * 500, [&](Kernel &k) {
        nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                         llvm::ArrayRef<llvm::Value *>, RowRange range) {
          vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
            llvm::Value *line = k.advance(pointers[0], input.type, x);
            auto load = [&](llvm::Value *i) {
              return loadElements(
                  k, input.type,
                  k.advance(line, input.type, k.scale(i, lines.inner)), 1, at);
            };
            Values initial{load(k.index(0)), k.splat(k.index(0), at.count)};
            Values found = k.loop(
                k.index(1), k.index(lines.count), 1, initial,
                [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> best) {
                  llvm::Value *now = load(i);
                  llvm::Value *better =
                      replaces(k, reduce, input.type, now, best[0]);
                  return Values{
                      k.b.CreateSelect(better, now, best[0]),
                      k.b.CreateSelect(better, k.splat(i, at.count), best[1])};
                });
            storeElements(k, output.type, found[1],
                          k.advance(pointers[1], output.type, x), 1, at);
          });
        });
      });
}

} // namespace glowplug::cpu
