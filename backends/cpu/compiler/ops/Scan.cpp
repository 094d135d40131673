// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running sums and products along a dim.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Line.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {

void lowerScan(Lowering &l, const Op &op, const ScanOp &scan) {
  View input = l.dense(op.operands[0]);
  View output = l.allocate(op.results[0]);
  const DType type = input.type, run = runType(scan.kind, type);
  LineSpace lines(input, scan.dim);
  const unsigned lanes =
      lines.inner >= 8 ? std::max(1u, l.traits.vectorBytes() / computeSize(run))
                       : 1;
  LoopNest nest(lines.space, {type, type}, lanes,
                std::max<int64_t>(1, 8192 / std::max<int64_t>(1, lines.count)));
  Key key("scan");
  key << input << scan.dim << int64_t(scan.kind) << scan.exclusive
      << scan.reverse;
  l.addStep(
      key, {input, output}, nest.units(),
      nest.elementsPerUnit() * lines.count * 500, [&](Kernel &k) {
        nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                         llvm::ArrayRef<llvm::Value *>, RowRange range) {
          vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
            k.loop(k.index(0), k.index(lines.count), 1,
                   {identityOf(k, scan.kind, run, at.count)},
                   [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> sum) {
                     llvm::Value *position =
                         scan.reverse
                             ? k.b.CreateSub(k.index(lines.count - 1), i)
                             : i;
                     llvm::Value *offset =
                         k.b.CreateAdd(x, k.scale(position, lines.inner));
                     llvm::Value *element = loadElements(
                         k, type, k.advance(pointers[0], type, offset), 1, at);
                     llvm::Value *next =
                         combine(k, scan.kind, run, sum[0],
                                 castElement(k, type, run, element));
                     llvm::Value *result = scan.exclusive ? sum[0] : next;
                     storeElements(k, type, castElement(k, run, type, result),
                                   k.advance(pointers[1], type, offset), 1, at);
                     return Values{next};
                   });
          });
        });
      });
}

} // namespace glowplug::cpu
