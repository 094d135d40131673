// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The reference interpreter of instr programs.

#pragma once

#include "core/support/Tensor.h"

#include <optional>
#include <vector>

namespace glowplug {

namespace instr {
struct Program;
}

struct InstrInterpreterOptions {
  /// Takes the instructions in an order drawn from this seed among all that
  /// tokens and engines allow. Without it: program order as far as possible.
  /// Results do not depend on it.
  std::optional<uint32_t> seed;
};

/// Runs \p program on \p inputs and returns its outputs, in order.
///
/// \p program lies in an image that verifyInstr() accepted. \p segments are
/// the bytes of its segments, in order. Inputs match the program's in number,
/// type and shape. Kernels run by the interpreter of the primitive set, so a
/// program has the bits of the prim program it was made from where its sums
/// are integers. Fails when one of these does not hold (the state of the image
/// aside, which is not checked), or when memory runs out.
llvm::Expected<std::vector<Tensor>>
interpretInstr(const instr::Program &program, llvm::ArrayRef<Tensor> inputs,
               llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments = {},
               const InstrInterpreterOptions &options = {});

} // namespace glowplug
