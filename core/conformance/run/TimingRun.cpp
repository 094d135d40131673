// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level L6: what simulated runs say of themselves.

#include "core/conformance/cases/Chains.h"
#include "core/conformance/cases/Data.h"
#include "core/conformance/run/KeepProgram.h"
#include "core/conformance/run/Picks.h"
#include "core/conformance/run/ProgramTarget.h"
#include "core/conformance/run/Suite.h"
#include "core/conformance/timing/Repeats.h"
#include "core/conformance/timing/RunRules.h"
#include "core/locate/Cut.h"
#include "core/locate/Trial.h"

#include <atomic>
#include <cstring>

namespace glowplug::conformance {
namespace {

/// Set once the plugin has shown that it tells of no run: the cases after that
/// need not run anything to know.
using TellsNothing = std::shared_ptr<std::atomic<bool>>;

class TimingRun {
public:
  TimingRun(const ProgramCase &programCase, const TellsNothing &tellsNothing,
            const Subject &subject, CaseRecord &record)
      : tellsNothing(tellsNothing), subject(subject), record(record),
        target(programCase) {}

  void run();

private:
  /// What a run with \p inputs tells; nothing if the record says why.
  std::optional<Simulation> tell(Trial &trial, llvm::ArrayRef<Tensor> inputs);
  /// Two more runs, one of them of a program that was loaded again.
  void repeat(Trial &trial, const Simulation &first);
  /// Where the manifest says so, the data make no difference.
  void judgeOtherData(Trial &trial, const Simulation &first);
  llvm::Expected<std::vector<Tensor>> zeros() const;
  llvm::Expected<std::vector<Tensor>> otherNumbers() const;

  const TellsNothing &tellsNothing;
  const Subject &subject;
  CaseRecord &record;
  ProgramTarget target;
  PartImage part;
};

void setNotApplicable(CaseRecord &record) {
  record.ending = Ending::notApplicable;
  record.message =
      "the plugin has no group 'simulation', so its runs have no cycles";
}

std::optional<Simulation> TimingRun::tell(Trial &trial,
                                          llvm::ArrayRef<Tensor> inputs) {
  llvm::Expected<std::vector<Tensor>> outputs = trial.run(inputs);
  if (!outputs) {
    noteFailure(record, outputs.takeError());
    return std::nullopt;
  }
  llvm::Expected<std::optional<Simulation>> told =
      trial.lastRun({/*spans=*/true, /*buffers=*/true});
  if (!told) {
    noteFailure(record, told.takeError());
    return std::nullopt;
  }
  if (!*told) {
    *tellsNothing = true;
    setNotApplicable(record);
  }
  return std::move(*told);
}

void TimingRun::repeat(Trial &trial, const Simulation &first) {
  if (const auto again = tell(trial, target.inputs()))
    record.measurements.push_back(compareRuns(*again, first, "second run"));
  else
    return;
  Trial loadedAgain(*subject.backend, part, subject.threads);
  if (const auto again = tell(loadedAgain, target.inputs()))
    record.measurements.push_back(
        compareRuns(*again, first, "program compiled and loaded again"));
}

llvm::Expected<std::vector<Tensor>> TimingRun::zeros() const {
  std::vector<Tensor> result;
  for (const Tensor &input : target.inputs()) {
    llvm::Expected<Tensor> copy = input.clone();
    if (!copy)
      return copy.takeError();
    std::memset(copy->mutableBytes().data(), 0, copy->byteCount());
    result.push_back(std::move(*copy));
  }
  return result;
}

/// Only of bytes and floats: other integers may be indices, which have bounds.
llvm::Expected<std::vector<Tensor>> TimingRun::otherNumbers() const {
  Random random(record.seed + 1);
  std::vector<Tensor> result;
  for (const Tensor &input : target.inputs()) {
    const bool isFree =
        dtypeBytes(input.dtype()) == 1 || isFloat(input.dtype());
    llvm::Expected<Tensor> other =
        isFree ? makeTensor(input.dtype(), input.shape(),
                            {DataSet::fullRange, Side::left, 1, {}}, random)
               : input.clone();
    if (!other)
      return other.takeError();
    result.push_back(std::move(*other));
  }
  return alignedInputs(result);
}

void TimingRun::judgeOtherData(Trial &trial, const Simulation &first) {
  if (!subject.claims.hasFixedCycles)
    return;
  const auto compareWith = [&](llvm::Expected<std::vector<Tensor>> inputs,
                               const char *subjectName) {
    if (!inputs) {
      noteSuiteError(record, inputs.takeError());
      return false;
    }
    const std::optional<Simulation> other = tell(trial, *inputs);
    if (other)
      record.measurements.push_back(compareRuns(*other, first, subjectName));
    return other.has_value();
  };
  if (compareWith(zeros(), "run on zeros"))
    compareWith(otherNumbers(), "run on other numbers");
}

void TimingRun::run() {
  if (*tellsNothing)
    return setNotApplicable(record);
  if (llvm::Error error = target.make(record.seed))
    return noteSuiteError(record, std::move(error));
  part = target.partFor(subject.backend->name());
  record.ops = Cutter(part).ops().size();
  Trial trial(*subject.backend, part, subject.threads);
  if (!isTaken(trial, record))
    return;
  const std::optional<Simulation> first = tell(trial, target.inputs());
  if (!first)
    return;
  record.measurements = judgeRun(*first, macBoundsOf(target.program()));
  repeat(trial, *first);
  if (record.ending == Ending::finished)
    judgeOtherData(trial, *first);
}

} // namespace

void addTimingCases(const SuiteOptions &options,
                    std::vector<SuiteCase> &cases) {
  const auto tellsNothing = std::make_shared<std::atomic<bool>>(false);
  const auto add = [&](std::shared_ptr<const ProgramCase> program,
                       const std::string &name, Depth depth) {
    SuiteCase made;
    made.name = "timing/" + name;
    made.level = Level::timing;
    made.features = {{"timing", "run"}};
    made.depth = depth;
    made.keep = keeperOf(program);
    made.run = [program = std::move(program),
                tellsNothing](const Subject &subject, CaseRecord &record) {
      TimingRun(*program, tellsNothing, subject, record).run();
    };
    cases.push_back(std::move(made));
  };
  constexpr PickCounts counts = {{1, 2, 8}, {12, 48, 200}};
  for (const Pick &pick : pickPrograms(options, cases, counts))
    add(pick.program, pick.name, pick.depth);
  for (ProgramCase &chain : chainCases(options.claims.tiles))
    if (chain.depth <= options.depth) {
      const auto program =
          std::make_shared<const ProgramCase>(std::move(chain));
      add(program, program->name, program->depth);
    }
}

} // namespace glowplug::conformance
