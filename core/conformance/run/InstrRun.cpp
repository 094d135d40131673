// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level L5: machine descriptions, and the schedules and codes that a plugin
// makes of programs.

#include "core/conformance/cases/Chains.h"
#include "core/conformance/instr/MachineRules.h"
#include "core/conformance/instr/Reorder.h"
#include "core/conformance/rules/Compare.h"
#include "core/conformance/run/KeepProgram.h"
#include "core/conformance/run/Picks.h"
#include "core/conformance/run/ProgramTarget.h"
#include "core/conformance/run/Suite.h"
#include "core/conformance/timing/Work.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/instr_generated.h"
#include "core/locate/Cut.h"
#include "core/locate/Trial.h"
#include "core/reference/instr/Interpreter.h"
#include "core/runtime/Errors.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {
namespace {

constexpr const char *noMachine =
    "the plugin has no group 'instr', so there is no machine to check";
constexpr const char *noSchedule =
    "the plugin has no group 'schedule', so it makes no instr programs";

void setNotApplicable(CaseRecord &record, const char *reason) {
  record.ending = Ending::notApplicable;
  record.message = reason;
}

//===----------------------------------------------------------------------===//
// Machine descriptions
//===----------------------------------------------------------------------===//

void runMachineRule(const MachineRule &rule, const Subject &subject,
                    CaseRecord &record) {
  llvm::Expected<std::optional<AlignedBytes>> bytes =
      subject.backend->machine();
  if (!bytes)
    return noteFailure(record, bytes.takeError());
  if (!*bytes)
    return setNotApplicable(record, noMachine);
  Measurement measured;
  measured.rule = "instr";
  measured.subject = rule.sentence;
  measured.elements = 1;
  if (const std::optional<MachineOffence> offence =
          rule.check(*machine::GetMachine((*bytes)->data()))) {
    measured.mismatches = 1;
    measured.where = offence->where;
    measured.got = offence->got;
    measured.want = offence->want;
  }
  record.measurements.push_back(std::move(measured));
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

/// How often the interpreter and the plugin run a program in another order.
struct Orders {
  unsigned interpreted, encoded;
};

class ScheduleRun {
public:
  ScheduleRun(const ProgramCase &programCase, Orders orders,
              const Subject &subject, CaseRecord &record)
      : orders(orders), subject(subject), record(record), target(programCase),
        random(record.seed) {}

  void run();

private:
  /// Whether there is something to judge; if not, the record says why.
  bool prepare();
  bool schedule();
  llvm::Expected<std::vector<Tensor>> interpret(std::optional<uint32_t> seed);
  void judgeWork();
  void judgeInterpreted();
  void judgeDirect();
  void judgeEncoded(unsigned number);
  void fail(llvm::Error error) { noteFailure(record, std::move(error)); }
  bool isOver() const { return record.ending != Ending::finished; }

  const Orders orders;
  const Subject &subject;
  CaseRecord &record;
  ProgramTarget target;
  Random random;
  PartImage part;
  std::optional<InstrProgram> made;
};

bool ScheduleRun::prepare() {
  llvm::Expected<std::optional<AlignedBytes>> machine =
      subject.backend->machine();
  if (!machine) {
    fail(machine.takeError());
    return false;
  }
  if (!*machine) {
    setNotApplicable(record, noMachine);
    return false;
  }
  if (llvm::Error error = target.make(record.seed)) {
    noteSuiteError(record, std::move(error));
    return false;
  }
  part = target.partFor(subject.backend->name());
  record.ops = Cutter(part).ops().size();
  Trial trial(*subject.backend, part, subject.threads);
  return isTaken(trial, record) && schedule();
}

bool ScheduleRun::schedule() {
  // Its answer is verified: bounds, races, lifetimes, deadlock.
  llvm::Expected<std::optional<InstrProgram>> scheduled =
      subject.backend->schedule(part.image, part.segments);
  if (!scheduled) {
    fail(scheduled.takeError());
    return false;
  }
  if (!*scheduled) {
    setNotApplicable(record, noSchedule);
    return false;
  }
  made = std::move(**scheduled);
  if (llvm::Error error = target.enclose(subject.claims.floats)) {
    noteSuiteError(record, std::move(error));
    return false;
  }
  return true;
}

llvm::Expected<std::vector<Tensor>>
ScheduleRun::interpret(std::optional<uint32_t> seed) {
  std::vector<llvm::ArrayRef<uint8_t>> segments(made->segments.begin(),
                                                made->segments.end());
  return interpretInstr(*instr::GetProgram(made->program.data()),
                        target.inputs(), segments, {seed});
}

/// What the layers say of the work, for reports.
void ScheduleRun::judgeWork() {
  const auto *layers = instr::GetProgram(made->program.data())->layers();
  const std::optional<MacBounds> work = macBoundsOf(target.program());
  if (!layers || layers->size() == 0 || !work)
    return;
  uint64_t sum = 0;
  for (const instr::Layer *layer : *layers)
    sum += layer->macs();
  Measurement measured;
  measured.rule = "instr";
  measured.subject = "multiply-adds of all layers";
  measured.elements = 1;
  if (sum < work->least || sum > work->most) {
    measured.mismatches = 1;
    measured.where = "layers";
    measured.got = fmt::format("{}", sum);
    measured.want = fmt::format("{} to {}", work->least, work->most);
  }
  record.measurements.push_back(std::move(measured));
}

void ScheduleRun::judgeInterpreted() {
  llvm::Expected<std::vector<Tensor>> first = interpret(std::nullopt);
  if (!first)
    return fail(first.takeError());
  target.forgetUndefined(*first);
  target.judge(*first, "schedule in the interpreter, ", record);
  for (unsigned i = 0; i < orders.interpreted; ++i) {
    llvm::Expected<std::vector<Tensor>> outputs =
        interpret(static_cast<uint32_t>(random.next()));
    if (!outputs)
      return fail(outputs.takeError());
    target.forgetUndefined(*outputs);
    for (auto [index, output] : llvm::enumerate(*outputs)) {
      Measurement measured = compareBytes(output, (*first)[index]);
      measured.rule = "R8";
      measured.subject =
          fmt::format("schedule in order {}, output {}", i + 1, index);
      record.measurements.push_back(std::move(measured));
    }
  }
}

/// compile() gives what schedule() and encode() give.
void ScheduleRun::judgeDirect() {
  Trial trial(*subject.backend, part, subject.threads);
  if (llvm::Error error = trial.prepareDirectly())
    return fail(std::move(error));
  llvm::Expected<std::vector<Tensor>> outputs = trial.run(target.inputs());
  if (!outputs)
    return fail(outputs.takeError());
  target.forgetUndefined(*outputs);
  target.judge(*outputs, "without a schedule, ", record);
}

/// Any verified program for the machine can be encoded. What the description
/// of the machine cannot express may be a reason to refuse.
void ScheduleRun::judgeEncoded(unsigned number) {
  InstrProgram program;
  program.machine = AlignedBytes(llvm::ArrayRef<uint8_t>(made->machine));
  for (const AlignedBytes &segment : made->segments)
    program.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
  program.program =
      AlignedBytes(reordered(*instr::GetProgram(made->program.data()), random));
  if (llvm::Error error = verifyInstr(program.program, program.machine))
    return noteSuiteError(record, std::move(error));
  Trial trial(*subject.backend, part, subject.threads);
  bool isUnsupported = false;
  llvm::Error error = llvm::handleErrors(
      trial.prepareEncoded(std::move(program)),
      [&](std::unique_ptr<BackendError> problem) -> llvm::Error {
        isUnsupported = problem->getEnd() == CallEnd::answered &&
                        problem->getCode() == GP_UNSUPPORTED;
        if (isUnsupported)
          return llvm::Error::success();
        return llvm::Error(std::move(problem));
      });
  if (error)
    return fail(std::move(error));
  if (isUnsupported)
    return;
  llvm::Expected<std::vector<Tensor>> outputs = trial.run(target.inputs());
  if (!outputs)
    return fail(outputs.takeError());
  target.forgetUndefined(*outputs);
  target.judge(*outputs, fmt::format("encoded in order {}, ", number), record);
}

void ScheduleRun::run() {
  if (!prepare())
    return;
  judgeWork();
  judgeInterpreted();
  if (!isOver())
    judgeDirect();
  for (unsigned i = 0; i < orders.encoded && !isOver(); ++i)
    judgeEncoded(i + 1);
  target.discountIfOpen(record);
}

SuiteCase fromSchedule(std::shared_ptr<const ProgramCase> program,
                       const std::string &name, Depth depth, Orders orders) {
  SuiteCase result;
  result.name = "instr/" + name;
  result.level = Level::instr;
  result.features = {{"instr", "schedule"}};
  result.depth = depth;
  result.keep = keeperOf(program);
  result.run = [=](const Subject &subject, CaseRecord &record) {
    ScheduleRun(*program, orders, subject, record).run();
  };
  return result;
}

} // namespace

void addInstrCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  const Orders orders =
      options.depth == Depth::full ? Orders{16, 4} : Orders{4, 1};
  constexpr PickCounts counts = {{1, 4, 12}, {24, 96, 400}};
  for (const Pick &pick : pickPrograms(options, cases, counts))
    cases.push_back(fromSchedule(pick.program, pick.name, pick.depth, orders));
  for (ProgramCase &chain : chainCases(options.claims.tiles)) {
    if (chain.depth > options.depth)
      continue;
    const auto program = std::make_shared<const ProgramCase>(std::move(chain));
    cases.push_back(
        fromSchedule(program, program->name, program->depth, orders));
  }
  for (const MachineRule &rule : machineRules()) {
    SuiteCase made;
    made.name = std::string("instr/machine/") + rule.name;
    made.level = Level::instr;
    made.features = {{"instr", "machine"}};
    made.depth = Depth::smoke;
    made.run = [&rule](const Subject &subject, CaseRecord &record) {
      runMachineRule(rule, subject, record);
    };
    cases.push_back(std::move(made));
  }
}

} // namespace glowplug::conformance
