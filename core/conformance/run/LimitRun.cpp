// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level L4: plugins that are short of memory, and what this version of the ABI
// leaves no plugin to be asked.

#include "core/conformance/record/Verdict.h"
#include "core/conformance/run/KeepProgram.h"
#include "core/conformance/run/Picks.h"
#include "core/conformance/run/ProgramTarget.h"
#include "core/conformance/run/Suite.h"
#include "core/locate/Cut.h"
#include "core/locate/Trial.h"
#include "core/runtime/Errors.h"

#include <fmt/format.h>

namespace glowplug::conformance {
namespace {

/// Address space of a worker, in KiB: what any plugin can do with, and what
/// hardly loads one. Between them the least that suffices is looked for, so
/// that most of the attempts fail in the middle of the plugin's work.
constexpr uint64_t enough = 2 << 20, tooLittle = 32 << 10, precision = 64;

class LimitRun {
public:
  LimitRun(const ProgramCase &programCase, const Subject &subject,
           CaseRecord &record)
      : subject(subject), record(record), target(programCase) {}

  void run();

private:
  /// From check to the end of a run. An error of the plugin is an answer.
  llvm::Error tryUnder(uint64_t bytes, std::vector<Tensor> &outputs);
  /// Whether a program can run under that limit.
  bool judgeUnder(uint64_t kibibytes);

  const Subject &subject;
  CaseRecord &record;
  ProgramTarget target;
  Measurement measured; ///< Of all attempts.
};

llvm::Error LimitRun::tryUnder(uint64_t bytes, std::vector<Tensor> &outputs) {
  llvm::Expected<std::shared_ptr<ProgramBackend>> backend =
      subject.openLimited(bytes);
  // With too little, the worker itself does not start.
  if (!backend) {
    llvm::consumeError(backend.takeError());
    return llvm::Error::success();
  }
  const PartImage part = target.partFor((*backend)->name());
  Trial trial(**backend, part, subject.threads);
  llvm::Expected<std::string> refusal = trial.refusal();
  if (!refusal)
    return refusal.takeError();
  if (!refusal->empty())
    return llvm::Error::success(); // which is an answer too
  return trial.run(target.inputs()).moveInto(outputs);
}

bool LimitRun::judgeUnder(uint64_t kibibytes) {
  ++measured.elements;
  const auto note = [&](const std::string &got, const std::string &want) {
    if (measured.mismatches++ != 0)
      return;
    measured.where = fmt::format("{} KiB", kibibytes);
    measured.got = got;
    measured.want = want;
  };
  std::vector<Tensor> outputs;
  if (llvm::Error error = tryUnder(kibibytes << 10, outputs)) {
    const CallEnd end = callEndOf(error);
    const std::string message = llvm::toString(std::move(error));
    // A worker that says it has no memory has ended as it should.
    if (end == CallEnd::died || end == CallEnd::late)
      note(message, "success, or an error");
  }
  if (outputs.empty())
    return false;
  target.forgetUndefined(outputs);
  CaseRecord judged;
  target.judge(outputs, "", judged);
  for (const Measurement &output : judged.measurements)
    if (!isWithin(output))
      note(output.got, output.want);
  return true;
}

void LimitRun::run() {
  if (!subject.openLimited) {
    record.ending = Ending::notApplicable;
    record.message = "the plugin does not run in a worker process";
    return;
  }
  if (llvm::Error error = target.make(record.seed))
    return noteSuiteError(record, std::move(error));
  const PartImage part = target.partFor(subject.backend->name());
  record.ops = Cutter(part).ops().size();
  Trial trial(*subject.backend, part, subject.threads);
  if (!isTaken(trial, record))
    return;
  if (llvm::Error error = target.enclose(subject.claims.floats))
    return noteSuiteError(record, std::move(error));
  uint64_t low = tooLittle, high = enough;
  judgeUnder(low);
  judgeUnder(high);
  while (high - low > precision) {
    const uint64_t middle = low + (high - low) / 2;
    (judgeUnder(middle) ? high : low) = middle;
  }
  // Which limits were tried depends on the machine; how many does not.
  measured.rule = "memory";
  measured.subject = "runs under limits of memory";
  record.measurements.push_back(std::move(measured));
}

/// What level 4 is to have, and no plugin can offer yet.
struct Absence {
  const char *name, *reason;
};

constexpr Absence absences[] = {
    {"cancel", "no function of this version of the ABI is cancelled: a call "
               "that does not return in time is ended with its process"},
    {"devices", "this version of the ABI has no group 'topology', so that a "
                "backend is one device"},
    {"dims", "no version of the image has the feature 'dims' yet, so that all "
             "shapes are fixed"},
    {"queues", "this version of the ABI has no group of queues, so that a run "
               "has ended when its call returns"},
};

} // namespace

void addLimitCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  const auto add = [&](const std::string &name, const char *feature,
                       Depth depth, auto run, SuiteCase::Keep keep = {}) {
    SuiteCase made;
    made.name = "robust/" + name;
    made.level = Level::robust;
    made.features = {{"robust", feature}};
    made.depth = depth;
    made.run = std::move(run);
    made.keep = std::move(keep);
    cases.push_back(std::move(made));
  };
  constexpr PickCounts counts = {{0, 1, 2}, {0, 4, 40}};
  for (const Pick &pick : pickPrograms(options, cases, counts))
    add(
        "memory/" + pick.name, "memory", pick.depth,
        [program = pick.program](const Subject &subject, CaseRecord &record) {
          LimitRun(*program, subject, record).run();
        },
        keeperOf(pick.program));
  for (const Absence &absence : absences)
    add(absence.name, "absent", Depth::smoke,
        [&absence](const Subject &, CaseRecord &record) {
          record.ending = Ending::notApplicable;
          record.message = absence.reason;
        });
}

} // namespace glowplug::conformance
