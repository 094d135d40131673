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
  bool saysNothing();
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

/// Runs the case with the seed of the record. True if that seed drew data
/// which say nothing, and any other may do better.
bool CaseRun::saysNothing() {
  if (llvm::Error error = target.make(record.seed)) {
    noteSuiteError(record, std::move(error));
    return false;
  }
  const PartImage part = target.partFor(subject.backend->name());
  record.ops = Cutter(part).ops().size();
  Trial trial(*subject.backend, part, subject.threads);
  // What is refused need not be computed.
  if (!isTaken(trial, record))
    return false;
  if (llvm::Error error = target.enclose(subject.claims.floats)) {
    noteSuiteError(record, std::move(error));
    return false;
  }
  runTwice(trial);
  return target.discountIfOpen(record);
}

void CaseRun::run() {
  // A profile may ask for the case: an unlucky seed is nobody's fault. The
  // record keeps the seed that counts.
  constexpr uint64_t mostDraws = 16;
  const CaseRecord fresh = record;
  for (uint64_t draw = 1; saysNothing() && draw < mostDraws; ++draw) {
    record = fresh;
    record.seed += draw;
  }
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
