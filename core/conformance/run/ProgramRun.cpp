// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases that are programs.

#include "core/conformance/run/SuiteCase.h"

#include "core/conformance/cases/Data.h"
#include "core/conformance/rules/Compare.h"
#include "core/conformance/rules/EncloseProgram.h"
#include "core/locate/Cut.h"
#include "core/locate/Reduce.h"
#include "core/locate/Trial.h"
#include "core/locate/WriteCase.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace glowplug::conformance {
namespace {

/// Above this share of elements for which nearly nothing is asked, a case
/// proves nothing.
constexpr double mostOpen = 0.2;

class CaseRun {
public:
  CaseRun(const ProgramCase &programCase, const Subject &subject,
          CaseRecord &record)
      : programCase(programCase), subject(subject), record(record) {}

  void run();

private:
  bool makeSample();
  bool enclose();
  /// Counts the ops, and asks who takes them.
  bool isTaken(Trial &trial);
  void runTwice(Trial &trial);
  void judge(const std::vector<Tensor> &outputs,
             const std::string &subjectName);
  /// Whether the sums of its data are of many sizes and signs.
  bool hasVariedSums() const;
  std::string ruleFor(const Enclosure &target) const;
  /// The case is not sound.
  bool suiteError(llvm::Error error);
  void forgetUndefined(std::vector<Tensor> &outputs) const;

