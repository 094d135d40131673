// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One kernel function under construction.

#include "backends/cpu/compiler/emit/Kernel.h"

#include "llvm/Support/ErrorHandling.h"

namespace glowplug::cpu {

Kernel::Kernel(llvm::Module &module, const Target &target,
               const std::string &name, unsigned bufferCount, bool isChecked)
    : b(module.getContext()), traits(target.traits()), module(module),
      isChecked(isChecked) {
  llvm::Type *pointer = b.getPtrTy();
  llvm::Type *i64 = b.getInt64Ty();
  function = llvm::Function::Create(
      llvm::FunctionType::get(b.getVoidTy(), {pointer, i64, i64}, false),
      llvm::GlobalValue::ExternalLinkage, name, module);
  function->addFnAttr("target-cpu", target.machine().getTargetCPU());
  function->addFnAttr("target-features",
                      target.machine().getTargetFeatureString());
  setKernelAttributes(*function, traits);

  b.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "entry", function));
  llvm::Argument *table = function->getArg(0);
  table->addAttr(llvm::Attribute::NoAlias);
  table->addAttr(llvm::Attribute::ReadOnly);
  begin = function->getArg(1);
  end = function->getArg(2);
  for (unsigned i = 0; i < bufferCount; ++i)
    buffers.push_back(
        b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, table, i)));
}

void Kernel::finish() { b.CreateRetVoid(); }

void Kernel::expectAccess(llvm::Value *pointer, DType type, int64_t count,
                          int64_t stride) {
  if (!isChecked || count == 0)
    return;
  for (int64_t element : {int64_t(0), (count - 1) * stride})
    b.CreateAlignedLoad(memoryType(type), advance(pointer, type, element),
                        llvm::Align(byteSize(type)));
}

// ---- Values
// ------------------------------------------------------------------

llvm::Type *Kernel::computeType(DType type) {
  switch (type) {
  case gp_image_dtype_boolean:
    return b.getInt1Ty();
  case gp_image_dtype_f16:
  case gp_image_dtype_bf16:
  case gp_image_dtype_f32:
    return b.getFloatTy();
  case gp_image_dtype_f64:
    return b.getDoubleTy();
  default:
    return b.getIntNTy(byteSize(type) * 8);
  }
}

llvm::Type *Kernel::memoryType(DType type) {
  if (type == gp_image_dtype_f32 || type == gp_image_dtype_f64)
    return computeType(type);
  return b.getIntNTy(byteSize(type) * 8);
}

llvm::Type *Kernel::widen(llvm::Type *scalar, unsigned lanes) {
  return lanes == 1 ? scalar : llvm::FixedVectorType::get(scalar, lanes);
}

llvm::Value *Kernel::splat(llvm::Value *scalar, unsigned lanes) {
  return lanes == 1 ? scalar : b.CreateVectorSplat(lanes, scalar);
}

llvm::Value *Kernel::integer(DType type, int64_t value, unsigned lanes) {
  return llvm::ConstantInt::get(widen(computeType(type), lanes),
                                static_cast<uint64_t>(value), true);
}

llvm::Value *Kernel::real(DType type, double value, unsigned lanes) {
  return llvm::ConstantFP::get(widen(computeType(type), lanes), value);
}

llvm::Value *Kernel::multiplyAdd(llvm::Value *x, llvm::Value *y,
                                 llvm::Value *z) {
  if (!traits.hasFma)
    return b.CreateFAdd(b.CreateFMul(x, y), z);
  return b.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()}, {x, y, z});
}

llvm::Value *Kernel::advance(llvm::Value *base, DType type,
                             llvm::Value *count) {
  return b.CreateInBoundsGEP(memoryType(type), base, count);
}

llvm::Value *Kernel::advance(llvm::Value *base, DType type, int64_t count) {
  return count == 0 ? base : advance(base, type, index(count));
}

llvm::Value *Kernel::scale(llvm::Value *x, int64_t factor) {
  if (factor == 0)
    return index(0);
  return factor == 1 ? x : b.CreateMul(x, index(factor));
}

llvm::Value *Kernel::minimum(llvm::Value *x, llvm::Value *y) {
  return b.CreateBinaryIntrinsic(llvm::Intrinsic::smin, x, y);
}

llvm::Value *Kernel::maximum(llvm::Value *x, llvm::Value *y) {
  return b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, x, y);
}

Lanes Kernel::firstLanes(unsigned count, llvm::Value *active) {
  llvm::SmallVector<llvm::Constant *, 64> steps;
  for (unsigned i = 0; i < count; ++i)
    steps.push_back(b.getInt8(static_cast<uint8_t>(i)));
  llvm::Value *limit = splat(b.CreateTrunc(active, b.getInt8Ty()), count);
  return {count, b.CreateICmpULT(llvm::ConstantVector::get(steps), limit)};
}

llvm::Value *Kernel::call(llvm::StringRef name, llvm::Type *result,
                          llvm::ArrayRef<llvm::Value *> arguments) {
  llvm::SmallVector<llvm::Type *, 8> types;
  for (llvm::Value *argument : arguments)
    types.push_back(argument->getType());
  llvm::FunctionCallee callee = module.getOrInsertFunction(
      name, llvm::FunctionType::get(result, types, false));
  llvm::CallInst *call = b.CreateCall(callee, arguments);
  call->setDoesNotThrow();
  return call;
}

