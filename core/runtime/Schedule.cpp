// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks a backend for its machine and for instr programs, and verifies them.

#include "core/runtime/Schedule.h"

#include "core/image/Types.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/View.h"
#include "core/runtime/Answers.h"
#include "core/runtime/Backend.h"
#include "core/runtime/Host.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"

namespace glowplug {
namespace {

/// Receives bytes once, and the segments of a program.
struct BytesAnswers : Answers {
  explicit BytesAnswers(const CopyBytes &copyBytes) : copyBytes(copyBytes) {}

  const CopyBytes &copyBytes;
  AlignedBytes bytes;
  std::vector<AlignedBytes> segments;
  bool hasBytes = false;

  gp_status *refuse(const std::string &message) {
    complain(message);
    return hostFailure(GP_INVALID_ARGUMENT, message.c_str());
  }

  gp_status *copy(gp_bytes given, AlignedBytes &to) {
    if (!given.data && given.size != 0)
      return refuse("got " + std::to_string(given.size) + " bytes at NULL");
    try {
      to = copyBytes({static_cast<const uint8_t *>(given.data), given.size});
    } catch (const std::bad_alloc &) {
      return refuse("there is no memory for " + std::to_string(given.size) +
                    " bytes");
    }
    return nullptr;
  }

  gp_status *addBytes(gp_bytes given) {
    if (hasBytes)
      return refuse("bytes is called twice");
    hasBytes = true;
    return copy(given, bytes);
  }

