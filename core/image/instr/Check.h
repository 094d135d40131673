// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the parts of the verifier of instr programs share.

#pragma once

#include "core/image/VerifyRules.h"
#include "core/image/instr/Order.h"
#include "core/image/instr/View.h"
#include "core/image/instr/machine_generated.h"

namespace glowplug::instr {

using verify::broken;

/// Features that this build knows and whose presence a program may demand.
llvm::Error needNoFeatures(
    const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>
        *features);

/// For messages: "instruction 3 'conv1' on 'matrix'".
std::string describe(const Program &program, const machine::Machine &machine,
                     uint32_t instruction);
/// For messages: "buffer 2 'tile'".
std::string describe(const Program &program, uint32_t buffer);

/// A view in an instruction, and what the instruction does with it.
struct Access {
  const View *view;
  bool reads;
  bool writes;
};

/// The views of \p instruction, operands and sources first.
llvm::SmallVector<Access, 6> accessesOf(const Instruction &instruction);

/// The body that a compute instruction runs, and its one op.
const image::Body &kernelOf(const image::Program &kernels,
                            const Compute &compute);
const image::Op &kernelOpOf(const image::Body &kernel);

/// The address in its space at which \p view begins.
inline uint64_t addressOf(const Program &program, const View &view) {
  return program.buffers()->Get(view.buffer())->offset() + view.offset();
}
inline uint32_t spaceOf(const Program &program, const View &view) {
  return program.buffers()->Get(view.buffer())->space();
}

/// Reachability, alignment and limits: \p engine can do the action of
/// \p instruction, whose views, and kernel, are valid.
llvm::Error verifyEngine(const Instruction &instruction, const Program &program,
                         const image::Program *kernels,
                         const machine::Machine &machine);

/// The rule of its engine that takes the compute \p instruction; NULL if none
/// does.
const machine::Rule *ruleOf(const Instruction &instruction,
                            const Program &program,
                            const image::Program *kernels,
                            const machine::Machine &machine);

/// Lifetimes and races, over instructions in the order \p order.
llvm::Error verifyMemory(const Program &program,
                         const machine::Machine &machine, const Order &order);

} // namespace glowplug::instr
