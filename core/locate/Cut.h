// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Programs that are made of some of the ops of another program.

#pragma once

#include "core/driver/Compiler.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug {

namespace image {
struct Op;
struct Program;
} // namespace image

/// Some ops of a program, as a program of their own.
struct Cut {
  PartImage program;
  /// The ops that were asked for, in the order of the whole program.
  std::vector<uint32_t> ops;
  /// Values of the whole program, one per input and output of this one.
  std::vector<uint32_t> inputs, outputs;
};

/// Cuts one program. Constants belong to no cut: each has its own of those that
/// its ops read.
class Cutter {
public:
  /// \p part, whose image was verified, outlives this.
  explicit Cutter(const PartImage &part);

  /// The ops that are no constants, in order.
  llvm::ArrayRef<uint32_t> ops() const { return computing; }

  /// The program of \p ops, which are some of ops() in their order. Its inputs
  /// are what they read and do not make; its outputs are what others read or
  /// the whole program gives, or of these only \p outputs, if there are any.
  /// Verified.
  llvm::Expected<Cut> cut(llvm::ArrayRef<uint32_t> ops,
                          llvm::ArrayRef<uint32_t> outputs = {}) const;

  const image::Program &program() const;
  /// "Conv", "Composite softmax@1"
  std::string kindOf(uint32_t op) const;
  /// Of the node of the model; may be empty.
  std::string nameOf(uint32_t op) const;
  /// Of a value; may be empty.
  std::string valueName(uint32_t value) const;

private:
  const PartImage &part;
  std::vector<uint32_t> computing;
};

} // namespace glowplug
