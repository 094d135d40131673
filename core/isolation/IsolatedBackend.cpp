// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plugins in worker processes, as backends.

#include "core/isolation/WorkerBackend.h"

#include "core/image/Types.h"
#include "core/isolation/IsolatedExecutable.h"
#include "core/isolation/Records.h"
#include "core/runtime/Errors.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;
using namespace glowplug::isolation;

namespace {

class IsolatedBackend : public ProgramBackend {
public:
  explicit IsolatedBackend(std::shared_ptr<PluginWorker> worker)
      : worker(std::move(worker)) {}

  const BackendInfo &info() const override { return worker->info(); }
  bool survivesCrashes() const override { return true; }

  llvm::Expected<std::vector<Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override;
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override;
  llvm::Expected<std::optional<AlignedBytes>> machine() override;
  llvm::Expected<std::optional<InstrProgram>>
  schedule(llvm::ArrayRef<uint8_t> image,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override;
  llvm::Expected<CompiledProgram> encode(const InstrProgram &program) override;
  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override;

private:
  /// Compiles once more in another process, and compares.
  llvm::Error checkAgain(llvm::StringRef function,
                         const wire::AskUnion &request, Parcel &parcel,
                         const CompiledProgram &first);
  /// A call of the compiler, which needs nothing of those before it: a worker
  /// that is gone is replaced.
  llvm::Expected<Answered> ask(PluginWorker &worker, llvm::StringRef function,
                               const wire::AskUnion &request, Parcel &parcel,
                               wire::Reply wanted);
  /// compile or encode.
  llvm::Expected<CompiledProgram> translate(llvm::StringRef function,
                                            const wire::AskUnion &request,
                                            Parcel &parcel,
                                            size_t segmentCount);
  llvm::Expected<CompiledProgram> unpack(llvm::StringRef function,
                                         llvm::Expected<Answered> answered,
                                         size_t segmentCount);

  /// \p error of a check of \p image, with the op after the last verdict if the
  /// worker died.
  llvm::Error inOp(llvm::ArrayRef<uint8_t> image, llvm::Error error) const;

  std::shared_ptr<PluginWorker> worker;
  std::shared_ptr<PluginWorker> second; ///< for checkAgain()
};

std::unique_ptr<wire::Range> range(Parcel &parcel,
                                   llvm::ArrayRef<uint8_t> bytes) {
  return std::make_unique<wire::Range>(parcel.add(bytes));
}

} // namespace

llvm::Expected<Answered> IsolatedBackend::ask(PluginWorker &worker,
                                              llvm::StringRef function,
                                              const wire::AskUnion &request,
                                              Parcel &parcel,
                                              wire::Reply wanted) {
  if (!worker.isAlive())
    if (llvm::Error error = worker.restart())
      return std::move(error);
  return worker.call(function, request, parcel, wanted);
}

llvm::Error IsolatedBackend::inOp(llvm::ArrayRef<uint8_t> image,
                                  llvm::Error error) const {
  const uint32_t answers = worker->answersOfLastCall();
  const auto *ops = image::GetProgram(image.data())->body()->ops();
  if (worker->isAlive() || !ops || answers >= ops->size())
    return error;
  const image::Op &op = *ops->Get(answers);
  const CallEnd end = callEndOf(error);
  const Fault fault = faultOf(std::move(error));
  const llvm::StringRef message = fault.message;
  return backendError(
      fault.place, GP_INTERNAL,
      message.substr(fault.place.size() + 2) + "\n  after " +
          llvm::Twine(answers) + " verdicts; the next op is " +
          (op.name() && op.name()->size() != 0 ? "'" + op.name()->str() + "'"
                                               : std::to_string(answers)) +
          " (" + image::EnumNameAttributes(op.attributes_type()) + ")",
      end);
}

llvm::Expected<std::vector<Verdict>>
IsolatedBackend::check(llvm::ArrayRef<uint8_t> image) {
  Parcel parcel;
  wire::CheckT request;
  request.image = range(parcel, image);
  auto answered = ask(*worker, "check", asking(std::move(request)), parcel,
                      wire::Reply::Checked);
  if (!answered)
    return inOp(image, answered.takeError());
  std::vector<Verdict> verdicts = fromWire(answered->as<wire::Checked>());
  const auto *ops = image::GetProgram(image.data())->body()->ops();
  const size_t count = ops ? ops->size() : 0;
  if (verdicts.size() != count)
    return worker->violation(
        "check", "the worker gave " + llvm::Twine(verdicts.size()) +
                     " verdicts for " + llvm::Twine(count) + " ops");
  return verdicts;
}

llvm::Expected<CompiledProgram>
IsolatedBackend::unpack(llvm::StringRef function,
                        llvm::Expected<Answered> answered,
                        size_t segmentCount) {
  if (!answered)
    return answered.takeError();
  const auto &compiled = answered->as<wire::Compiled>();
  CompiledProgram program;
  llvm::Expected<AlignedBytes> blob =
      answered->delivery->share(compiled.blob());
  if (!blob)
    return worker->violation(function, llvm::toString(blob.takeError()));
  auto segments = answered->delivery->share(compiled.segments());
  if (!segments)
    return worker->violation(function, llvm::toString(segments.takeError()));
  program.blob = std::move(*blob);
  program.segments = std::move(*segments);
  for (uint32_t i = 0; compiled.kept() && i < compiled.kept()->size(); ++i) {
    const uint32_t index = compiled.kept()->Get(i);
    if (index >= segmentCount)
      return worker->violation(
          function, "keep_segment names segment " + llvm::Twine(index) +
                        ", but the program has " + llvm::Twine(segmentCount));
    program.keptSegments.push_back(index);
  }
  if (compiled.requirement())
    program.requirement = compiled.requirement()->str();
  program.workspaceBytes = compiled.workspace_bytes();
  return program;
}

/// Where two runs of bytes differ first, and how; empty if they do not.
static std::string difference(llvm::StringRef what,
                              llvm::ArrayRef<uint8_t> first,
                              llvm::ArrayRef<uint8_t> second) {
  if (first == second)
    return "";
  if (first.size() != second.size())
    return (what + " has " + llvm::Twine(first.size()) + " bytes, and then " +
            llvm::Twine(second.size()))
        .str();
  const auto at = static_cast<size_t>(
      std::mismatch(first.begin(), first.end(), second.begin()).first -
      first.begin());
  std::string text = (what + " differs at byte " + llvm::Twine(at)).str();
  // Two addresses of a process of this kind differ in their middle bytes.
  const size_t word = at / 8 * 8;
  if (word + 8 > first.size())
    return text;
  uint64_t values[2];
  std::memcpy(&values[0], first.data() + word, 8);
  std::memcpy(&values[1], second.data() + word, 8);
  const auto isAddress = [](uint64_t value) {
    return value >> 40 >= 0x55 && value >> 47 == 0;
  };
  if (isAddress(values[0]) && isAddress(values[1]))
    text += ", where it seems to hold a pointer: 0x" +
            llvm::utohexstr(values[0]) + ", and then 0x" +
            llvm::utohexstr(values[1]);
  return text;
}

llvm::Error IsolatedBackend::checkAgain(llvm::StringRef function,
                                        const wire::AskUnion &request,
                                        Parcel &parcel,
                                        const CompiledProgram &first) {
  if (!second)
    second = worker->another();
  llvm::Expected<CompiledProgram> again = unpack(
      function, ask(*second, function, request, parcel, wire::Reply::Compiled),
      SIZE_MAX);
  if (!again)
    return again.takeError();
  std::string found = difference("the blob", first.blob, again->blob);
  if (found.empty() && first.segments.size() != again->segments.size())
    found = std::to_string(first.segments.size()) + " segments, and then " +
            std::to_string(again->segments.size());
  for (size_t i = 0; found.empty() && i < first.segments.size(); ++i)
    found = difference("segment " + std::to_string(i), first.segments[i],
                       again->segments[i]);
  if (found.empty() && (first.keptSegments != again->keptSegments ||
                        first.requirement != again->requirement ||
                        first.workspaceBytes != again->workspaceBytes))
    found = "the kept segments, the requirement or the workspace differ";
  if (found.empty())
    return llvm::Error::success();
  return worker->violation(function,
                           "two processes gave different results: " + found);
}

llvm::Expected<CompiledProgram>
IsolatedBackend::translate(llvm::StringRef function,
                           const wire::AskUnion &request, Parcel &parcel,
                           size_t segmentCount) {
  llvm::Expected<CompiledProgram> program = unpack(
      function, ask(*worker, function, request, parcel, wire::Reply::Compiled),
      segmentCount);
  if (program && worker->policy().isStrict)
    if (llvm::Error error = checkAgain(function, request, parcel, *program))
      return std::move(error);
  return program;
}

llvm::Expected<CompiledProgram>
IsolatedBackend::compile(llvm::ArrayRef<uint8_t> image,
                         llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  Parcel parcel;
  wire::CompileT request;
  request.image = range(parcel, image);
  request.segments = parcel.add(segments);
  return translate("compile", asking(std::move(request)), parcel,
                   segments.size());
}

llvm::Expected<std::optional<AlignedBytes>> IsolatedBackend::machine() {
  Parcel none;
  auto answered = ask(*worker, "machine", asking(wire::MachineT()), none,
                      wire::Reply::Described);
  if (!answered)
    return answered.takeError();
  const auto &described = answered->as<wire::Described>();
  if (!described.machine())
    return std::nullopt;
  llvm::Expected<AlignedBytes> bytes =
      answered->delivery->share(described.machine());
  if (!bytes)
    return worker->violation("machine", llvm::toString(bytes.takeError()));
  if (llvm::Error error = verifyMachineOf(name(), *bytes))
    return std::move(error);
  return std::move(*bytes);
}

llvm::Expected<std::optional<InstrProgram>>
IsolatedBackend::schedule(llvm::ArrayRef<uint8_t> image,
                          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  if (!worker->schedules())
    return std::nullopt; // the segments may be large
  Parcel parcel;
  wire::ScheduleT request;
  request.image = range(parcel, image);
  request.segments = parcel.add(segments);
  auto answered = ask(*worker, "schedule", asking(std::move(request)), parcel,
                      wire::Reply::Scheduled);
  if (!answered)
    return answered.takeError();
  const auto &scheduled = answered->as<wire::Scheduled>();
  if (!scheduled.program())
    return std::nullopt;
  auto machine = answered->delivery->share(scheduled.machine());
  if (!machine)
    return worker->violation("schedule", llvm::toString(machine.takeError()));
  auto program = answered->delivery->share(scheduled.program());
  if (!program)
    return worker->violation("schedule", llvm::toString(program.takeError()));
  auto made = answered->delivery->share(scheduled.segments());
  if (!made)
    return worker->violation("schedule", llvm::toString(made.takeError()));
  InstrProgram result = {std::move(*machine), std::move(*program),
                         std::move(*made)};
  if (llvm::Error error = verifySchedule(name(), image, result))
    return std::move(error);
  return result;
}

llvm::Expected<CompiledProgram>
IsolatedBackend::encode(const InstrProgram &program) {
  Parcel parcel;
  wire::EncodeT request;
  request.program = range(parcel, program.program);
  request.segments = parcel.add(program.segments);
  return translate("encode", asking(std::move(request)), parcel,
                   program.segments.size());
}

llvm::Expected<std::unique_ptr<ProgramExecutable>>
IsolatedBackend::load(const LoadRequest &request) {
  Parcel parcel;
  wire::LoadT ask;
  ask.blob = range(parcel, request.blob);
  ask.requirement = request.requirement;
  ask.segments = parcel.add(request.segments);
  ask.threads = request.threads;
  auto answered = this->ask(*worker, "load", asking(std::move(ask)), parcel,
                            wire::Reply::Loaded);
  if (!answered)
    return answered.takeError();
  worker->rememberLastCall();
  return isolatedExecutable(worker, answered->as<wire::Loaded>().executable(),
                            request.workspaceBytes);
}

std::shared_ptr<ProgramBackend>
glowplug::isolation::isolatedBackend(std::shared_ptr<PluginWorker> worker) {
  return std::make_shared<IsolatedBackend>(std::move(worker));
}
