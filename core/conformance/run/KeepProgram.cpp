// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "core/conformance/run/KeepProgram.h"

#include "core/conformance/rules/EncloseProgram.h"
#include "core/locate/Reduce.h"
#include "core/locate/WriteCase.h"

#include <limits>

namespace glowplug::conformance {

/// What the elements of floats may be, for a program that shows it by itself.
static llvm::Expected<std::vector<OutputBounds>>
boundsOf(const ProgramSample &sample, const FloatPromise &floats) {
  llvm::Expected<std::vector<Tensor>> inputs = alignedInputs(sample.inputs);
  if (!inputs)
    return inputs.takeError();
  llvm::Expected<std::vector<Enclosure>> targets =
      encloseProgram(*image::GetProgram(sample.image.data()), *inputs,
                     sample.segmentBytes(), floats);
  if (!targets)
    return targets.takeError();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<OutputBounds> result;
  for (const Enclosure &target : *targets) {
    OutputBounds &bounds = result.emplace_back();
    if (!isFloat(target.dtype))
      continue;
    for (const Interval &interval : target.asIntervals()) {
      bounds.low.push_back(interval.nan == NanState::never ? interval.low
                                                           : nan);
      bounds.high.push_back(interval.nan == NanState::always ? nan
                                                             : interval.high);
    }
  }
  return result;
}

llvm::Error keepProgram(const ProgramSample &sample, const Subject &subject,
                        const std::string &folder) {
  Case wrong;
  wrong.program = {subject.backend->name(), sample.image,
                   sample.segmentBytes()};
  wrong.inputs = sample.inputs;
  ProgramBackend &backend = *subject.backend;
  if (llvm::Error error =
          judge(backend, wrong.program, wrong.inputs, subject.threads)
              .moveInto(wrong.judgement))
    return error;
  WriteCaseOptions options = {folder, subject.options, subject.threads};
  if (wrong.judgement.isBad()) {
    llvm::Expected<ReducedCase> reduced =
        reduce(backend, wrong, subject.threads);
    if (!reduced)
      return reduced.takeError();
    wrong = std::move(reduced->wrong);
  } else if (llvm::Error error = boundsOf(sample, subject.claims.floats)
                                     .moveInto(options.bounds)) {
    return error;
  }
  return writeCase(wrong, options);
}

} // namespace glowplug::conformance
