// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the code of a kernel loads and stores, and from where.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace glowplug::cpu {

/// The memory that an address points into.
struct Origin {
  enum class Kind {
    table,  ///< the kernel's table of buffers itself
    buffer, ///< the buffer of number `index`
    stack,  ///< `object` is an alloca
    global, ///< `object` is a constant of the module
  };
  Kind kind = Kind::table;
  unsigned index = 0;
  llvm::Value *object = nullptr;
};

/// One load or store.
struct Access {
  llvm::Instruction *instruction = nullptr;
  /// First byte; of a gather, a vector of pointers, one per lane.
  llvm::Value *pointer = nullptr;
  llvm::Value *mask = nullptr; ///< <lanes x i1>; null if all are accessed
  bool isStore = false;
  unsigned bytes = 0;        ///< over all lanes; of a gather, per lane
  unsigned elementBytes = 0; ///< 0 if elements are no whole bytes
  llvm::Align align;
  Origin origin;
};

/// How a kernel may use its buffers, and what people call it.
struct KernelInfo {
  std::string name;                   ///< "tiled conv"
  std::vector<unsigned> elementBytes; ///< per buffer, in memory

  bool operator==(const KernelInfo &) const = default;
};

/// All accesses of \p kernel but those of its table of buffers. Fails if the
/// origin of an address cannot be told: nothing is left out in silence.
llvm::Expected<std::vector<Access>> accessesOf(llvm::Function &kernel);

/// Fails if \p kernel stores an element that is not as wide as the elements of
/// its buffer: it would write past the end, or leave gaps.
llvm::Error verifyStores(llvm::Function &kernel, const KernelInfo &info);

} // namespace glowplug::cpu
