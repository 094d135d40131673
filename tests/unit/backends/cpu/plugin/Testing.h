// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs programs on the CPU plugin and compares with the reference
/// interpreter.
#pragma once

#include "core/image/ImageBuilder.h"
#include "core/runtime/Backend.h"
#include "core/support/Convert.h"

#include <gtest/gtest.h>

#include <random>

namespace glowplug::cputest {

using Options = std::vector<BackendOption>;
using Segments = llvm::ArrayRef<llvm::ArrayRef<uint8_t>>;

/// The CPU backend opened with \p options; one per set of options.
std::shared_ptr<Backend> cpuBackend(const Options &options = {});

/// The seeds of a random test: 0 up to \p count. Every third
/// of them where the tests run once more, with code for a plainer CPU.
std::vector<uint32_t> seeds(uint32_t count);

/// The image of \p program, verified; the test fails if it is not valid.
AlignedBytes imageOf(const ProgramBuilder &program);

/// Compiles \p image with \p options, loads and runs it with each number of
/// \p threads, every second one once more with bounds tests. The test fails,
/// and nothing comes back, if anything does. Outputs and workspace are filled
/// with garbage before, and bytes after them are checked.
std::vector<std::vector<Tensor>>
runOnCpu(const AlignedBytes &image, llvm::ArrayRef<Tensor> inputs,
         llvm::ArrayRef<unsigned> threads = {1}, const Options &options = {},
         Segments segments = {});

/// What the reference interpreter gives.
std::vector<Tensor> runReference(const AlignedBytes &image,
                                 llvm::ArrayRef<Tensor> inputs,
                                 Segments segments = {});

/// How far a float may be from the reference: \p ulps units in the last place
/// of the reference's value, plus \p relativeToSum times `sum` of that element.
struct Limit {
  double ulps = 0;
  double relativeToSum = 0;
  /// One tensor per output, if relativeToSum is used: for a sum of products,
  /// the sum of their absolute values.
  std::vector<Tensor> sums;
};

/// Runs \p program on the reference and on the CPU with one and with two
/// threads. The latter agree bit by bit with each other; integers with the
/// reference too, floats within \p limit.
void expectAgreement(const ProgramBuilder &program,
                     llvm::ArrayRef<Tensor> inputs, const Limit &limit = {},
                     const Options &options = {}, Segments segments = {});

/// Expects \p actual to be within \p limit of \p expected.
void expectClose(const Tensor &actual, const Tensor &expected,
                 const Limit &limit = {}, size_t output = 0);

/// A source of random numbers that is the same in every run.
using Random = std::mt19937;

/// An integer of low..high.
int64_t pick(Random &random, int64_t low, int64_t high);

/// A shape of \p rank dims of 1..\p largest each.
std::vector<int64_t> pickShape(Random &random, size_t rank, int64_t largest);

/// Random elements: integers over their whole range, booleans, floats between
/// -2 and 2 with a full significand.
Tensor randomTensor(Random &random, DType type, llvm::ArrayRef<int64_t> shape);
/// Random elements, every 8th of which is a special one: zeros, infinities,
/// NaN, subnormals, largest and smallest numbers.
Tensor specialTensor(Random &random, DType type, llvm::ArrayRef<int64_t> shape);

/// Every element type.
llvm::ArrayRef<DType> allTypes();
llvm::ArrayRef<DType> integerTypes();
llvm::ArrayRef<DType> floatTypes();

} // namespace glowplug::cputest
