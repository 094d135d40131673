// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All ops of a program in order, and its outputs.

#include "backends/cpu/compiler/LowerProgram.h"

#include "backends/cpu/compiler/ops/Ops.h"
#include "backends/cpu/compiler/tiled/Tiled.h"

namespace glowplug::cpu {
namespace {

/// Calls the lowering of an op by the type of its attributes.
struct Dispatch {
  Lowering &l;
  const Op &op;

  void operator()(const ConstantOp &a) { lowerConstant(l, op, a); }
  void operator()(const MapOp &a) { lowerMap(l, op, a); }
  void operator()(const ReduceOp &a) { lowerReduce(l, op, a); }
  void operator()(const ArgReduceOp &a) { lowerArgReduce(l, op, a); }
  void operator()(const ScanOp &a) { lowerScan(l, op, a); }
  void operator()(const SortOp &a) { lowerSort(l, op, a); }
  void operator()(const WindowOp &a) { lowerWindow(l, op, a); }
  void operator()(const MatMulOp &a) { lowerMatMul(l, op, a); }
  void operator()(const ConvOp &a) { lowerConv(l, op, a); }
  void operator()(const TransposeOp &a) { lowerTranspose(l, op, a); }
  void operator()(const ReshapeOp &) { lowerReshape(l, op); }
  void operator()(const BroadcastOp &) { lowerBroadcast(l, op); }
  void operator()(const SliceOp &a) { lowerSlice(l, op, a); }
  void operator()(const PadOp &a) { lowerPad(l, op, a); }
  void operator()(const ConcatOp &a) { lowerConcat(l, op, a); }
  void operator()(const GatherOp &a) { lowerGather(l, op, a); }
  void operator()(const ScatterOp &a) { lowerScatter(l, op, a); }
  void operator()(const SelectBoxesOp &a) { lowerSelectBoxes(l, op, a); }
};

/// Makes \p id output \p index: in place, if it is the whole of a piece of
/// scratch memory that is no output yet, else by a copy.
void defineOutput(Lowering &l, uint32_t index, ValueId id) {
  View view = l.dense(id);
  Storage &storage = l.storage(view.storage);
  if (storage.isFree() && view.offset == 0 &&
      storage.bytes == l.value(id).bytes()) {
    storage.kind = Storage::Kind::output;
    storage.index = index;
    return;
  }
  View to = view;
  to.offset = 0;
  to.storage =
      l.addStorage({Storage::Kind::output, index, l.value(id).bytes()});
  l.copy(view, to);
}

} // namespace

void lowerProgram(Lowering &l) {
  std::optional<TiledProgram> tiled;
  if (l.options.useTiledKernels)
    tiled.emplace(l);
  for (size_t i = 0; i < l.program.ops.size(); ++i) {
    const Op &op = l.program.ops[i];
    l.beginOp(i);
    if (!tiled || !tiled->lower(i))
      std::visit(Dispatch{l, op}, op.attributes);
  }
  for (uint32_t i = 0; i < l.program.outputs.size(); ++i) {
    l.beginOutput(i);
    defineOutput(l, i, l.program.outputs[i]);
  }
}

} // namespace glowplug::cpu
