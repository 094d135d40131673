// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Says whether outputs are right. docs/adr/0006-error-limit.md has the rules
/// and the measurements behind their numbers.

#pragma once

#include "core/driver/Compiler.h"
#include "core/support/Tensor.h"

#include <string>
#include <vector>

namespace glowplug {

/// An element that is not what it should be.
struct WrongElement {
  std::vector<int64_t> index; ///< One number per dim.
  std::string got, want;      ///< As short as tells it from its neighbours.
  /// The distance as a multiple of the limit, of integers the distance; the
  /// largest double where one of the two is NaN or infinite.
  double severity = 0;
};

/// How far one output is from what it should be.
struct OutputComparison {
  uint64_t elements = 0;
  /// Elements beyond the limit; of integers and booleans, those that differ;
  /// of floats, also those where only one side is NaN or infinite. The next
  /// three say how many of them are not finite, and do not overlap.
  uint64_t mismatches = 0;
  uint64_t nanForNumber = 0; ///< NaN where a number was expected.
  uint64_t numberForNan = 0; ///< A number where NaN was expected.
  /// Of numbers, an infinite one for another, or the other way round.
  uint64_t infinite = 0;
  /// Largest distance of two finite floats, or of two integers.
  double maxError = 0;
  /// Largest ratio of a distance to its limit, over floats. Where the limit is
  /// 0 and the distance is not, it is the largest double.
  double maxErrorOverLimit = 0;
  /// Elements that are within their limit only because floats next to a tie
  /// may decide otherwise than the reference. 0 says more than a pass.
  uint64_t decidedOtherwise = 0;
  bool isExact = false; ///< Integers or booleans: they have to be equal.
  /// Set if there are mismatches: the first, and the first of the worst.
  WrongElement first, worst;

  /// Too many elements are right only because of decidedOtherwise.
  bool isVacuous() const;
};

/// Above this share of an output's elements, being right only because floats
/// may decide otherwise says nothing about the output.
inline constexpr double mostDecidedOtherwise = 0.01;

enum class CompareVerdict : uint8_t {
  pass,
  fail,
  /// Nothing is wrong, but an output is vacuous.
  notComparable,
};

/// How far the outputs of a model are from what they should be.
struct Comparison {
  std::vector<OutputComparison> outputs;

  CompareVerdict verdict() const;
  bool pass() const { return verdict() == CompareVerdict::pass; }
  /// Over all outputs; but for `first`, `worst` and `isExact`, which are those
  /// of no output.
  OutputComparison total() const;
  /// The first output with a mismatch; the one with the worst mismatch. There
  /// is one.
  size_t firstWrong() const;
  size_t worstWrong() const;
};

/// What a model should give for some inputs, in two or three precisions.
struct ReferenceOutputs {
  std::vector<Tensor> declared; ///< Every value in its declared type.
  /// Every float in double, but what they decide (see DecisionHooks) is what
  /// the declared run decided.
  std::vector<Tensor> wide;
  /// As wide, but each deciding float is off by a lawful error, and decides for
  /// itself: what steps that right kernels may take otherwise do to the
  /// outputs. One more is without errors, if it decides otherwise than the
  /// declared run. Empty if nothing is decided by floats.
  std::vector<std::vector<Tensor>> swayed;
  /// Every f16 and bf16 in single precision, with the same decisions. Empty if
  /// the model computes in no such type.
  std::vector<Tensor> single = {};
};

/// The factors between the limit and the distance of two references: of single
/// (or, without one, of declared) from wide, which is what rounding to f32
/// costs, and of declared from single, which is what rounding to halves costs.
/// The interpreter sums in double, so that the first distance lacks what most
/// of a kernel's roundings cost; the second lacks none.
inline constexpr double errorLimitFactor = 128;
inline constexpr double halfLimitFactor = 4;
/// The largest lawful error of floats that decide, as multiples of the same
/// distances there; how often they are swayed; and the factor between the limit
/// and what that does.
inline constexpr double swayFactor = 32;
inline constexpr double halfSwayFactor = 1;
inline constexpr unsigned swayCount = 2;
inline constexpr double swayLimitFactor = 2;

/// Interprets \p program twice, once more if it computes in f16 or bf16, and
/// two or three times more if floats decide anything.
/// \p inputs: one per input of the artifact; those that were bound are not
/// read.
llvm::Expected<ReferenceOutputs> runReference(const ReferenceProgram &program,
                                              llvm::ArrayRef<Tensor> inputs,
                                              unsigned threads);

/// What an output of floats is held against: a finite element lies within the
/// limit of the wide value; where the declared one is NaN or infinite, it is so
/// too.
struct FloatTarget {
  std::vector<double> wide, declared;
  double limit = 0;
  double limitIfDecidedEqually = 0; ///< Without what swaying does.
};

/// The target of output \p k.
FloatTarget floatTarget(const ReferenceOutputs &expected, size_t k);

/// Compares with references. The limit of an output is the largest distances of
/// the references in it, times their factors, but not less than a few
/// units in the last place of its largest value; and swayLimitFactor times what
/// swaying does to it in addition.
Comparison compareWithReference(llvm::ArrayRef<Tensor> outputs,
                                const ReferenceOutputs &expected);

/// How far an element may be from one that was given as a file: as ONNX's own
/// backend tests have it, and in addition what single precision may lose in
/// elements close to 0, which that rule forgets.
struct FileTolerance {
  double relative = 1e-3; ///< To the expected element.
  double absolute = 1e-7;
  double relativeToMax = 5e-5; ///< To the largest expected element.
};

/// Compares with expected outputs, which have the types of \p outputs.
/// Integers and booleans have to be equal.
Comparison compareWithFiles(llvm::ArrayRef<Tensor> outputs,
                            llvm::ArrayRef<Tensor> expected,
                            const FileTolerance &tolerance = {});

} // namespace glowplug
