// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scalar op table: 256 entries, which become a constant of the object.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/ScalarKinds.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/IntrinsicsX86.h"

namespace glowplug::cpu {
namespace {

/// The entries as a constant of the module; equal tables are one.
llvm::GlobalVariable *tableConstant(Kernel &k, llvm::ArrayRef<uint8_t> bytes) {
  llvm::Module &module = *k.b.GetInsertBlock()->getModule();
  llvm::Constant *entries =
      llvm::ConstantDataArray::get(k.b.getContext(), bytes);
  for (llvm::GlobalVariable &global : module.globals())
    if (global.hasInitializer() && global.getInitializer() == entries)
      return &global;
  auto *global = new llvm::GlobalVariable(module, entries->getType(), true,
                                          llvm::GlobalValue::PrivateLinkage,
                                          entries, "table");
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  global->setAlignment(llvm::Align(64));
  return global;
}

/// Lanes 0.. of \p x, \p count of them; more than it has are not defined.
llvm::Value *resize(Kernel &k, llvm::Value *x, unsigned count) {
  llvm::SmallVector<int, 64> lanes;
  for (unsigned i = 0; i < count; ++i)
    lanes.push_back(i < laneCount(x) ? static_cast<int>(i) : -1);
  return count == laneCount(x) ? x : k.b.CreateShuffleVector(x, lanes);
}

/// Looks up 64 bytes at once: each permutation answers for the 128 entries
/// that the low seven bits of an index name, and bit 7 picks one of the two.
llvm::Value *permuteBytes(Kernel &k, llvm::Value *table, llvm::Value *x) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Type *bytes = k.widen(b.getInt8Ty(), 64);
  llvm::Value *index = resize(k, x, 64);
  auto half = [&](int64_t first) {
    auto quarter = [&](int64_t at) {
      return b.CreateAlignedLoad(bytes, k.advance(table, gp_image_dtype_u8, at),
                                 llvm::Align(64));
    };
    return b.CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_qi_512, {},
                             {quarter(first), index, quarter(first + 64)});
  };
  llvm::Value *isHigh =
      b.CreateICmpSLT(index, llvm::Constant::getNullValue(bytes));
  return resize(k, b.CreateSelect(isHigh, half(128), half(0)), laneCount(x));
}

/// Gathers entries of four or eight bytes.
llvm::Value *gatherWords(Kernel &k, DType type, llvm::Value *table,
                         llvm::Value *x) {
  llvm::IRBuilder<> &b = k.b;
  const unsigned lanes = laneCount(x);
  llvm::Value *pointers =
      b.CreateInBoundsGEP(k.memoryType(type), table,
                          b.CreateZExt(x, k.widen(b.getInt64Ty(), lanes)));
  return b.CreateMaskedGather(k.widen(k.memoryType(type), lanes), pointers,
                              llvm::Align(byteSize(type)));
}

} // namespace

llvm::Value *emitTable(Kernel &k, DType type, llvm::ArrayRef<uint8_t> entries,
                       llvm::Value *x) {
  llvm::IRBuilder<> &b = k.b;
  const unsigned lanes = laneCount(x), size = byteSize(type);
  llvm::Value *table = tableConstant(k, entries);
  auto at = [&](llvm::Value *index) {
    return k.advance(table, type, b.CreateZExt(index, b.getInt64Ty()));
  };
  if (lanes == 1)
    return loadElements(k, type, at(x), 1, {});
  if (size == 1 && k.traits.permutesBytes)
    return permuteBytes(k, table, x);
  if (size >= 4)
    return gatherWords(k, type, table, x);
  llvm::Value *result =
      llvm::PoisonValue::get(k.widen(k.computeType(type), lanes));
  for (unsigned lane = 0; lane < lanes; ++lane)
    result = b.CreateInsertElement(
        result,
        loadElements(k, type, at(b.CreateExtractElement(x, lane)), 1, {}),
        lane);
  return result;
}

} // namespace glowplug::cpu