  const ProgramCase &programCase;
  const Subject &subject;
  CaseRecord &record;
  ProgramSample sample;
  std::vector<Tensor> inputs;
  std::vector<Enclosure> targets;
};

bool CaseRun::suiteError(llvm::Error error) {
  record.ending = Ending::suite;
  record.message = llvm::toString(std::move(error));
  return false;
}

bool CaseRun::makeSample() {
  Random random(record.seed);
  llvm::Expected<ProgramSample> made = programCase.make(random);
  if (!made)
    return suiteError(made.takeError());
  sample = std::move(*made);
  llvm::Expected<std::vector<Tensor>> aligned = alignedInputs(sample.inputs);
  if (!aligned)
    return suiteError(aligned.takeError());
  inputs = std::move(*aligned);
  return true;
}

bool CaseRun::enclose() {
  const image::Program &program = *image::GetProgram(sample.image.data());
  llvm::Expected<std::vector<Enclosure>> enclosed = encloseProgram(
      program, inputs, sample.segmentBytes(), subject.claims.floats);
  if (!enclosed)
    return suiteError(enclosed.takeError());
  targets = std::move(*enclosed);
  // With infinities and NaN among the inputs much is lawfully open.
  if (programCase.features.count("data") &&
      programCase.features.at("data") == dataSetName(DataSet::specials))
    return true;
  double scale = 0;
  for (const Tensor &input : inputs)
    if (isFloat(input.dtype()))
      for (const double value : toDoubles(input))
        scale = std::max(scale, std::fabs(value));
  for (auto [index, target] : llvm::enumerate(targets))
    if (const double open = openShare(target, scale); open > mostOpen)
      return suiteError(llvm::createStringError(
          "output %zu says nothing: %.0f %% of its elements may be nearly "
          "anything",
          index, 100 * open));
  return true;
}

bool CaseRun::isTaken(Trial &trial) {
  llvm::Expected<std::string> refusal = trial.refusal();
  if (!refusal) {
    noteFailure(record, refusal.takeError());
    return false;
  }
  if (refusal->empty()) {
    record.opsTaken = record.ops;
    return true;
  }
  record.ending = Ending::refused;
  record.message = *refusal;
  return false;
}

/// Rows of boxes beyond their count are undefined: they become what the
/// target has.
void CaseRun::forgetUndefined(std::vector<Tensor> &outputs) const {
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

bool CaseRun::hasVariedSums() const {
  const auto found = programCase.features.find("data");
  if (found == programCase.features.end())
    return false;
  for (const DataSet set :
       {DataSet::extremeExponents, DataSet::logTail, DataSet::fullRange})
    if (found->second == dataSetName(set))
      return true;
  return false;
}

std::string CaseRun::ruleFor(const Enclosure &target) const {
  if (target.isExact())
    return programCase.features.count("recipe") ? "R2" : "R1";
  if (target.sums)
    return "R4";
  return programCase.features.count("scalar_op") ? "R5" : "R6";
}

void CaseRun::judge(const std::vector<Tensor> &outputs,
                    const std::string &subjectName) {
  for (auto [index, target] : llvm::enumerate(targets)) {
    Measurement measured = compare(outputs[index], target);
    // Sums of nearly equal sizes round alike: their mean is no measure.
    if (measured.moments && !hasVariedSums())
      measured.moments->bias = measured.moments->biasLimit = 0;
    measured.rule = ruleFor(target);
    measured.subject = subjectName + "output " + std::to_string(index);
    record.measurements.push_back(std::move(measured));
  }
}

void CaseRun::runTwice(Trial &trial) {
  llvm::Expected<std::vector<Tensor>> first = trial.run(inputs);
  if (!first)
    return noteFailure(record, first.takeError());
  forgetUndefined(*first);
  judge(*first, "");
  llvm::Expected<std::vector<Tensor>> second = trial.run(inputs);
  if (!second)
    return noteFailure(record, second.takeError());
  forgetUndefined(*second);
  if (!subject.claims.isDeterministic)
    return judge(*second, "second run, ");
  for (auto [index, output] : llvm::enumerate(*second)) {
    Measurement measured = compareBytes(output, (*first)[index]);
    measured.rule = "R8";
    measured.subject = "second run, output " + std::to_string(index);
    record.measurements.push_back(std::move(measured));
  }
}

void CaseRun::run() {
  if (!makeSample())
    return;
  const std::vector<llvm::ArrayRef<uint8_t>> segments = sample.segmentBytes();
  const PartImage part = {subject.backend->name(), sample.image, segments};
  record.ops = Cutter(part).ops().size();
  Trial trial(*subject.backend, part, subject.threads);
  // What is refused need not be computed.
  if (isTaken(trial) && enclose())
    runTwice(trial);
}

} // namespace

/// The program of \p programCase, made smaller if the judge of core/locate
/// finds it wrong too: its rule is wider.
static llvm::Error keepProgram(const ProgramCase &programCase,
                               const Subject &subject, const CaseRecord &record,
                               const std::string &folder) {
  Random random(record.seed);
  llvm::Expected<ProgramSample> sample = programCase.make(random);
  if (!sample)
    return sample.takeError();
  Case wrong;
  wrong.program = {subject.backend->name(), sample->image,
                   sample->segmentBytes()};
  wrong.inputs = sample->inputs;
  ProgramBackend &backend = *subject.backend;
  if (llvm::Error error =
          judge(backend, wrong.program, wrong.inputs, subject.threads)
              .moveInto(wrong.judgement))
    return error;
  if (wrong.judgement.isBad()) {
    llvm::Expected<ReducedCase> reduced =
        reduce(backend, wrong, subject.threads);
    if (!reduced)
      return reduced.takeError();
    wrong = std::move(reduced->wrong);
  }
  return writeCase(wrong, {folder, subject.options, subject.threads});
}

SuiteCase fromProgram(ProgramCase programCase) {
  SuiteCase result;
  result.name = programCase.name;
  result.level = programCase.level;
  result.features = programCase.features;
  result.depth = programCase.depth;
  result.keep = [programCase](const Subject &subject, const CaseRecord &record,
                              const std::string &folder) {
    return keepProgram(programCase, subject, record, folder);
  };
  result.run = [programCase = std::move(programCase)](const Subject &subject,
                                                      CaseRecord &record) {
    CaseRun(programCase, subject, record).run();
  };
  return result;
}

} // namespace glowplug::conformance
