// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A case that is a program, ready to be held against a plugin: its inputs, and
/// all that lawful backends may give for them.

#pragma once

#include "core/conformance/cases/ProgramCase.h"
#include "core/conformance/rules/Enclosure.h"
#include "core/conformance/rules/FloatFormat.h"
#include "core/driver/Compiler.h"

namespace glowplug::conformance {

class ProgramTarget {
public:
  /// \p programCase outlives this.
  explicit ProgramTarget(const ProgramCase &programCase)
      : programCase(programCase) {}

  /// Draws the program and its inputs from \p seed. An error is a defect of the
  /// suite.
  llvm::Error make(uint64_t seed);
  /// Computes what lawful backends may give. An error is a defect of the suite.
  llvm::Error enclose(const FloatPromise &promise);

  /// The program for the backend \p name. Lives as long as this.
  PartImage partFor(const std::string &name) const;
  const image::Program &program() const;
  llvm::ArrayRef<uint8_t> image() const { return sample.image; }
  std::vector<llvm::ArrayRef<uint8_t>> segments() const {
    return sample.segmentBytes();
  }
  /// At multiples of 64.
  llvm::ArrayRef<Tensor> inputs() const { return alignedInputTensors; }
  llvm::ArrayRef<Enclosure> outputs() const { return targets; }

  /// Gives elements of \p outputs that are undefined a right value.
  void forgetUndefined(std::vector<Tensor> &outputs) const;
  /// Adds how far \p outputs are from what they may be. \p what stands before
  /// "output 0": "second run, ".
  void judge(llvm::ArrayRef<Tensor> outputs, const std::string &what,
             CaseRecord &record) const;
  /// Sets that a \p record that would pass counts for nothing, if lawful
  /// backends may give nearly anything: some seeds draw such data. Returns
  /// whether it has.
  bool discountIfOpen(CaseRecord &record) const;

private:
  /// Whether the sums of its data are of many sizes and signs.
  bool hasVariedSums() const;
  std::string ruleFor(const Enclosure &target) const;

  const ProgramCase &programCase;
  ProgramSample sample;
  std::vector<Tensor> alignedInputTensors;
  std::vector<Enclosure> targets;
};

} // namespace glowplug::conformance