  gp_bytes_sink sink() {
    gp_bytes_sink sink = {};
    sink.struct_size = sizeof sink;
    sink.context = this;
    sink.bytes = [](void *context, gp_bytes given) {
      return static_cast<BytesAnswers *>(context)->addBytes(given);
    };
    return sink;
  }
};

llvm::Error differs(const char *kind, size_t index, const std::string &got,
                    const std::string &expected) {
  return llvm::createStringError(llvm::Twine(kind) + " " + llvm::Twine(index) +
                                 " is " + got + ", but that of the image is " +
                                 expected);
}

/// Whether the bindings are tensors of the values, in order.
llvm::Error checkBindings(
    const char *kind, const image::Body &body, llvm::ArrayRef<uint32_t> values,
    const flatbuffers::Vector<flatbuffers::Offset<instr::Binding>> *bindings) {
  const size_t count = bindings ? bindings->size() : 0;
  if (count != values.size())
    return llvm::createStringError("the program has " + llvm::Twine(count) +
                                   " " + kind + "s, but the image " +
                                   llvm::Twine(values.size()));
  for (auto [index, number] : llvm::enumerate(values)) {
    const image::Value &value = *body.values()->Get(number);
    const instr::Binding &binding =
        *bindings->Get(static_cast<flatbuffers::uoffset_t>(index));
    const std::string expected =
        typeString(fromImage(value.dtype()), arrayOf(value.shape()));
    const std::string got = typeString(static_cast<DType>(binding.dtype()),
                                       arrayOf(binding.shape()));
    if (got != expected)
      return differs(kind, index, got, expected);
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error verifyMachineOf(llvm::StringRef backend,
                            llvm::ArrayRef<uint8_t> machine) {
  if (llvm::Error invalid = verifyMachine(machine))
    return brokenRule(backend, "machine", llvm::toString(std::move(invalid)));
  return llvm::Error::success();
}

llvm::Error verifySchedule(llvm::StringRef backend,
                           llvm::ArrayRef<uint8_t> image,
                           const InstrProgram &made) {
  auto violation = [&](const llvm::Twine &message) {
    return brokenRule(backend, "schedule", message);
  };
  if (llvm::Error error = verifyMachineOf(backend, made.machine))
    return error;
  if (llvm::Error invalid = verifyInstr(made.program, made.machine))
    return violation(llvm::toString(std::move(invalid)));

  const instr::Program &program = *instr::GetProgram(made.program.data());
  const auto *sizes = program.segment_bytes();
  if ((sizes ? sizes->size() : 0) != made.segments.size())
    return violation(
        "the program has " + llvm::Twine(sizes ? sizes->size() : 0) +
        " segments, but " + llvm::Twine(made.segments.size()) + " were given");
  for (auto [index, segment] : llvm::enumerate(made.segments)) {
    const uint64_t size =
        sizes->Get(static_cast<flatbuffers::uoffset_t>(index));
    if (size != segment.size())
      return violation("segment " + llvm::Twine(index) + " has " +
                       llvm::Twine(segment.size()) +
                       " bytes, but the program says " + llvm::Twine(size));
  }
  const image::Body &body = *image::GetProgram(image.data())->body();
  llvm::Error binding =
      checkBindings("input", body, arrayOf(body.inputs()), program.inputs());
  if (!binding)
    binding = checkBindings("output", body, arrayOf(body.outputs()),
                            program.outputs());
  if (binding)
    return violation(llvm::toString(std::move(binding)));
  return llvm::Error::success();
}

llvm::Expected<std::optional<AlignedBytes>> Backend::machine() {
  llvm::Expected<std::optional<AlignedBytes>> made = machineUnverified();
  if (made && *made)
    if (llvm::Error error = verifyMachineOf(name(), **made))
      return std::move(error);
  return made;
}

llvm::Expected<std::optional<AlignedBytes>> Backend::machineUnverified() {
  const auto *group = static_cast<const gp_instr_group *>(
      plugin->group(GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION));
  if (!group)
    return std::nullopt;
  BytesAnswers answers(copyAnswer);
  const gp_bytes_sink sink = answers.sink();
  llvm::Error error =
      call("machine", [&] { return group->machine(handle, &sink); });
  if (!answers.problem.empty()) {
    llvm::consumeError(std::move(error));
    return violation("machine", answers.problem);
  }
  if (error)
    return std::move(error);
  if (!answers.hasBytes)
    return violation("machine", "succeeded without bytes");
  return std::move(answers.bytes);
}

llvm::Expected<std::optional<InstrProgram>>
Backend::schedule(llvm::ArrayRef<uint8_t> image,
                  llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  llvm::Expected<std::optional<InstrProgram>> made =
      scheduleUnverified(image, segments);
  if (made && *made)
    if (llvm::Error error = verifySchedule(name(), image, **made))
      return std::move(error);
  return made;
}

llvm::Expected<std::optional<InstrProgram>>
Backend::scheduleUnverified(llvm::ArrayRef<uint8_t> image,
                            llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  assert(llvm::isAddrAligned(llvm::Align(8), image.data()));
  const auto *group = static_cast<const gp_schedule_group *>(
      plugin->group(GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION));
  if (!group)
    return std::nullopt;
  llvm::Expected<std::optional<AlignedBytes>> description = machineUnverified();
  if (!description)
    return description.takeError();
  if (!*description)
    return std::nullopt; // its programs would have no machine

  BytesAnswers answers(copyAnswer);
  const gp_bytes_sink sink = answers.sink();
  std::vector<gp_bytes> given;
  for (llvm::ArrayRef<uint8_t> segment : segments)
    given.push_back({segment.data(), segment.size()});
  gp_schedule_args args = {};
  args.struct_size = sizeof args;
  args.image = {image.data(), image.size()};
  args.segments = given.data();
  args.segment_count = given.size();
  args.program = &sink;
  args.context = &answers;
  args.segment = [](void *context, gp_bytes segment) {
    auto *answers = static_cast<BytesAnswers *>(context);
    return answers->copy(segment, answers->segments.emplace_back());
  };
  llvm::Error error =
      call("schedule", [&] { return group->schedule(handle, &args); });
  if (!answers.problem.empty()) {
    llvm::consumeError(std::move(error));
    return violation("schedule", answers.problem);
  }
  if (error)
    return std::move(error);
  if (!answers.hasBytes)
    return violation("schedule", "succeeded without a program");
  return InstrProgram{std::move(**description), std::move(answers.bytes),
                      std::move(answers.segments)};
}

llvm::Expected<CompiledProgram> Backend::encode(const InstrProgram &program) {
  const auto *group = static_cast<const gp_instr_group *>(
      plugin->group(GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION));
  assert(group && "who has no machine has no instr programs");
  std::vector<gp_bytes> given;
  for (const AlignedBytes &segment : program.segments)
    given.push_back({segment.data(), segment.size()});
  return compileWith("encode", given.size(), [&](const gp_compile_sink &sink) {
    gp_encode_args args = {};
    args.struct_size = sizeof args;
    args.program = {program.program.data(), program.program.size()};
    args.segments = given.data();
    args.segment_count = given.size();
    args.sink = &sink;
    return group->encode(handle, &args);
  });
}

} // namespace glowplug
