// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The worker's side of replays: asks a plugin, and judges the answer.

#include "core/conformance/abi/Replay.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace glowplug::conformance {
namespace {

constexpr uint64_t mostMemory = uint64_t{1} << 32;
constexpr uint64_t mostCommandBytes = 4096;
constexpr uint64_t memoryUnit = 16;

llvm::ArrayRef<uint8_t> bytesOf(const gp_bytes &bytes) {
  return {static_cast<const uint8_t *>(bytes.data), bytes.size};
}

/// What the plugin says through the sink. Functions that it calls write here
/// and throw nothing.
struct Answers {
  ReplayT replay;
  unsigned machines = 0, commandCalls = 0;
  Offences offences;

  gp_replay_sink sink();

  /// The text, which may not be missing.
  std::string text(const char *what, const char *given) {
    if (given && *given)
      return given;
    offences.add(what, "a name that is NULL or empty");
    return "";
  }
};

gp_replay_sink Answers::sink() {
  gp_replay_sink made = {};
  made.struct_size = sizeof made;
  made.context = this;
  made.machine = [](void *context, const gp_replay_machine *given) {
    auto &to = *static_cast<Answers *>(context);
    ++to.machines;
    gp_replay_machine row;
    if (!to.offences.read("machine", &row, given))
      return;
    to.replay.memory_bytes = row.memory_bytes;
    to.replay.command_bytes = row.command_bytes;
    to.replay.commands_address = row.commands_address;
  };
  made.segment = [](void *context, const gp_replay_segment *given) {
    auto &to = *static_cast<Answers *>(context);
    gp_replay_segment row;
    if (!to.offences.read("segment", &row, given))
      return;
    auto &made =
        *to.replay.segments.emplace_back(std::make_unique<wire::SegmentT>());
    made.name = to.text("segment-name", row.name);
    made.address = row.address;
    made.data = bytesOf(row.bytes).vec();
  };
  made.write = [](void *context, const gp_replay_register *given) {
    auto &to = *static_cast<Answers *>(context);
    gp_replay_register row;
    if (!to.offences.read("register", &row, given))
      return;
    auto &made =
        *to.replay.registers.emplace_back(std::make_unique<wire::RegisterT>());
    made.name = to.text("register-name", row.name);
    made.number = row.number;
    made.value = row.value;
  };
  made.commands = [](void *context, gp_bytes commands) {
    auto &to = *static_cast<Answers *>(context);
    ++to.commandCalls;
    to.replay.commands = bytesOf(commands).vec();
  };
  made.unit = [](void *context, const gp_replay_unit *given) {
    auto &to = *static_cast<Answers *>(context);
    gp_replay_unit row;
    if (!to.offences.read("unit", &row, given))
      return;
    auto &made = *to.replay.units.emplace_back(std::make_unique<wire::UnitT>());
    made.name = to.text("unit-name", row.name);
    made.commands = row.commands;
  };
  made.output = [](void *context, const gp_replay_output *given) {
    auto &to = *static_cast<Answers *>(context);
    gp_replay_output row;
    if (!to.offences.read("output", &row, given))
      return;
    auto &made =
        *to.replay.outputs.emplace_back(std::make_unique<wire::OutputT>());
    made.index = row.index;
    made.address = row.address;
    made.bytes = row.bytes;
  };
  return made;
}

/// A part of the memory, for messages.
struct Place {
  uint64_t begin, end;
  std::string name;
};

/// Ends the case unless all lie in the memory, and none in another.
void expectApart(std::vector<Place> places, uint64_t memoryBytes) {
  for (const Place &place : places)
    Probe::expect(place.begin <= place.end && place.end <= memoryBytes,
                  "replay: " + place.name + " within a memory of " +
                      std::to_string(memoryBytes) + " bytes",
                  "from " + std::to_string(place.begin) + " to " +
                      std::to_string(place.end));
  llvm::sort(places, [](const Place &a, const Place &b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  for (size_t i = 1; i < places.size(); ++i)
    Probe::expect(places[i - 1].end <= places[i].begin,
                  "replay: " + places[i].name + " after the end of " +
                      places[i - 1].name + " at " +
                      std::to_string(places[i - 1].end),
                  "at " + std::to_string(places[i].begin));
}

void judgePlaces(const ReplayT &replay) {
  std::vector<Place> places;
  // An end that wraps around is before its begin.
  for (const auto &segment : replay.segments)
    places.push_back({segment->address, segment->address + segment->data.size(),
                      "segment '" + segment->name + "'"});
  for (const auto &output : replay.outputs)
    places.push_back({output->address, output->address + output->bytes,
                      "output " + std::to_string(output->index)});
  if (replay.commands_address != GP_NO_ADDRESS)
    places.push_back({replay.commands_address,
                      replay.commands_address + replay.commands.size(),
                      "the commands"});
  expectApart(std::move(places), replay.memory_bytes);
}

void judge(const Answers &answers, llvm::ArrayRef<uint64_t> outputBytes) {
  const ReplayT &replay = answers.replay;
  if (const std::string *offence = answers.offences.any())
    Probe::fail("replay: keeps the rules of its sink", *offence);
  Probe::expect(answers.machines == 1 && answers.commandCalls == 1,
                "replay: one machine and one list of commands",
                std::to_string(answers.machines) + " and " +
                    std::to_string(answers.commandCalls));
  Probe::expect(replay.memory_bytes != 0 && replay.memory_bytes <= mostMemory &&
                    replay.memory_bytes % memoryUnit == 0,
                "replay: memory_bytes from 16 to 2^32, a multiple of 16",
                std::to_string(replay.memory_bytes));
  Probe::expect(replay.command_bytes != 0 &&
                    replay.command_bytes <= mostCommandBytes,
                "replay: command_bytes from 1 to 4096",
                std::to_string(replay.command_bytes));
  Probe::expect(replay.commands.size() % replay.command_bytes == 0,
                "replay: whole commands of " +
                    std::to_string(replay.command_bytes) + " bytes",
                std::to_string(replay.commands.size()) + " bytes");
  for (const auto &unit : replay.units)
    Probe::expect(unit->commands != 0, "replay: commands of unit " + unit->name,
                  "none");
  Probe::expect(replay.outputs.size() == outputBytes.size(),
                "replay: " + std::to_string(outputBytes.size()) + " outputs",
                std::to_string(replay.outputs.size()));
  std::vector<const wire::OutputT *> outputs;
  for (const auto &output : replay.outputs)
    outputs.push_back(output.get());
  llvm::sort(outputs,
             [](const auto *a, const auto *b) { return a->index < b->index; });
  for (const auto &[index, output] : llvm::enumerate(outputs)) {
    const std::string title = "replay: output " + std::to_string(index);
    Probe::expect(output->index == index, title + ", once",
                  "number " + std::to_string(output->index));
    Probe::expect(output->bytes == outputBytes[index],
                  title + " with " + std::to_string(outputBytes[index]) +
                      " bytes",
                  std::to_string(output->bytes));
  }
  judgePlaces(replay);
}

/// Why the plugin does not take the program; empty if it does.
std::string refusalOf(const Verdicts &verdicts) {
  if (verdicts.takesAll())
    return "";
  for (const auto &[index, op] : llvm::enumerate(verdicts.ops))
    if (!op.isSupported && !verdicts.isConstant[index])
      return op.reason.empty() ? "op " + std::to_string(index) : op.reason;
  return "a constant is refused";
}

} // namespace

const gp_replay_group &replayGroup(Probe &probe) {
  const auto *group =
      probe.group<gp_replay_group>(GP_GROUP_REPLAY, GP_GROUP_REPLAY_VERSION);
  if (!group)
    Probe::notApplicable("the plugin has no group '" GP_GROUP_REPLAY "'");
  return *group;
}

Status replay(Probe &probe, const LoadedProgram &program,
              llvm::ArrayRef<gp_bytes> inputs, const gp_replay_sink &sink) {
  const gp_replay_group &group = replayGroup(probe);
  const gp_replay_args args = {sizeof args, inputs.data(), inputs.size(),
                               &sink};
  return probe.call("replay",
                    [&] { return group.replay(program.get(), &args); });
}

ReplayT replayOf(Probe &probe, const LoadedProgram &program,
                 llvm::ArrayRef<gp_bytes> inputs,
                 llvm::ArrayRef<uint64_t> outputBytes) {
  Answers answers;
  Probe::expectOk(replay(probe, program, inputs, answers.sink()), "replay");
  judge(answers, outputBytes);
  return std::move(answers.replay);
}

ReplayT replayOf(Probe &probe, const ReplayAskT &ask) {
  replayGroup(probe);
  Sample sample;
  sample.name = "the program";
  sample.image = AlignedBytes(llvm::ArrayRef<uint8_t>(ask.image));
  for (const auto &segment : ask.segments)
    sample.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment->data));
  std::vector<AlignedBytes> inputs;
  std::vector<gp_bytes> inputList;
  for (const auto &input : ask.inputs) {
    const AlignedBytes &bytes =
        inputs.emplace_back(llvm::ArrayRef<uint8_t>(input->data));
    inputList.push_back({bytes.data(), bytes.size()});
  }
  const OpenBackend backend(probe);
  ReplayT made;
  made.refusal = refusalOf(backend.check(sample));
  if (!made.refusal.empty())
    return made;
  const Compiled compiled = backend.compile(sample);
  const LoadedProgram program(probe, backend, compiled, sample);
  made = replayOf(probe, program, inputList, ask.output_bytes);
  llvm::sort(made.outputs,
             [](const auto &a, const auto &b) { return a->index < b->index; });
  return made;
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

template <typename Table, typename Value>
static std::vector<uint8_t> pack(const Value &value) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(Table::Pack(builder, &value));
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

template <typename Table>
static std::optional<typename Table::NativeTableType>
unpack(llvm::ArrayRef<uint8_t> bytes) {
  // Numbers of eight bytes have to lie at multiples of eight.
  const AlignedBytes aligned(bytes);
  flatbuffers::Verifier verifier(aligned.data(), aligned.size());
  if (!verifier.VerifyBuffer<Table>(nullptr))
    return std::nullopt;
  typename Table::NativeTableType value;
  flatbuffers::GetRoot<Table>(aligned.data())->UnPackTo(&value);
  return value;
}

std::vector<uint8_t> bytesOfAsk(const ReplayAskT &ask) {
  return pack<wire::ReplayAsk>(ask);
}
std::optional<ReplayAskT> parseAsk(llvm::ArrayRef<uint8_t> bytes) {
  return unpack<wire::ReplayAsk>(bytes);
}
std::vector<uint8_t> bytesOfReplay(const ReplayT &replay) {
  return pack<wire::Replay>(replay);
}
std::optional<ReplayT> parseReplay(llvm::ArrayRef<uint8_t> bytes) {
  return unpack<wire::Replay>(bytes);
}

} // namespace glowplug::conformance
