// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts bounds tests in front of accesses.

#include "backends/cpu/compiler/codegen/CheckAccesses.h"

#include "backends/cpu/runtime/AccessFault.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

#include <map>
#include <tuple>

namespace glowplug::cpu {
namespace {

/// Accesses of one block that lie at known distances from one address: either
/// all of them happen or none, so one test before the first covers all.
struct Group {
  llvm::Value *base = nullptr;
  int64_t first = 0; ///< bytes from `base`
  int64_t end = 0;
  Access access; ///< the first one
};

class Checker {
public:
  Checker(llvm::Function &kernel, unsigned buffers);

  void check(const Group &group);
  /// Lanes of a gather, or those that a mask lets through.
  void checkLanes(const Access &access);

private:
  /// [begin, end) as i64 numbers.
  struct Bounds {
    llvm::Value *begin;
    llvm::Value *end;
  };
  Bounds boundsOf(llvm::IRBuilder<> &b, const Origin &origin) const;
  void checkRange(const Access &access, llvm::Value *isActive,
                  llvm::Value *first, llvm::Value *end);

  const llvm::DataLayout &layout;
  const unsigned bufferCount;
  llvm::SmallVector<Bounds> buffers;
  /// Where a bad access ends: takes note of it and returns.
  llvm::BasicBlock *failure;
  llvm::PHINode *what;
  llvm::PHINode *first;
  llvm::PHINode *end;
};

} // namespace

Checker::Checker(llvm::Function &kernel, unsigned count)
    : layout(kernel.getParent()->getDataLayout()), bufferCount(count) {
  llvm::BasicBlock &entry = kernel.getEntryBlock();
  llvm::IRBuilder<> b(&entry, entry.getFirstInsertionPt());
  llvm::Type *i64 = b.getInt64Ty(), *pointer = b.getPtrTy();
  llvm::Value *table = kernel.getArg(0);
  const auto entryAt = [&](llvm::Type *type, unsigned index) -> llvm::Value * {
    return b.CreateLoad(type,
                        b.CreateConstInBoundsGEP1_64(pointer, table, index));
  };
  for (unsigned i = 0; i < count; ++i)
    buffers.push_back(
        {entryAt(i64, count + 2 * i), entryAt(i64, count + 2 * i + 1)});
  llvm::Value *fault = entryAt(pointer, checkedTableSize(count) - 1);

  failure = llvm::BasicBlock::Create(kernel.getContext(), "failure", &kernel);
  b.SetInsertPoint(failure);
  what = b.CreatePHI(i64, 0);
  first = b.CreatePHI(i64, 0);
  end = b.CreatePHI(i64, 0);
  llvm::FunctionCallee callee = kernel.getParent()->getOrInsertFunction(
      "gp_cpu_access_fault",
      llvm::FunctionType::get(b.getVoidTy(), {pointer, pointer, i64, i64, i64},
                              false));
  b.CreateCall(callee, {fault, table, what, first, end})->setDoesNotThrow();
  b.CreateRetVoid();
}

Checker::Bounds Checker::boundsOf(llvm::IRBuilder<> &b,
                                  const Origin &origin) const {
  if (origin.kind == Origin::Kind::buffer)
    return buffers[origin.index];
  uint64_t bytes = 0;
  if (auto *alloca = llvm::dyn_cast<llvm::AllocaInst>(origin.object))
    bytes = alloca->getAllocationSize(layout)->getFixedValue();
  else
    bytes = layout.getTypeAllocSize(
        llvm::cast<llvm::GlobalVariable>(origin.object)->getValueType());
  llvm::Value *begin = b.CreatePtrToInt(origin.object, b.getInt64Ty());
  return {begin, b.CreateAdd(begin, b.getInt64(bytes))};
}

/// Tests the addresses [\p from, \p to) if \p isActive (or if that is null).
void Checker::checkRange(const Access &access, llvm::Value *isActive,
                         llvm::Value *from, llvm::Value *to) {
  llvm::IRBuilder<> b(access.instruction);
  const Bounds bounds = boundsOf(b, access.origin);
  llvm::Value *isBad = b.CreateOr(b.CreateICmpULT(from, bounds.begin),
                                  b.CreateICmpUGT(to, bounds.end));
  if (access.align > 1)
    isBad = b.CreateOr(
        isBad,
        b.CreateICmpNE(b.CreateAnd(from, b.getInt64(access.align.value() - 1)),
                       b.getInt64(0)));
  if (isActive)
    isBad = b.CreateAnd(isBad, isActive);
  llvm::BasicBlock *before = access.instruction->getParent();
  llvm::BasicBlock *after =
      before->splitBasicBlock(access.instruction->getIterator());
  before->getTerminator()->eraseFromParent();
  b.SetInsertPoint(before);
  b.CreateCondBr(isBad, failure, after);
  const AccessKind kind{access.isStore,
                        access.origin.kind == Origin::Kind::buffer
                            ? int32_t(access.origin.index)
                            : -1,
                        bufferCount, llvm::Log2(access.align)};
  what->addIncoming(b.getInt64(kind.encode()), before);
  first->addIncoming(from, before);
  end->addIncoming(to, before);
}

void Checker::check(const Group &group) {
  llvm::IRBuilder<> b(group.access.instruction);
  llvm::Value *base = b.CreatePtrToInt(group.base, b.getInt64Ty());
  llvm::Value *from = b.CreateAdd(base, b.getInt64(group.first));
  llvm::Value *to = b.CreateAdd(base, b.getInt64(group.end));
  checkRange(group.access, nullptr, from, to);
}

void Checker::checkLanes(const Access &access) {
  llvm::IRBuilder<> b(access.instruction);
  llvm::Type *i64 = b.getInt64Ty();
  const unsigned lanes =
      llvm::cast<llvm::FixedVectorType>(access.mask->getType())
          ->getNumElements();
  llvm::Value *bits =
      b.CreateZExt(b.CreateBitCast(access.mask, b.getIntNTy(lanes)), i64);
  llvm::Value *isActive = b.CreateICmpNE(bits, b.getInt64(0));
  if (access.pointer->getType()->isVectorTy()) {
    llvm::Type *type = llvm::FixedVectorType::get(i64, lanes);
    llvm::Value *addresses = b.CreatePtrToInt(access.pointer, type);
    llvm::Value *lowest = b.CreateIntMinReduce(
        b.CreateSelect(access.mask, addresses,
                       llvm::Constant::getAllOnesValue(type)),
        /*IsSigned=*/false);
    llvm::Value *highest =
        b.CreateIntMaxReduce(b.CreateSelect(access.mask, addresses,
                                            llvm::Constant::getNullValue(type)),
                             /*IsSigned=*/false);
    checkRange(access, isActive, lowest,
               b.CreateAdd(highest, b.getInt64(access.bytes)));
    return;
  }
  // Lanes before the first and after the last active one are not touched.
  llvm::Value *laneBytes = b.getInt64(access.bytes / lanes);
  llvm::Value *skipped =
      b.CreateIntrinsic(llvm::Intrinsic::cttz, {i64}, {bits, b.getFalse()});
  llvm::Value *unused =
      b.CreateIntrinsic(llvm::Intrinsic::ctlz, {i64}, {bits, b.getFalse()});
  llvm::Value *address = b.CreatePtrToInt(access.pointer, i64);
  llvm::Value *end = b.CreateSub(b.getInt64(64), unused);
  checkRange(access, isActive,
             b.CreateAdd(address, b.CreateMul(skipped, laneBytes)),
             b.CreateAdd(address, b.CreateMul(end, laneBytes)));
}

/// What may share a test: block, base, kind of access, alignment and what is
/// left of the offset by it.
using GroupKey =
    std::tuple<llvm::BasicBlock *, llvm::Value *, bool, uint64_t, uint64_t>;

llvm::Error checkAccesses(llvm::Function &kernel, unsigned buffers) {
  llvm::Expected<std::vector<Access>> accesses = accessesOf(kernel);
  if (!accesses)
    return accesses.takeError();
  const llvm::DataLayout &layout = kernel.getParent()->getDataLayout();
  llvm::MapVector<GroupKey, Group, std::map<GroupKey, unsigned>> groups;
  std::vector<Access> masked;
  for (const Access &access : *accesses) {
    if (access.mask) {
      masked.push_back(access);
      continue;
    }
    llvm::APInt distance(64, 0);
    llvm::Value *base = access.pointer->stripAndAccumulateConstantOffsets(
        layout, distance, /*AllowNonInbounds=*/true);
    const int64_t first = distance.getSExtValue();
    const uint64_t align = access.align.value();
    Group &group =
        groups[{access.instruction->getParent(), base, access.isStore, align,
                static_cast<uint64_t>(first) % align}];
    if (!group.base)
      group = {base, first, first, access};
    group.first = std::min(group.first, first);
    group.end = std::max(group.end, first + int64_t(access.bytes));
  }
  Checker checker(kernel, buffers);
  for (const auto &[key, group] : groups)
    checker.check(group);
  for (const Access &access : masked)
    checker.checkLanes(access);
  return llvm::Error::success();
}

llvm::Error storeTooMuch(llvm::Function &kernel) {
  llvm::Expected<std::vector<Access>> accesses = accessesOf(kernel);
  if (!accesses)
    return accesses.takeError();
  for (const Access &access : *accesses) {
    if (!access.isStore || access.origin.kind != Origin::Kind::buffer)
      continue;
    llvm::IRBuilder<> b(access.instruction);
    llvm::Value *next =
        b.CreateConstGEP1_64(b.getInt8Ty(), access.pointer, access.bytes);
    llvm::Instruction *copy = access.instruction->clone();
    copy->setOperand(1, next); // the pointer of both kinds of store
    copy->insertBefore(access.instruction);
  }
  return llvm::Error::success();
}

} // namespace glowplug::cpu
