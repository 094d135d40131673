// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks an executable what a run is for its hardware, and checks the answer.

#include "core/runtime/Replay.h"

#include "core/runtime/Answers.h"
#include "core/runtime/Executable.h"
#include "core/runtime/Host.h"

#include "llvm/ADT/STLExtras.h"

#include <glowplug/replay.h>

#include <algorithm>
#include <map>
#include <new>

namespace glowplug {
namespace {

constexpr uint64_t mostMemory = uint64_t{1} << 32;
constexpr uint64_t mostCommandBytes = 4096;
constexpr uint64_t memoryUnit = 16;

std::vector<uint8_t> copyOf(const gp_bytes &bytes) {
  const auto *begin = static_cast<const uint8_t *>(bytes.data);
  return {begin, begin + bytes.size};
}

/// Receives the records of one call and keeps the first broken rule.
struct ReplayAnswers : Answers {
  Replay result;
  unsigned machines = 0, commandCalls = 0;
  std::map<uint32_t, Replay::Output> outputs;
  bool isOutOfMemory = false;

  std::string text(const char *what, const char *given) {
    if (!given || !*given)
      complain(std::string(what) + " is " + (given ? "empty" : "NULL"));
    return given ? given : "";
  }

  void addMachine(const gp_replay_machine *given) {
    gp_replay_machine row;
    if (!read("gp_replay_machine", &row, given))
      return;
    ++machines;
    result.memoryBytes = row.memory_bytes;
    result.commandBytes = row.command_bytes;
    if (row.commands_address != GP_NO_ADDRESS)
      result.commandsAddress = row.commands_address;
  }

  void addSegment(const gp_replay_segment *given) {
    gp_replay_segment row;
    if (read("gp_replay_segment", &row, given))
      result.segments.push_back({text("the name of a segment", row.name),
                                 row.address, copyOf(row.bytes)});
  }

  void addRegister(const gp_replay_register *given) {
    gp_replay_register row;
    if (read("gp_replay_register", &row, given))
      result.registers.push_back(
          {text("the name of a register", row.name), row.number, row.value});
  }

  void addUnit(const gp_replay_unit *) {}

  void addOutput(const gp_replay_output *given) {
    gp_replay_output row;
    if (read("gp_replay_output", &row, given) &&
        !outputs.try_emplace(row.index, Replay::Output{row.address, row.bytes})
             .second)
      complain("output " + std::to_string(row.index) + " comes twice");
  }

  void addCommands(const gp_bytes *given) {
    ++commandCalls;
    result.commands = copyOf(*given);
  }

  void finish();
  void checkPlaces();

  /// Calls \p add; what runs out of memory must not leave through the plugin.
  template <auto add, typename T>
  static void receive(void *self, const T *record) {
    auto *answers = static_cast<ReplayAnswers *>(self);
    try {
      (answers->*add)(record);
    } catch (const std::bad_alloc &) {
      answers->isOutOfMemory = true;
    }
  }
};

/// All ranges lie in the memory, and none in another.
void ReplayAnswers::checkPlaces() {
  struct Place {
    uint64_t begin, bytes;
    std::string name;
  };
  std::vector<Place> places;
  for (const Replay::Segment &segment : result.segments)
    places.push_back({segment.address, segment.bytes.size(),
                      "segment '" + segment.name + "'"});
  for (const auto &[index, output] : outputs)
    places.push_back(
        {output.address, output.bytes, "output " + std::to_string(index)});
  if (result.commandsAddress)
    places.push_back(
        {*result.commandsAddress, result.commands.size(), "the commands"});
  llvm::sort(places, [](const Place &a, const Place &b) {
    return std::tie(a.begin, a.bytes) < std::tie(b.begin, b.bytes);
  });
  uint64_t end = 0;
  for (const Place &place : places) {
    if (place.begin > result.memoryBytes ||
        place.bytes > result.memoryBytes - place.begin)
      return complain(place.name + " needs to lie in " +
                      std::to_string(result.memoryBytes) + " bytes, but has " +
                      std::to_string(place.bytes) + " at " +
                      std::to_string(place.begin));
    if (place.begin < end)
      return complain(place.name + " needs to begin from " +
                      std::to_string(end) + " on, but begins at " +
                      std::to_string(place.begin));
    end = place.begin + place.bytes;
  }
}

/// What can only be checked after the last call.
void ReplayAnswers::finish() {
  if (machines != 1 || commandCalls != 1)
    return complain("needs one machine and one list of commands, but got " +
                    std::to_string(machines) + " and " +
                    std::to_string(commandCalls));
  if (result.memoryBytes == 0 || result.memoryBytes > mostMemory ||
      result.memoryBytes % memoryUnit != 0)
    return complain("memory_bytes needs a multiple of 16 up to 2^32, but got " +
                    std::to_string(result.memoryBytes));
  if (result.commandBytes == 0 || result.commandBytes > mostCommandBytes ||
      result.commands.size() % result.commandBytes != 0)
    return complain("needs whole commands of 1 to 4096 bytes, but got " +
                    std::to_string(result.commands.size()) + " bytes of " +
                    std::to_string(result.commandBytes));
  checkPlaces();
  for (const auto &[index, output] : outputs) {
    if (index != result.outputs.size())
      return complain("output " + std::to_string(result.outputs.size()) +
                      " is missing");
    result.outputs.push_back(output);
  }
}

} // namespace

llvm::Expected<std::optional<Replay>>
Executable::replay(llvm::ArrayRef<gp_bytes> inputs) {
  const auto *group = static_cast<const gp_replay_group *>(
      backend->plugin->group(GP_GROUP_REPLAY, GP_GROUP_REPLAY_VERSION));
  if (!group)
    return std::nullopt;
  using Got = ReplayAnswers;
  Got answers;
  gp_replay_sink sink = {};
  sink.struct_size = sizeof sink;
  sink.context = &answers;
  sink.machine = Got::receive<&Got::addMachine, gp_replay_machine>;
  sink.segment = Got::receive<&Got::addSegment, gp_replay_segment>;
  sink.write = Got::receive<&Got::addRegister, gp_replay_register>;
  sink.commands = [](void *self, gp_bytes commands) {
    Got::receive<&Got::addCommands, gp_bytes>(self, &commands);
  };
  sink.unit = Got::receive<&Got::addUnit, gp_replay_unit>;
  sink.output = Got::receive<&Got::addOutput, gp_replay_output>;
  const gp_replay_args args = {sizeof args, inputs.data(), inputs.size(),
                               &sink};
  std::lock_guard lock(mutex);
  if (llvm::Error error = callPlugin(backend->name(), "replay", [&] {
        return group->replay(handle, &args);
      }))
    return std::move(error);
  if (answers.isOutOfMemory)
    return backendError(backend->name(), GP_OUT_OF_MEMORY,
                        "replay: the host cannot hold the records");
  answers.finish();
  if (!answers.problem.empty())
    return brokenRule(backend->name(), "replay", answers.problem);
  return std::move(answers.result);
}

} // namespace glowplug
