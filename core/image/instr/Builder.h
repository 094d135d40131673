// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes an instr program.
///
/// ```
/// InstrBuilder b("name", machine);
/// uint32_t x = b.buffer("x", dram, 0, 64), t = b.buffer("t", spad, 0, 64);
/// b.input(x, {DType::i8, {64}});
/// uint32_t load = b.copy(dma, b.view(x, type), b.view(t, type));
/// ```
///
/// The builder checks nothing: verifyInstr() does.

#pragma once

#include "core/image/ImageBuilder.h"
#include "core/image/instr/instr_generated.h"

namespace glowplug {

class InstrBuilder {
public:
  /// \p machine are the bytes of the description that it is written for.
  InstrBuilder(llvm::StringRef name, llvm::ArrayRef<uint8_t> machine);

  /// Declares a buffer and returns its index.
  uint32_t buffer(llvm::StringRef name, uint32_t space, uint64_t offset,
                  uint64_t bytes);
  void input(uint32_t buffer, const TensorType &type);
  void output(uint32_t buffer, const TensorType &type);
  void constant(uint32_t buffer, uint32_t segment, uint64_t offset);
  /// Declares a segment and returns its index.
  uint32_t segment(uint64_t bytes);

  /// A kernel of one op: a body to fill, whose number compute() takes.
  BodyBuilder &addKernel();
  uint32_t lastKernel() const { return kernelCount - 1; }

  /// A tensor at \p offset bytes of a buffer; row-major without \p strides.
  static instr::ViewT view(uint32_t buffer, const TensorType &type,
                           int64_t offset = 0,
                           llvm::ArrayRef<int64_t> strides = {});

  /// Instructions; each returns its index.
  uint32_t copy(uint32_t engine, const instr::ViewT &source,
                const instr::ViewT &target,
                llvm::ArrayRef<uint32_t> waits = {});
  uint32_t fill(uint32_t engine, const instr::ViewT &target,
                llvm::ArrayRef<uint8_t> value,
                llvm::ArrayRef<uint32_t> waits = {});
  uint32_t compute(uint32_t engine, uint32_t kernel,
                   llvm::ArrayRef<instr::ViewT> operands,
                   llvm::ArrayRef<instr::ViewT> results,
                   llvm::ArrayRef<uint32_t> waits = {},
                   bool accumulate = false);
  uint32_t wait(uint32_t engine, llvm::ArrayRef<uint32_t> waits);

  /// For what the functions here do not set, and for tests that break rules.
  instr::ProgramT &program() { return content; }

  /// The program, 8-byte aligned inside if its first byte is.
  std::vector<uint8_t> finish();

private:
  uint32_t append(uint32_t engine, llvm::ArrayRef<uint32_t> waits,
                  instr::ActionUnion action);

  instr::ProgramT content;
  ProgramBuilder kernels;
  uint32_t kernelCount = 0;
};

} // namespace glowplug
