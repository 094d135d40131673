// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the files of a case, and judges memories.

#include "simulator/player/Case.h"

#include "simulator/device/Crc.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

namespace glowplug::npu::player {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t format = 1;
constexpr std::size_t headWords = 8, registerWords = 2, regionWords = 4;
/// As glowplug/replay.h has it.
constexpr std::uint64_t mostMemory = std::uint64_t{1} << 32;

/// The words of a file for $readmemh, which \p take is given with their places.
std::optional<Fault>
readHex(const fs::path &file,
        const std::function<std::optional<std::string>(
            std::uint64_t at, std::string_view word)> &take) {
  std::ifstream stream(file);
  std::string line;
  std::uint64_t at = 0, number = 0;
  const auto fault = [&](const std::string &what) {
    return Fault{fmt::format("{}:{}: {}", file.string(), number, what)};
  };
  if (!stream)
    return Fault{fmt::format("{}: cannot be read", file.string())};
  while (std::getline(stream, line)) {
    ++number;
    std::string_view rest = std::string_view(line).substr(0, line.find("//"));
    while (true) {
      const std::size_t begin = rest.find_first_not_of(" \t\r");
      if (begin == std::string_view::npos)
        break;
      rest.remove_prefix(begin);
      const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r"));
      rest.remove_prefix(word.size());
      if (word[0] != '@') {
        if (const auto problem = take(at++, word))
          return fault(*problem);
        continue;
      }
      const char *end = word.data() + word.size();
      const auto read = std::from_chars(word.data() + 1, end, at, 16);
      if (read.ec != std::errc() || read.ptr != end)
        return fault(fmt::format("'{}' is no address", word));
    }
  }
  if (stream.bad())
    return Fault{fmt::format("{}: cannot be read", file.string())};
  return std::nullopt;
}

/// \p word as a number of \p digits hexadecimal digits.
template <typename T>
std::optional<std::string> parse(std::string_view word, std::size_t digits,
                                 T &value) {
  const char *begin = word.data(), *end = begin + word.size();
  const auto read = std::from_chars(begin, end, value, 16);
  if (word.size() == digits && read.ec == std::errc() && read.ptr == end)
    return std::nullopt;
  return fmt::format("needs {} hexadecimal digits, but has '{}'", digits, word);
}

/// What player.hex says.
struct Head {
  std::vector<std::uint64_t> words;
  std::uint64_t memoryBytes() const { return words[1]; }
  std::uint64_t commands() const { return words[3]; }
};

Result<Head> readHead(const fs::path &file) {
  Head head;
  if (const auto fault = readHex(file, [&](std::uint64_t, auto word) {
        return parse(word, 16, head.words.emplace_back());
      }))
    return *fault;
  const auto fault = [&](const std::string &what) {
    return Fault{fmt::format("{}: {}", file.string(), what)};
  };
  const auto &words = head.words;
  if (words.size() < headWords)
    return fault(fmt::format("needs {} words at least, but has {}", headWords,
                             words.size()));
  if (words[0] != format)
    return fault(fmt::format("has format {}, but the player knows {}", words[0],
                             format));
  if (head.memoryBytes() > mostMemory)
    return fault(fmt::format("asks for {} bytes of memory; the most is {}",
                             head.memoryBytes(), mostMemory));
  if (words[2] != sizeof(Encoded))
    return fault(fmt::format("has commands of {} bytes, but the machine of {}",
                             words[2], sizeof(Encoded)));
  const std::uint64_t most = words.size();
  if (words[4] > most || words[5] > most ||
      headWords + registerWords * words[4] + regionWords * words[5] != most)
    return fault(fmt::format("has {} words, which is not what {} registers and "
                             "{} regions take",
                             most, words[4], words[5]));
  return head;
}

/// Little-endian words of a command.
std::optional<std::string> parseCommand(std::string_view word,
                                        Encoded &command) {
  constexpr std::size_t digits = 2 * sizeof(Encoded);
  std::array<std::uint8_t, sizeof(Encoded)> bytes{};
  if (word.size() != digits)
    return fmt::format("needs {} hexadecimal digits, but has {}", digits,
                       word.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (const auto problem =
            parse(word.substr(digits - 2 * i - 2, 2), 2, bytes[i]))
      return problem;
  std::memcpy(&command, bytes.data(), bytes.size());
  return std::nullopt;
}

} // namespace

Result<Case> readCase(const fs::path &folder) {
  const auto head = readHead(folder / "player.hex");
  if (!head)
    return head.fault();
  Case made;
  made.commandsAddress = head->words[6];
  auto word = head->words.begin() + headWords;
  for (std::uint64_t i = 0; i < head->words[4]; ++i, word += registerWords)
    made.registers[word[0]] = word[1];
  for (std::uint64_t i = 0; i < head->words[5]; ++i, word += regionWords)
    made.regions.push_back({word[0], word[1],
                            static_cast<std::uint32_t>(word[2]),
                            static_cast<std::uint8_t>(word[3])});
  // Contents that no program may rely on.
  made.memory.assign(head->memoryBytes(), 0xc3);
  if (auto fault = readHex(
          folder / "preload.hex",
          [&](std::uint64_t at, auto text) -> std::optional<std::string> {
            if (at >= made.memory.size())
              return fmt::format("address {} is past the memory of {} bytes",
                                 at, made.memory.size());
            return parse(text, 2, made.memory[at]);
          }))
    return *fault;
  if (auto fault =
          readHex(folder / "commands.hex", [&](std::uint64_t, auto text) {
            return parseCommand(text, made.commands.emplace_back());
          }))
    return *fault;
  if (made.commands.size() != head->commands())
    return Fault{fmt::format("{}: has {} commands, but player.hex says {}",
                             (folder / "commands.hex").string(),
                             made.commands.size(), head->commands())};
  return made;
}

std::optional<Fault> judge(const Case &given,
                           const std::vector<std::uint8_t> &memory) {
  if (given.regions.empty())
    return Fault{"there is no signature region"};
  for (std::size_t i = 0; i < given.regions.size(); ++i) {
    const Region &region = given.regions[i];
    if (region.bytes == 0)
      return Fault{fmt::format("signature region {} is empty", i)};
    if (region.address > memory.size() ||
        region.bytes > memory.size() - region.address)
      return Fault{fmt::format("signature region {} has {} bytes at {}, but "
                               "the memory {}",
                               i, region.bytes, region.address, memory.size())};
    const std::span bytes =
        std::span(memory).subspan(region.address, region.bytes);
    const auto unwritten =
        std::count(bytes.begin(), bytes.end(), region.poison);
    if (static_cast<std::uint64_t>(unwritten) == region.bytes)
      return Fault{fmt::format("signature region {} was never written", i)};
    const std::uint32_t crc = ~addToCrc(crcStart, bytes.data(), bytes.size());
    if (crc != region.crc)
      return Fault{fmt::format("signature region {} has the CRC 0x{:08x}, but "
                               "needs 0x{:08x}; {} of its {} bytes are poison",
                               i, crc, region.crc, unwritten, region.bytes)};
  }
  return std::nullopt;
}

} // namespace glowplug::npu::player
