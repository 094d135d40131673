// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads parts of compiled models.

#include "simulator/platform/Part.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace glowplug::npu::platform {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int format = 1;
constexpr std::uint64_t commandBytes = 64;
/// As glowplug/replay.h has it.
constexpr std::uint64_t mostMemory = std::uint64_t{1} << 32;

/// Reads the rows of a part; what is wrong is thrown.
class Reader {
public:
  explicit Reader(fs::path folder) : folder(std::move(folder)) {}

  Part read();

private:
  [[noreturn]] static void fail(const std::string &what) {
    throw std::runtime_error(what);
  }
  static std::uint64_t number(const Json &row, const char *field,
                              const std::string &where) {
    const Json &value = row.at(field);
    if (!value.is_number_unsigned())
      fail(fmt::format("{}.{} needs a number from 0 on, but got {}", where,
                       field, value.dump()));
    return value.get<std::uint64_t>();
  }
  static std::uint64_t hex(const Json &row, const char *field) {
    const auto text = row.at(field).get<std::string>();
    std::size_t used = 0;
    std::uint64_t value = 0;
    try {
      value = std::stoull(text, &used, 16);
    } catch (const std::exception &) {
      used = 0;
    }
    if (used == 0 || used != text.size())
      fail(fmt::format("{} needs a hexadecimal number, but got {}", field,
                       text));
    return value;
  }
  Segment segment(const Json &row, const std::string &where,
                  std::uint64_t bytes) const;
  std::vector<Segment> segments(const Json &all, const char *field) const;

  static void readRegisters(const Json &rows, Part &part);

  fs::path folder;
  std::uint64_t memoryBytes = 0;
};

Segment Reader::segment(const Json &row, const std::string &where,
                        std::uint64_t bytes) const {
  Segment made;
  made.name = row.at("name").get<std::string>();
  made.offset = number(row, "address", where);
  if (made.offset > memoryBytes || bytes > memoryBytes - made.offset)
    fail(fmt::format("{} needs to end within {} bytes, but got {} at {}", where,
                     memoryBytes, bytes, made.offset));
  const fs::path path = folder / fs::path(made.name + ".bin").filename();
  std::ifstream file(path, std::ios::binary);
  if (!file)
    fail(fmt::format("{} cannot be read", path.string()));
  made.bytes.assign(std::istreambuf_iterator<char>(file), {});
  if (made.bytes.size() != bytes)
    fail(fmt::format("{} needs {} bytes, but got {}", path.string(), bytes,
                     made.bytes.size()));
  return made;
}

std::vector<Segment> Reader::segments(const Json &all,
                                      const char *field) const {
  std::vector<Segment> made;
  for (const Json &row : all.at(field)) {
    const std::string where = fmt::format("{}[{}]", field, made.size());
    made.push_back(segment(row, where, number(row, "bytes", where)));
  }
  return made;
}

/// Registers 0 to 7 are the base registers; the next one is the configuration.
void Reader::readRegisters(const Json &rows, Part &part) {
  for (const Json &row : rows) {
    const std::uint64_t which = number(row, "number", "registers");
    const std::uint64_t value = hex(row, "value");
    if (which > baseRegisters)
      fail(fmt::format("registers.number needs at most {}, but got {}",
                       baseRegisters, which));
    (which < baseRegisters ? part.bases[which] : part.configHash) = value;
  }
}

Part Reader::read() {
  std::ifstream file(folder / "part.json");
  if (!file)
    fail("cannot be read");
  const Json all = Json::parse(file);
  if (number(all, "format", "part") != format)
    fail(fmt::format("format needs to be {}, but got {}", format,
                     all["format"].dump()));
  Part part;
  part.name = all.at("name").get<std::string>();
  memoryBytes = part.memoryBytes = number(all, "memory_bytes", "part");
  if (memoryBytes > mostMemory)
    fail(fmt::format("memory_bytes needs at most {}, but got {}", mostMemory,
                     memoryBytes));
  readRegisters(all.at("registers"), part);
  const Json &commands = all.at("commands");
  const std::uint64_t count = number(commands, "count", "commands");
  if (count > memoryBytes / commandBytes)
    fail(fmt::format("commands.count needs at most {}, but got {}",
                     memoryBytes / commandBytes, count));
  part.commands = segment(commands, "commands", count * commandBytes);
  part.segments = segments(all, "segments");
  part.outputs = segments(all, "outputs");
  return part;
}

} // namespace

Result<Part> readPart(const fs::path &folder) {
  try {
    return Reader(folder).read();
  } catch (const std::exception &problem) {
    return Fault{
        fmt::format("{}: {}", (folder / "part.json").string(), problem.what())};
  }
}

npu_part Part::forDriver() {
  rows.clear();
  for (const auto *list : {&segments, &outputs})
    for (const Segment &one : *list)
      rows.push_back({one.name.c_str(), one.offset, one.bytes.size()});
  npu_part made{};
  made.name = name.c_str();
  made.config_hash = configHash;
  made.memory_bytes = memoryBytes;
  std::copy(bases.begin(), bases.end(), made.bases);
  made.commands_offset = commands.offset;
  made.commands =
      static_cast<std::uint32_t>(commands.bytes.size() / commandBytes);
  made.segments = rows.data();
  made.segment_count = static_cast<std::uint32_t>(segments.size());
  made.outputs = rows.data() + segments.size();
  made.output_count = static_cast<std::uint32_t>(outputs.size());
  return made;
}

} // namespace glowplug::npu::platform
