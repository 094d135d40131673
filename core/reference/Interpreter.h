// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The reference interpreter of the primitive set: what a program means.

#pragma once

#include "core/support/Tensor.h"

#include <functional>
#include <vector>

namespace glowplug {

namespace image {
struct Program;
struct Body;
} // namespace image

/// In which types floats are held and computed. Integers are as declared, and
/// ops that compute integers from nothing but integers, inputs and constants
/// use declared types too: the rounding of a quantised program is part of its
/// meaning.
enum class Precision : uint8_t {
  /// As declared (ref32). A scalar op is computed in its type, correctly
  /// rounded. Sums of contractions and reductions, and functions such as exp,
  /// are computed in double and rounded once to their type.
  declared,
  /// As declared, but f16 and bf16 are held and computed as f32, and nothing
  /// rounds to them: the distance to `declared` is what rounding to halves
  /// costs.
  single,
  /// Every float is a double, and nothing rounds to a declared type: casts
  /// between floats do nothing (ref64).
  wide,
};

/// Called around each *decision*: an op that makes integers or booleans from
/// floats that are not the same in every precision, such as a quantize. Near a
/// tie its result takes a step for any difference of them. Decisions are
/// counted in the order in which they run, which is the same for equal programs
/// and shapes. Both functions may be empty; they run on the caller's thread.
struct DecisionHooks {
  /// May replace operands by others of the same type. \p exact says which are
  /// the same in every precision.
  std::function<void(size_t index, llvm::MutableArrayRef<Tensor> operands,
                     llvm::ArrayRef<bool> exact)>
      before;
  /// May replace results, likewise.
  std::function<void(size_t index, llvm::MutableArrayRef<Tensor> results)>
      after;
};

struct InterpreterOptions {
  Precision precision = Precision::declared;
  /// At most this many threads. Results do not depend on it.
  unsigned threads = 1;
  /// Called on the caller's thread after each op, those of composites
  /// included, with the body, the index of the op in it, and the tensors. The
  /// tensors may be kept.
  std::function<void(const image::Body &body, uint32_t op,
                     llvm::ArrayRef<Tensor> operands,
                     llvm::ArrayRef<Tensor> results)>
      observe;
  DecisionHooks decisions;
};

/// Runs \p program on \p inputs and returns its outputs, in order, each with
/// bytes of its own.
///
/// \p program lies in an image that verifyImage() accepted. \p segments are
/// the bytes of the program's segments, in order; they are read in place.
/// Inputs match the program's in number, type and shape; a float input may also
/// be given in the type in which the precision holds it, and float outputs have
/// that type. A boolean is 0 or 1. Fails when one of these does not hold (the
/// state of the image aside, which is not checked), or when memory runs out.
llvm::Expected<std::vector<Tensor>>
interpret(const image::Program &program, llvm::ArrayRef<Tensor> inputs,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments = {},
          const InterpreterOptions &options = {});

/// As interpret(), but runs \p body, which is one of the program's.
llvm::Expected<std::vector<Tensor>>
interpretBody(const image::Program &program, const image::Body &body,
              llvm::ArrayRef<Tensor> inputs,
              llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments = {},
              const InterpreterOptions &options = {});

} // namespace glowplug
