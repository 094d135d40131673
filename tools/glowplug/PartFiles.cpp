// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A part of a compiled model as files for bare hardware.

#include "tools/glowplug/PartFiles.h"

#include "core/support/FaultError.h"
#include "core/support/WriteFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>

namespace glowplug::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int format = 1;

/// Bytes that lie in memory, with the name of their file.
struct Row {
  std::string name;
  uint64_t address = 0;
  llvm::ArrayRef<uint8_t> bytes;
};

struct Rows {
  Row commands;
  std::vector<Row> segments, outputs;
};

/// \p name as a name in C, in lower case.
std::string nameInC(llvm::StringRef name) {
  std::string made;
  for (const char c : name)
    made += llvm::isAlnum(c) ? llvm::toLower(c) : '_';
  if (made.empty() || llvm::isDigit(made.front()))
    made.insert(made.begin(), '_');
  return made;
}

Rows rowsOf(const PartReplay &part) {
  const Replay &replay = part.replay;
  Rows rows;
  rows.commands = {"commands", *replay.commandsAddress, replay.commands};
  std::set<std::string> taken{"commands"};
  const auto add = [&](std::vector<Row> &to, std::string name, uint64_t address,
                       llvm::ArrayRef<uint8_t> bytes) {
    while (!taken.insert(name).second)
      name += '_';
    to.push_back({std::move(name), address, bytes});
  };
  for (const Replay::Segment &segment : replay.segments)
    add(rows.segments, nameInC(segment.name), segment.address, segment.bytes);
  for (size_t i = 0; i < replay.outputs.size(); ++i)
    add(rows.outputs, fmt::format("output_{}", i), replay.outputs[i].address,
        part.outputs[i]);
  return rows;
}

Json jsonOf(const std::vector<Row> &rows) {
  Json list = Json::array();
  for (const Row &row : rows)
    list.push_back({{"name", row.name},
                    {"address", row.address},
                    {"bytes", row.bytes.size()}});
  return list;
}

std::string jsonText(const PartReplay &part, const std::string &name,
                     const Rows &rows) {
  const Replay &replay = part.replay;
  Json registers = Json::array();
  // For many readers, numbers of 64 bits are doubles: these are text.
  for (const Replay::Register &written : replay.registers)
    registers.push_back({{"name", written.name},
                         {"number", written.number},
                         {"value", fmt::format("0x{:x}", written.value)}});
  const Json all = {{"format", format},
                    {"name", name},
                    {"part", part.part},
                    {"backend", part.backend},
                    {"memory_bytes", replay.memoryBytes},
                    {"registers", std::move(registers)},
                    {"commands",
                     {{"name", rows.commands.name},
                      {"address", rows.commands.address},
                      {"count", replay.commands.size() / replay.commandBytes},
                      {"bytes", rows.commands.bytes.size()}}},
                    {"segments", jsonOf(rows.segments)},
                    {"outputs", jsonOf(rows.outputs)}};
  return all.dump(2) + "\n";
}

std::string number(uint64_t value) {
  return fmt::format("UINT64_C(0x{:x})", value);
}

/// A macro that calls another one for each row.
std::string listText(const char *name, const std::vector<Row> &rows) {
  std::string text = fmt::format("#define {}(ROW)", name);
  for (const Row &row : rows)
    text += fmt::format(" \\\n  ROW({}, {}, {})", row.name, number(row.address),
                        number(row.bytes.size()));
  return text + "\n";
}

std::string headerText(const PartReplay &part, const std::string &name,
                       const Rows &rows) {
  const Replay &replay = part.replay;
  std::string text = fmt::format(
      "/* Written by `glowplug export`. Addresses count from the begin of the "
      "part's memory. */\n"
      "#ifndef PART_H\n#define PART_H\n\n#include <stdint.h>\n\n"
      "#define PART_NAME \"{}\"\n"
      "#define PART_MEMORY_BYTES {}\n"
      "#define PART_COMMANDS_ADDRESS {}\n"
      "#define PART_COMMANDS UINT32_C({})\n"
      "#define PART_COMMAND_BYTES UINT32_C({})\n\n"
      "/* Values of registers, by their names */\n",
      name, number(replay.memoryBytes), number(rows.commands.address),
      replay.commands.size() / replay.commandBytes, replay.commandBytes);
  for (const Replay::Register &written : replay.registers)
    text += fmt::format("#define PART_REGISTER_{} {}\n",
                        llvm::StringRef(nameInC(written.name)).upper(),
                        number(written.value));
  text +=
      "\n/* ROW(name, address, bytes) for what lies in memory before a run: "
      "name.bin has it */\n" +
      listText("PART_SEGMENTS", rows.segments) +
      "\n/* The same for what lies there after it */\n" +
      listText("PART_OUTPUTS", rows.outputs) + "\n#endif\n";
  return text;
}

llvm::Error makeFolder(const std::string &folder) {
  std::error_code code;
  if (fs::exists(folder, code) && !fs::is_empty(folder, code))
    return makeFault(FaultKind::usage,
                     "'" + folder + "' is there already, and not empty",
                     folder);
  fs::create_directories(folder, code);
  if (code)
    return makeFault(FaultKind::resources,
                     "cannot make '" + folder + "': " + code.message(), folder);
  return llvm::Error::success();
}

llvm::Error write(const fs::path &path, llvm::StringRef bytes) {
  return blame(
      FaultKind::resources,
      writeFile(path.string(), [&](llvm::raw_ostream &os) { os << bytes; }));
}

} // namespace

llvm::Error writePart(const PartReplay &part, const std::string &name,
                      const std::string &folder) {
  if (!part.replay.commandsAddress)
    return makeFault(FaultKind::usage,
                     part.backend + ": its device has no commands in memory, "
                                    "so there is no program to export");
  if (llvm::Error error = makeFolder(folder))
    return error;
  const Rows rows = rowsOf(part);
  const fs::path place = folder;
  const std::string plain = nameInC(name);
  std::vector<Row> all{rows.commands};
  all.insert(all.end(), rows.segments.begin(), rows.segments.end());
  all.insert(all.end(), rows.outputs.begin(), rows.outputs.end());
  for (const Row &row : all)
    if (llvm::Error error =
            write(place / (row.name + ".bin"), llvm::toStringRef(row.bytes)))
      return error;
  if (llvm::Error error =
          write(place / "part.h", headerText(part, plain, rows)))
    return error;
  return write(place / "part.json", jsonText(part, plain, rows));
}

} // namespace glowplug::cli
