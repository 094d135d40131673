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

/// Writes \p wrong, and the schedule that the plugin makes of it.
static llvm::Error write(const Case &wrong, const WriteCaseOptions &options,
                         ProgramBackend &backend) {
  if (llvm::Error error = writeCase(wrong, options))
    return error;
  return writeSchedule(backend, wrong.program, options.folder);
}

llvm::Error keepCase(const Case &wrong, const Subject &subject,
                     const std::string &folder) {
  return write(wrong, {folder, subject.options, subject.threads},
               *subject.backend);
}

llvm::Error keepProgram(const ProgramSample &sample, const Subject &subject,
                        const std::string &found, const std::string &folder) {
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
  if (!wrong.judgement.isBad()) {
    options.found = found;
    if (llvm::Error error =
            boundsOf(sample, subject.claims.floats).moveInto(options.bounds))
      return error;
    return write(wrong, options, backend);
  }
  llvm::Expected<ReducedCase> reduced = reduce(backend, wrong, subject.threads);
  if (!reduced)
    return reduced.takeError();
  return write(reduced->wrong, options, backend);
}

SuiteCase::Keep keeperOf(std::shared_ptr<const ProgramCase> program) {
  return [program = std::move(program)](const Subject &subject,
                                        const CaseRecord &record,
                                        const std::string &folder) {
    Random random(record.seed);
    llvm::Expected<ProgramSample> sample = program->make(random);
    return sample ? keepProgram(*sample, subject, record.message, folder)
                  : sample.takeError();
  };
}

} // namespace glowplug::conformance
