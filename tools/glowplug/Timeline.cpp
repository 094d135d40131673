// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shows instr programs: what they hold, and when their instructions run.

#include "tools/glowplug/Timeline.h"
#include "tools/glowplug/DataFile.h"

#include "core/image/instr/Timeline.h"
#include "core/image/instr/Verify.h"
#include "tools/glowplug/Flat.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

#include <algorithm>

using namespace glowplug;
using namespace glowplug::cli;

InstrProgram cli::readInstr(const std::string &file,
                            const std::string &machine) {
  InstrProgram result;
  result.machine = readBytes(machine);
  result.program = readBytes(file);
  if (llvm::Error error = verifyMachine(result.machine))
    fail(modelFault, machine + ": " + llvm::toString(std::move(error)));
  if (llvm::Error error = verifyInstr(result.program, result.machine))
    fail(modelFault, file + ": " + llvm::toString(std::move(error)));
  return result;
}

namespace {

/// The tables of a program.
struct Tables {
  explicit Tables(const InstrProgram &given)
      : program(*instr::GetProgram(given.program.data())),
        machine(*machine::GetMachine(given.machine.data())) {}

  static std::string text(const flatbuffers::String *string) {
    return string ? string->str() : "";
  }
  size_t instructions() const {
    return program.instructions() ? program.instructions()->size() : 0;
  }
  size_t buffers() const {
    return program.buffers() ? program.buffers()->size() : 0;
  }
  std::vector<instr::Interval> timeline() const {
    return orFail(instr::timelineOf(program, machine));
  }

  const instr::Program &program;
  const machine::Machine &machine;
};

} // namespace

Json cli::describeInstr(const InstrProgram &program, bool withTimeline) {
  const Tables tables(program);
  Json result = {{"name", Tables::text(tables.program.name())},
                 {"machine", Tables::text(tables.machine.name())},
                 {"instructions", tables.instructions()},
                 {"buffers", tables.buffers()},
                 {"program_bytes", program.program.size()}};
  if (!withTimeline)
    return result;
  const std::vector<instr::Interval> timeline = tables.timeline();
  uint64_t cycles = 0;
  Json rows = Json::array();
  for (size_t i = 0; i < timeline.size(); ++i) {
    const instr::Instruction &instruction = *tables.program.instructions()->Get(
        static_cast<flatbuffers::uoffset_t>(i));
    cycles = std::max(cycles, timeline[i].endCycles);
    rows.push_back(
        {{"engine",
          Tables::text(
              tables.machine.engines()->Get(instruction.engine())->name())},
         {"action", instr::EnumNameAction(instruction.action_type())},
         {"name", Tables::text(instruction.name())},
         {"start_cycle", timeline[i].startCycles},
         {"end_cycle", timeline[i].endCycles}});
  }
  result["cycles"] = cycles;
  result["timeline"] = std::move(rows);
  return result;
}

void cli::printInstr(const InstrProgram &program, bool withTimeline) {
  const Tables tables(program);
  fmt::print(dataFile(),
             "instr    {} for the machine {}: {} instructions, {} buffers, "
             "{} bytes\n",
             Tables::text(tables.program.name()),
             Tables::text(tables.machine.name()), tables.instructions(),
             tables.buffers(), program.program.size());
  if (withTimeline)
    fmt::print(
        dataFile(), "{}",
        instr::timelineText(tables.program, tables.machine, tables.timeline()));
}
