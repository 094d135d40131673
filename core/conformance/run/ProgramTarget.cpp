// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes a program with its enclosures, and judges by them.

#include "core/conformance/run/ProgramTarget.h"

#include "core/conformance/cases/Data.h"
#include "core/conformance/record/Verdict.h"
#include "core/conformance/rules/Compare.h"
#include "core/conformance/rules/EncloseProgram.h"
#include "core/locate/Trial.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <cmath>

namespace glowplug::conformance {

/// Above this share of elements for which nearly nothing is asked, a case
/// proves nothing.
static constexpr double mostOpen = 0.2;

llvm::Error ProgramTarget::make(uint64_t seed) {
  Random random(seed);
  if (llvm::Error error = programCase.make(random).moveInto(sample))
    return error;
  return alignedInputs(sample.inputs).moveInto(alignedInputTensors);
}

llvm::Error ProgramTarget::enclose(const FloatPromise &promise) {
  return encloseProgram(program(), alignedInputTensors, sample.segmentBytes(),
                        promise)
      .moveInto(targets);
}

bool ProgramTarget::discountIfOpen(CaseRecord &record) const {
  // With infinities and NaN among the inputs much is lawfully open.
  const auto data = programCase.features.find("data");
  if (verdictOf(record) != Verdict::pass ||
      (data != programCase.features.end() &&
       data->second == dataSetName(DataSet::specials)))
    return false;
  double scale = 0;
  for (const Tensor &input : alignedInputTensors)
    if (isFloat(input.dtype()))
      for (const double value : toDoubles(input))
        scale = std::max(scale, std::fabs(value));
  for (auto [index, target] : llvm::enumerate(targets))
    if (const double open = openShare(target, scale); open > mostOpen) {
      record.ending = Ending::notApplicable;
      record.message = fmt::format(
          "with this seed output {} says nothing: {:.0f} % of its elements may "
          "be nearly anything",
          index, 100 * open);
      return true;
    }
  return false;
}

PartImage ProgramTarget::partFor(const std::string &name) const {
  return {name, sample.image, sample.segmentBytes()};
}

const image::Program &ProgramTarget::program() const {
  return *image::GetProgram(sample.image.data());
}

/// Rows of boxes beyond their count are undefined: they become what the
/// target has.
void ProgramTarget::forgetUndefined(std::vector<Tensor> &outputs) const {
  const auto found = programCase.features.find("op");
  if (found == programCase.features.end() ||
      found->second != "NonMaxSuppression")
    return;
  const int64_t rows = targets[1].exact->elements<int64_t>()[0];
  const auto defined = static_cast<size_t>(rows) * 3;
  llvm::copy(targets[0].exact->elements<int64_t>().drop_front(defined),
             outputs[0].mutableElements<int64_t>().begin() +
                 static_cast<ptrdiff_t>(defined));
}

bool ProgramTarget::hasVariedSums() const {
  const auto found = programCase.features.find("data");
  if (found == programCase.features.end())
    return false;
  for (const DataSet set :
       {DataSet::extremeExponents, DataSet::logTail, DataSet::fullRange})
    if (found->second == dataSetName(set))
      return true;
  return false;
}

std::string ProgramTarget::ruleFor(const Enclosure &target) const {
  if (target.isExact())
    return programCase.features.count("recipe") ? "R2" : "R1";
  if (target.sums)
    return "R4";
  return programCase.features.count("scalar_op") ? "R5" : "R6";
}

void ProgramTarget::judge(llvm::ArrayRef<Tensor> outputs,
                          const std::string &what, CaseRecord &record) const {
  for (auto [index, target] : llvm::enumerate(targets)) {
    Measurement measured = compare(outputs[index], target);
    // Sums of nearly equal sizes round alike: their mean is no measure.
    if (measured.moments && !hasVariedSums())
      measured.moments->bias = measured.moments->biasLimit = 0;
    measured.rule = ruleFor(target);
    measured.subject = what + "output " + std::to_string(index);
    record.measurements.push_back(std::move(measured));
  }
}

} // namespace glowplug::conformance
