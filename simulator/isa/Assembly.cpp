// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs as text: assembler and disassembler, by the generated tables.

#include "simulator/isa/Assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace glowplug::npu {

namespace {

/// What a field holds when nothing is said: 0, or the least that is allowed.
std::int64_t defaultOf(const FieldInfo &field) {
  return std::max<std::int64_t>(field.least, 0);
}

std::vector<std::string_view> wordsOf(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos)
      return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<std::int64_t> numberOf(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  const bool hex = text.starts_with("0x");
  if (hex)
    text.remove_prefix(2);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(
      text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return negative ? -value : value;
}

const FieldInfo *findField(const FieldInfo *fields, int count,
                           std::string_view name) {
  const FieldInfo *found =
      std::find_if(fields, fields + count,
                   [&](const FieldInfo &f) { return f.name == name; });
  return found == fields + count ? nullptr : found;
}

/// The field called \p name, of the command or of its header.
const FieldInfo *findField(const CommandInfo &info, std::string_view name) {
  if (const FieldInfo *found = findField(info.fields, info.fieldCount, name))
    return found;
  return findField(headerFields.data(), static_cast<int>(headerFields.size()),
                   name);
}

std::optional<Fault> setField(Encoded &code, const FieldInfo &field,
                              std::string_view text) {
  std::optional<std::int64_t> value = numberOf(text);
  for (std::size_t i = 0; i < field.values.size() && !value; ++i)
    if (!text.empty() && field.values[i] == text)
      value = static_cast<std::int64_t>(i);
  if (!value)
    return Fault{fmt::format("{}: '{}' is not a value", field.name, text)};
  if (*value < field.least || *value > field.most)
    return Fault{fmt::format("{}: must lie in {}..{}, but is {}", field.name,
                             field.least, field.most, *value)};
  setBits(code, field.low, field.width, *value);
  return std::nullopt;
}

/// Sets the next free wait or signal to \p text, "semaphore" or
/// "semaphore:count".
std::optional<Fault> setToken(Encoded &code, std::string_view kind,
                              std::string_view text) {
  for (int i = 0; i < 3; ++i) {
    const auto header = [&](const char *part) {
      return *findField(headerFields.data(),
                        static_cast<int>(headerFields.size()),
                        fmt::format("{}{}_{}", kind, i, part));
    };
    const FieldInfo semaphore = header("sem"), count = header("count");
    if (getBits(code, count.low, count.width) != 0)
      continue;
    const std::size_t colon = text.find(':');
    if (auto found = setField(code, semaphore, text.substr(0, colon)))
      return found;
    return setField(code, count,
                    colon == std::string_view::npos ? "1"
                                                    : text.substr(colon + 1));
  }
  return Fault{fmt::format("{}: a command has three at most", kind)};
}

std::optional<Fault> assembleWord(Encoded &code, const CommandInfo &info,
                                  std::string_view word) {
  if (word == "drain") {
    setBits(code, 11, 1, 1);
    return std::nullopt;
  }
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos)
    return Fault{fmt::format("'{}' is not name=value", word)};
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  if (name == "wait" || name == "signal")
    return setToken(code, name, value);
  const FieldInfo *field = findField(info, name);
  if (!field || field->name == "opcode" || field->name == "queue")
    return Fault{fmt::format("{} has no field {}", info.name, name)};
  return setField(code, *field, value);
}

Result<Encoded> assembleLine(const std::vector<std::string_view> &words) {
  const auto *info =
      std::find_if(commandInfos.begin(), commandInfos.end(),
                   [&](const CommandInfo &c) { return c.name == words[0]; });
  if (info == commandInfos.end())
    return Fault{fmt::format("'{}' is not a command", words[0])};
  const auto *queue = words.size() < 2 ? queueNames.end()
                                       : std::find(queueNames.begin(),
                                                   queueNames.end(), words[1]);
  if (queue == queueNames.end())
    return Fault{fmt::format("{} needs the name of a queue", info->name)};
  Encoded code;
  for (int i = 0; i < info->fieldCount; ++i)
    setBits(code, info->fields[i].low, info->fields[i].width,
            defaultOf(info->fields[i]));
  setBits(code, 0, 8, static_cast<std::int64_t>(info->opcode));
  setBits(code, 8, 3, queue - queueNames.begin());
  for (std::size_t i = 2; i < words.size(); ++i)
    if (auto found = assembleWord(code, *info, words[i]))
      return *found;
  return code;
}

std::optional<Fault> assembleExtent(const std::vector<std::string_view> &words,
                                    Program &program) {
  const auto base = words.size() == 3 ? numberOf(words[1]) : std::nullopt;
  const auto bytes = words.size() == 3 ? numberOf(words[2]) : std::nullopt;
  if (!base || !bytes || *base < 0 || *base >= baseRegisters || *bytes < 0 ||
      *bytes > std::int64_t(1) << 40)
    return Fault{".extent needs a base register, 0..7, and its bytes"};
  program.extents[*base] = *bytes;
  return std::nullopt;
}

void appendField(std::string &text, const Encoded &code,
                 const FieldInfo &field) {
  const std::int64_t value =
      field.isSigned
          ? getSigned(code, field.low, field.width)
          : static_cast<std::int64_t>(getBits(code, field.low, field.width));
  if (value == defaultOf(field))
    return;
  const bool named = value >= 0 &&
                     value < static_cast<std::int64_t>(field.values.size()) &&
                     !field.values[value].empty();
  text += named ? fmt::format(" {}={}", field.name, field.values[value])
                : fmt::format(" {}={}", field.name, value);
}

} // namespace

Result<Program> assemble(std::string_view text) {
  Program program;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto words = wordsOf(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty())
      continue;
    std::optional<Fault> found;
    if (words[0] == ".extent") {
      found = assembleExtent(words, program);
    } else if (auto code = assembleLine(words)) {
      program.commands.push_back(*code);
    } else {
      found = code.fault();
    }
    if (found)
      return Fault{fmt::format("line {}: {}", number, found->message)};
  }
  return program;
}

std::string disassemble(const Encoded &code) {
  Header header;
  decode(code, header);
  const CommandInfo *info = findCommand(header.opcode);
  if (!info || header.queue >= queueCount) {
    std::string text =
        fmt::format("# opcode {} queue {}:", header.opcode, header.queue);
    for (std::uint64_t word : code.words)
      text += fmt::format(" {:016x}", word);
    return text;
  }
  std::string text = fmt::format("{} {}", info->name, queueNames[header.queue]);
  for (int i = 0; i < 3; ++i)
    if (header.waitCount[i] != 0)
      text +=
          fmt::format(" wait={}:{}", header.waitSem[i], header.waitCount[i]);
  for (int i = 0; i < 3; ++i)
    if (header.signalCount[i] != 0)
      text += fmt::format(" signal={}:{}", header.signalSem[i],
                          header.signalCount[i]);
  if (header.drain != 0)
    text += " drain";
  if (header.layer != 0)
    text += fmt::format(" layer={}", header.layer);
  for (int i = 0; i < info->fieldCount; ++i)
    appendField(text, code, info->fields[i]);
  return text;
}

std::string disassemble(const Program &program) {
  std::string text;
  for (int i = 0; i < baseRegisters; ++i)
    if (program.extents[i] != 0)
      text += fmt::format(".extent {} {}\n", i, program.extents[i]);
  for (const Encoded &code : program.commands)
    text += disassemble(code) + "\n";
  return text;
}

} // namespace glowplug::npu
