// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Boxes that do not overlap a better one: one call of the runtime.

#include "backends/cpu/runtime/SelectBoxes.h"
#include "backends/cpu/compiler/ops/Ops.h"

namespace glowplug::cpu {
namespace {

struct SelectBoxesKernel {
  static constexpr llvm::StringLiteral name = "non_max_suppression";

  // boxes, scores, limit, both thresholds, rows, count, scratch
  static constexpr unsigned bufferCount = 8;

  DType type; // of boxes, scores and thresholds
  int64_t batches, classes, count, most;
  bool isCenter;

  bool operator==(const SelectBoxesKernel &) const = default;
  void emit(Kernel &k) const;

private:
  /// How many elements of a buffer are accessed, and of which type.
  std::pair<DType, int64_t> access(unsigned buffer) const;
};

std::pair<DType, int64_t> SelectBoxesKernel::access(unsigned buffer) const {
  constexpr DType i64 = gp_image_dtype_i64;
  switch (buffer) {
  case 0:
    return {type, batches * count * 4};
  case 1:
    return {type, batches * classes * count};
  case 3:
  case 4:
    return {type, 1};
  case 5:
    return {i64, batches * classes * most * 3};
  case 7:
    return {i64, count * selectionWords};
  default:
    return {i64, 1};
  }
}

void SelectBoxesKernel::emit(Kernel &k) const {
  llvm::Type *pointer = k.b.getPtrTy(), *i64 = k.b.getInt64Ty();
  // runtime/SelectBoxes.h: struct BoxSelection
  llvm::SmallVector<llvm::Type *> fields(bufferCount, pointer);
  fields.append(4, i64);
  auto *record = llvm::StructType::get(k.b.getContext(), fields);
  llvm::Value *argument = k.b.CreateAlloca(record);
  for (unsigned i = 0; i < bufferCount; ++i) {
    const auto [elements, number] = access(i);
    if (number != 0)
      k.expectAccess(k.buffer(i), elements, number, 1);
    k.b.CreateStore(k.buffer(i), k.b.CreateStructGEP(record, argument, i));
  }
  unsigned field = bufferCount;
  for (int64_t number : {batches, classes, count, most})
    k.b.CreateStore(k.index(number),
                    k.b.CreateStructGEP(record, argument, field++));
  k.call("gp_cpu_select_boxes", k.b.getVoidTy(),
         {argument, k.b.getInt32(type), k.b.getInt32(isCenter)});
}

} // namespace

void lowerSelectBoxes(Lowering &l, const Op &op, const SelectBoxesOp &select) {
  llvm::SmallVector<View> buffers;
  for (ValueId operand : op.operands)
    buffers.push_back(l.dense(operand));
  for (ValueId result : op.results)
    buffers.push_back(l.allocate(result));
  const View scores = buffers[1];
  const int64_t count = scores.sizes[2];
  buffers.push_back(l.allocate(gp_image_dtype_i64, {count * selectionWords}));
  const SelectBoxesKernel kernel{scores.type, scores.sizes[0], scores.sizes[1],
                                 count,       select.most,     select.isCenter};
  const auto cost = static_cast<uint64_t>(scores.elements()) * 50000;
  l.addStep(kernel, buffers, /*units=*/1, cost);
}

} // namespace glowplug::cpu
