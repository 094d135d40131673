// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running sums and products along a dim.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Line.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {
namespace {

struct ScanKernel {
  static constexpr llvm::StringLiteral name = "scan";

  ScanOp op;
  LoopNest nest; // input, output
  int64_t count; // elements of a line, `inner` elements apart
  int64_t inner;
  unsigned lanes;

  bool operator==(const ScanKernel &) const = default;
  void emit(Kernel &k) const;

private:
  void scanLines(Kernel &k, llvm::ArrayRef<llvm::Value *> pointers,
                 llvm::Value *x, Lanes at) const;
};

/// The lines from \p x on, one per lane.
void ScanKernel::scanLines(Kernel &k, llvm::ArrayRef<llvm::Value *> pointers,
                           llvm::Value *x, Lanes at) const {
  const DType type = nest.type(0), run = runType(op.kind, type);
  k.loop(k.index(0), k.index(count), 1, {identityOf(k, op.kind, run, at.count)},
         [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> sum) {
           llvm::Value *position =
               op.reverse ? k.b.CreateSub(k.index(count - 1), i) : i;
           llvm::Value *offset = k.b.CreateAdd(x, k.scale(position, inner));
           llvm::Value *element = loadElements(
               k, type, k.advance(pointers[0], type, offset), 1, at);
           llvm::Value *next = combine(k, op.kind, run, sum[0],
                                       castElement(k, type, run, element));
           llvm::Value *result = op.exclusive ? sum[0] : next;
           storeElements(k, type, castElement(k, run, type, result),
                         k.advance(pointers[1], type, offset), 1, at);
           return Values{next};
         });
}

void ScanKernel::emit(Kernel &k) const {
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    vectorLoop(k, range, lanes, true, [&](llvm::Value *x, Lanes at) {
      scanLines(k, pointers, x, at);
    });
  });
}

} // namespace

void lowerScan(Lowering &l, const Op &op, const ScanOp &scan) {
  View input = l.dense(op.operands[0]);
  View output = l.allocate(op.results[0]);
  const DType type = input.type;
  LineSpace lines(input, scan.dim);
  const unsigned lanes =
      lines.inner >= 8 ? std::max(1u, l.traits.vectorBytes() /
                                          computeSize(runType(scan.kind, type)))
                       : 1;
  LoopNest nest(lines.space, {type, type}, lanes,
                std::max<int64_t>(1, 8192 / std::max<int64_t>(1, lines.count)));
  const ScanKernel kernel{scan, nest, lines.count, lines.inner, lanes};
  l.addStep(kernel, {input, output}, nest.units(),
            nest.elementsPerUnit() * lines.count * 500);
}

} // namespace glowplug::cpu
