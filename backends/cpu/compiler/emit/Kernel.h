// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One kernel function under construction.
#pragma once

#include "backends/cpu/compiler/program/Types.h"
#include "backends/cpu/compiler/target/Target.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace glowplug::cpu {

using Values = llvm::SmallVector<llvm::Value *, 4>;

/// How many elements one emitted operation covers.
struct Lanes {
  unsigned count = 1;
  llvm::Value *mask = nullptr; ///< <count x i1>; nullptr is all of them.
};

/// A function `void name(void *const *buffers, i64 begin, i64 end)` that does
/// the work units [begin, end) of one step. The caller emits its body through
/// `b` and ends it with finish().
class Kernel {
public:
  Kernel(llvm::Module &module, const Target &target, const std::string &name,
         unsigned bufferCount, bool isChecked = false);

  /// Returns from the function.
  void finish();

  /// Says that a function of the runtime accesses \p count elements of \p type,
  /// \p stride apart: code with bounds tests tests the first and the last.
  void expectAccess(llvm::Value *pointer, DType type, int64_t count,
                    int64_t stride);

  /// Start of buffer \p index.
  llvm::Value *buffer(unsigned index) const { return buffers[index]; }

  // ---- Values --------------------------------------------------------------

  llvm::Value *index(int64_t value) { return b.getInt64(value); }
  /// How an element of \p type is held in registers: i1, iN, f32 or f64.
  llvm::Type *computeType(DType type);
  /// How an element of \p type lies in memory.
  llvm::Type *memoryType(DType type);
  /// \p scalar itself for one lane, else a vector of it.
  llvm::Type *widen(llvm::Type *scalar, unsigned lanes);
  /// \p scalar in every lane.
  llvm::Value *splat(llvm::Value *scalar, unsigned lanes);
  /// A number of \p type in every lane.
  llvm::Value *integer(DType type, int64_t value, unsigned lanes);
  llvm::Value *real(DType type, double value, unsigned lanes);
  /// a * b + c; fused where the machine can.
  llvm::Value *multiplyAdd(llvm::Value *x, llvm::Value *y, llvm::Value *z);
  /// \p base advanced by \p count elements of \p type.
  llvm::Value *advance(llvm::Value *base, DType type, llvm::Value *count);
  llvm::Value *advance(llvm::Value *base, DType type, int64_t count);
  /// \p x * \p factor, folded for 0 and 1.
  llvm::Value *scale(llvm::Value *x, int64_t factor);
  llvm::Value *minimum(llvm::Value *x, llvm::Value *y);
  llvm::Value *maximum(llvm::Value *x, llvm::Value *y);
  /// Lanes below \p active, of \p count.
  Lanes firstLanes(unsigned count, llvm::Value *active);
  /// Calls a function of the runtime's list by name.
  llvm::Value *call(llvm::StringRef name, llvm::Type *result,
                    llvm::ArrayRef<llvm::Value *> arguments);
  /// Calls `result name(scalar...)` once per lane.
  llvm::Value *callPerLane(llvm::StringRef name, llvm::Type *result,
                           llvm::ArrayRef<llvm::Value *> arguments);
  /// Likewise, with a result of the type of the arguments.
  llvm::Value *callPerLane(llvm::StringRef name,
                           llvm::ArrayRef<llvm::Value *> arguments);

  // ---- Control flow --------------------------------------------------------

  /// for (i = lo; i < hi; i += step) body(i)
  void loop(llvm::Value *lo, llvm::Value *hi, int64_t step,
            llvm::function_ref<void(llvm::Value *)> body);
  /// Likewise, with values carried around: body gives the next ones.
  Values
  loop(llvm::Value *lo, llvm::Value *hi, int64_t step,
       llvm::ArrayRef<llvm::Value *> initial,
       llvm::function_ref<Values(llvm::Value *, llvm::ArrayRef<llvm::Value *>)>
           body);
  /// if (condition) body()
  void when(llvm::Value *condition, llvm::function_ref<void()> body);
  /// condition ? yes() : no(), without evaluating the other.
  Values choose(llvm::Value *condition, llvm::function_ref<Values()> yes,
                llvm::function_ref<Values()> no);

  llvm::IRBuilder<> b;
  const TargetTraits &traits;
  llvm::Value *begin = nullptr;
  llvm::Value *end = nullptr;

private:
  llvm::Module &module;
  llvm::Function *function;
  const bool isChecked;
  std::vector<llvm::Value *> buffers;
};

} // namespace glowplug::cpu
