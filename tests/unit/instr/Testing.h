// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A small machine, and programs that are valid on it but for one rule.

#pragma once

#include "core/image/instr/Builder.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/machine_generated.h"

#include <gtest/gtest.h>

namespace glowplug::test {

// The spaces and engines of toyMachine().
enum Space : uint32_t { dram, spad, acc };
enum Engine : uint32_t { load, matrix, vector, store };

/// DRAM for bindings, a scratchpad of 4096 bytes, an accumulator of 8192; two
/// DMA engines, a matrix engine (conv and matmul, int8, sums up) and a vector
/// engine (maps).
machine::MachineT toyMachine();
std::vector<uint8_t> bytesOf(const machine::MachineT &machine);

/// What the verifiers say; empty if they accept.
std::string machineError(const machine::MachineT &machine);
std::string instrError(llvm::ArrayRef<uint8_t> bytes,
                       llvm::ArrayRef<uint8_t> machine);
std::string instrError(InstrBuilder &program);

/// A program for toyMachine(): x in DRAM to the scratchpad and back to y, with
/// three buffers of 64 bytes. copyProgram() waits as it should.
struct CopyProgram {
  InstrBuilder b;
  TensorType type{DType::i8, {64}};
  uint32_t x, tile, y;
  CopyProgram();
  /// In and out, as far as they are wanted.
  uint32_t copyIn(llvm::ArrayRef<uint32_t> waits = {});
  uint32_t copyOut(llvm::ArrayRef<uint32_t> waits = {});
};

/// Numbers that look random: equal seeds give equal tensors.
Tensor randomTensor(const TensorType &type, uint32_t seed);

} // namespace glowplug::test