llvm::Value *Kernel::callPerLane(llvm::StringRef name,
                                 llvm::ArrayRef<llvm::Value *> arguments) {
  return callPerLane(name, arguments[0]->getType()->getScalarType(), arguments);
}

llvm::Value *Kernel::callPerLane(llvm::StringRef name, llvm::Type *scalar,
                                 llvm::ArrayRef<llvm::Value *> arguments) {
  auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(arguments[0]->getType());
  if (!vector)
    return call(name, scalar, arguments);
  const unsigned lanes = vector->getNumElements();
  llvm::Value *result = llvm::PoisonValue::get(widen(scalar, lanes));
  for (unsigned lane = 0; lane < lanes; ++lane) {
    Values scalars;
    for (llvm::Value *argument : arguments)
      scalars.push_back(b.CreateExtractElement(argument, lane));
    result = b.CreateInsertElement(result, call(name, scalar, scalars), lane);
  }
  return result;
}

// ---- Control flow
// ------------------------------------------------------------

void Kernel::loop(llvm::Value *lo, llvm::Value *hi, int64_t step,
                  llvm::function_ref<void(llvm::Value *)> body) {
  loop(lo, hi, step, {},
       [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *>) -> Values {
         body(i);
         return {};
       });
}

Values Kernel::loop(
    llvm::Value *lo, llvm::Value *hi, int64_t step,
    llvm::ArrayRef<llvm::Value *> initial,
    llvm::function_ref<Values(llvm::Value *, llvm::ArrayRef<llvm::Value *>)>
        body) {
  // A loop known to run once or never needs no branch.
  auto *first = llvm::dyn_cast<llvm::ConstantInt>(lo);
  auto *last = llvm::dyn_cast<llvm::ConstantInt>(hi);
  if (first && last) {
    int64_t from = first->getSExtValue(), to = last->getSExtValue();
    if (from >= to)
      return Values(initial.begin(), initial.end());
    if (to - from <= step)
      return body(lo, initial);
  }

  llvm::LLVMContext &context = module.getContext();
  auto *head = llvm::BasicBlock::Create(context, "loop", function);
  auto *after = llvm::BasicBlock::Create(context, "after", function);
  llvm::BasicBlock *before = b.GetInsertBlock();
  // A constant count of at least one needs no test at the entry.
  if (first && last)
    b.CreateBr(head);
  else
    b.CreateCondBr(b.CreateICmpSLT(lo, hi), head, after);

  b.SetInsertPoint(head);
  llvm::PHINode *i = b.CreatePHI(b.getInt64Ty(), 2);
  i->addIncoming(lo, before);
  llvm::SmallVector<llvm::PHINode *, 8> carried;
  Values now;
  for (llvm::Value *value : initial) {
    llvm::PHINode *phi = b.CreatePHI(value->getType(), 2);
    phi->addIncoming(value, before);
    carried.push_back(phi);
    now.push_back(phi);
  }
  Values next = body(i, now);
  llvm::BasicBlock *latch = b.GetInsertBlock();
  llvm::Value *following = b.CreateNSWAdd(i, index(step));
  i->addIncoming(following, latch);
  for (unsigned k = 0; k < carried.size(); ++k)
    carried[k]->addIncoming(next[k], latch);
  b.CreateCondBr(b.CreateICmpSLT(following, hi), head, after);

  b.SetInsertPoint(after);
  if (first && last)
    return next;
  Values results;
  for (unsigned k = 0; k < carried.size(); ++k) {
    llvm::PHINode *phi = b.CreatePHI(initial[k]->getType(), 2);
    phi->addIncoming(initial[k], before);
    phi->addIncoming(next[k], latch);
    results.push_back(phi);
  }
  return results;
}

void Kernel::when(llvm::Value *condition, llvm::function_ref<void()> body) {
  choose(
      condition,
      [&]() -> Values {
        body();
        return {};
      },
      [] { return Values(); });
}

Values Kernel::choose(llvm::Value *condition, llvm::function_ref<Values()> yes,
                      llvm::function_ref<Values()> no) {
  llvm::LLVMContext &context = module.getContext();
  auto *onTrue = llvm::BasicBlock::Create(context, "yes", function);
  auto *onFalse = llvm::BasicBlock::Create(context, "no", function);
  auto *after = llvm::BasicBlock::Create(context, "after", function);
  b.CreateCondBr(condition, onTrue, onFalse);
  b.SetInsertPoint(onTrue);
  Values first = yes();
  llvm::BasicBlock *firstEnd = b.GetInsertBlock();
  b.CreateBr(after);
  b.SetInsertPoint(onFalse);
  Values second = no();
  llvm::BasicBlock *secondEnd = b.GetInsertBlock();
  b.CreateBr(after);
  b.SetInsertPoint(after);
  Values results;
  for (unsigned k = 0; k < first.size(); ++k) {
    llvm::PHINode *phi = b.CreatePHI(first[k]->getType(), 2);
    phi->addIncoming(first[k], firstEnd);
    phi->addIncoming(second[k], secondEnd);
    results.push_back(phi);
  }
  return results;
}

} // namespace glowplug::cpu
