// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Whether a backend gets one program right, on given inputs.

#pragma once

#include "core/driver/Compare.h"

namespace glowplug {

/// What a backend made of a program, and what it should have made.
struct Judgement {
  enum class Verdict : uint8_t {
    right,
    wrong,   ///< An output is not what it should be.
    failed,  ///< The backend reported an error.
    refused, ///< The backend does not take an op of it.
    unclear, ///< Floats next to ties decide: see Comparison.
  };
  Verdict verdict = Verdict::right;
  std::string message;   ///< Of a failed or refused one.
  Comparison comparison; ///< Of the others.
  ReferenceOutputs expected;

  bool isBad() const {
    return verdict == Verdict::wrong || verdict == Verdict::failed;
  }
};

/// Compiles \p part with \p backend as the compiler does, that is by way of an
/// instr program where the backend makes one, and runs it once. What the
/// backend does wrong is part of the answer; an error is none of its faults.
llvm::Expected<Judgement> judge(ProgramBackend &backend, const PartImage &part,
                                llvm::ArrayRef<Tensor> inputs,
                                unsigned threads);

} // namespace glowplug
