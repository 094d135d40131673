// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops and branches in SSA form, without help from a later pass.

#include "backends/cpu/compiler/kernels/Loop.h"

#include "llvm/IR/Constants.h"

using namespace llvm;

namespace glowplug::cpu {

void emitLoop(IRBuilder<> &builder, Value *low, Value *high, int64_t step,
              SmallVectorImpl<Value *> &carried,
              function_ref<void(Value *)> body) {
  auto *constantLow = dyn_cast<ConstantInt>(low);
  auto *constantHigh = dyn_cast<ConstantInt>(high);
  const bool isConstant = constantLow && constantHigh;
  if (isConstant) {
    const int64_t span =
        constantHigh->getSExtValue() - constantLow->getSExtValue();
    if (span <= 0)
      return;
    if (span <= step) {
      body(low);
      return;
    }
  }

  LLVMContext &context = builder.getContext();
  BasicBlock *before = builder.GetInsertBlock();
  Function *function = before->getParent();
  auto *loop = BasicBlock::Create(context, "loop", function);
  auto *after = BasicBlock::Create(context, "after", function);
  if (isConstant)
    builder.CreateBr(loop);
  else
    builder.CreateCondBr(builder.CreateICmpSLT(low, high), loop, after);

  builder.SetInsertPoint(loop);
  const SmallVector<Value *, 32> initial(carried.begin(), carried.end());
  PHINode *index = builder.CreatePHI(low->getType(), 2, "i");
  index->addIncoming(low, before);
  SmallVector<PHINode *, 32> phis;
  for (Value *&value : carried) {
    PHINode *phi = builder.CreatePHI(value->getType(), 2);
    phi->addIncoming(value, before);
    phis.push_back(phi);
    value = phi;
  }
  body(index);

  BasicBlock *latch = builder.GetInsertBlock();
  Value *next = builder.CreateNSWAdd(index, builder.getInt64(step));
  index->addIncoming(next, latch);
  for (auto [phi, value] : zip_equal(phis, carried))
    phi->addIncoming(value, latch);
  builder.CreateCondBr(builder.CreateICmpSLT(next, high), loop, after);

  builder.SetInsertPoint(after);
  if (isConstant)
    return;
  for (auto [value, start] : zip_equal(carried, initial)) {
    PHINode *merged = builder.CreatePHI(value->getType(), 2);
    merged->addIncoming(start, before);
    merged->addIncoming(value, latch);
    value = merged;
  }
}

void emitLoop(IRBuilder<> &builder, Value *low, Value *high, int64_t step,
              function_ref<void(Value *)> body) {
  SmallVector<Value *, 1> nothing;
  emitLoop(builder, low, high, step, nothing, body);
}

void emitIf(IRBuilder<> &builder, Value *condition, function_ref<void()> body) {
  if (auto *constant = dyn_cast<ConstantInt>(condition)) {
    if (constant->isOne())
      body();
    return;
  }
  Function *function = builder.GetInsertBlock()->getParent();
  auto *then = BasicBlock::Create(builder.getContext(), "then", function);
  auto *after = BasicBlock::Create(builder.getContext(), "after", function);
  builder.CreateCondBr(condition, then, after);
  builder.SetInsertPoint(then);
  body();
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
}

} // namespace glowplug::cpu
