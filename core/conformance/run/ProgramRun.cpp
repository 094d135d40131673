// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases that are programs.

#include "core/conformance/run/KeepProgram.h"
#include "core/conformance/run/ProgramTarget.h"
#include "core/conformance/run/SuiteCase.h"

#include "core/conformance/cases/Data.h"
#include "core/conformance/rules/Compare.h"
#include "core/locate/Cut.h"
#include "core/locate/Trial.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {
namespace {

class CaseRun {
public:
  CaseRun(const ProgramCase &programCase, const Subject &subject,
          CaseRecord &record)
      : subject(subject), record(record), target(programCase) {}

  void run();

private:
  void runTwice(Trial &trial);

  const Subject &subject;
  CaseRecord &record;
  ProgramTarget target;
};

void CaseRun::runTwice(Trial &trial) {
  llvm::Expected<std::vector<Tensor>> first = trial.run(target.inputs());
  if (!first)
    return noteFailure(record, first.takeError());
  target.forgetUndefined(*first);
  target.judge(*first, "", record);
  llvm::Expected<std::vector<Tensor>> second = trial.run(target.inputs());
  if (!second)
    return noteFailure(record, second.takeError());
  target.forgetUndefined(*second);
  if (!subject.claims.isDeterministic)
    return target.judge(*second, "second run, ", record);
  for (auto [index, output] : llvm::enumerate(*second)) {
    Measurement measured = compareBytes(output, (*first)[index]);
    measured.rule = "R8";
    measured.subject = "second run, output " + std::to_string(index);
    record.measurements.push_back(std::move(measured));
  }
}

void CaseRun::run() {
  if (llvm::Error error = target.make(record.seed))
    return noteSuiteError(record, std::move(error));
  const PartImage part = target.partFor(subject.backend->name());
  record.ops = Cutter(part).ops().size();
  Trial trial(*subject.backend, part, subject.threads);
  // What is refused need not be computed.
  if (!isTaken(trial, record))
    return;
  if (llvm::Error error = target.enclose(subject.claims.floats))
    return noteSuiteError(record, std::move(error));
  runTwice(trial);
  target.discountIfOpen(record);
}

} // namespace

SuiteCase fromProgram(ProgramCase programCase) {
  SuiteCase result;
  result.name = programCase.name;
  result.level = programCase.level;
  result.features = programCase.features;
  result.depth = programCase.depth;
  const auto program =
      std::make_shared<const ProgramCase>(std::move(programCase));
  result.program = program;
  result.keep = keeperOf(program);
  result.run = [program](const Subject &subject, CaseRecord &record) {
    CaseRun(*program, subject, record).run();
  };
  return result;
}

} // namespace glowplug::conformance
