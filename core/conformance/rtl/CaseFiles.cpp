// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files of a case as text.

#include "core/conformance/rtl/CaseFiles.h"

#include <glowplug/replay.h>
#include <nlohmann/json.hpp>

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

namespace glowplug::conformance {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes for $readmemh, from \p address on.
void addBytes(std::string &text, const std::string &what, uint64_t address,
              llvm::ArrayRef<uint8_t> bytes) {
  constexpr size_t perLine = 16;
  text +=
      fmt::format("// {}: {} bytes\n@{:08x}\n", what, bytes.size(), address);
  for (size_t at = 0; at < bytes.size(); at += perLine) {
    const auto line = bytes.slice(at, std::min(perLine, bytes.size() - at));
    for (size_t i = 0; i < line.size(); ++i)
      text += fmt::format("{}{:02x}", i == 0 ? "" : " ", line[i]);
    text += '\n';
  }
}

std::string preloadText(const RtlCase &rtlCase) {
  std::string text;
  for (const auto &segment : rtlCase.replay.segments)
    addBytes(text, segment->name, segment->address, segment->data);
  for (size_t i = 0; i < rtlCase.signatures.size(); ++i) {
    const Signature &signature = rtlCase.signatures[i];
    const std::vector<uint8_t> poison(signature.expected.byteCount(),
                                      signature.poison);
    addBytes(text, fmt::format("poison of output {}", i), signature.address,
             poison);
  }
  return text;
}

std::string signatureText(const RtlCase &rtlCase) {
  std::string text;
  for (size_t i = 0; i < rtlCase.signatures.size(); ++i)
    addBytes(text, fmt::format("output {}", i), rtlCase.signatures[i].address,
             rtlCase.signatures[i].expected.bytes());
  return text;
}

std::string commandsText(const ReplayT &replay) {
  std::string text;
  const llvm::ArrayRef<uint8_t> bytes = replay.commands;
  for (size_t at = 0; at < bytes.size(); at += replay.command_bytes) {
    for (size_t i = replay.command_bytes; i-- != 0;)
      text += fmt::format("{:02x}", bytes[at + i]);
    text += '\n';
  }
  return text;
}

/// As hw/player/player.v reads it.
std::string playerText(const RtlCase &rtlCase) {
  const ReplayT &replay = rtlCase.replay;
  std::string text;
  const auto add = [&](uint64_t word, const std::string &what) {
    text += fmt::format("{:016x} // {}\n", word, what);
  };
  add(rtlFormat, "format");
  add(replay.memory_bytes, "bytes of memory");
  add(replay.command_bytes, "bytes of a command");
  add(replay.commands.size() / replay.command_bytes, "commands");
  add(replay.registers.size(), "registers");
  add(rtlCase.signatures.size(), "signature regions");
  add(replay.commands_address, "address of the commands, or all ones");
  add(0, "reserved");
  for (const auto &written : replay.registers) {
    add(written->number, "register " + written->name);
    add(written->value, "its value");
  }
  for (size_t i = 0; i < rtlCase.signatures.size(); ++i) {
    const Signature &signature = rtlCase.signatures[i];
    add(signature.address, fmt::format("address of output {}", i));
    add(signature.expected.byteCount(), "bytes");
    add(signature.crc, "CRC-32");
    add(signature.poison, "poison");
  }
  return text;
}

/// Numbers of 64 bits are text: for many readers numbers are doubles.
std::string hex(uint64_t value) { return fmt::format("0x{:x}", value); }

Json signaturesJson(const RtlCase &rtlCase) {
  Json list = Json::array();
  for (size_t i = 0; i < rtlCase.signatures.size(); ++i) {
    const Signature &signature = rtlCase.signatures[i];
    list.push_back({{"output", i},
                    {"type", dtypeName(signature.expected.dtype()).str()},
                    {"shape", signature.expected.shape().vec()},
                    {"address", hex(signature.address)},
                    {"bytes", signature.expected.byteCount()},
                    {"crc32", fmt::format("0x{:08x}", signature.crc)},
                    {"poison", hex(signature.poison)}});
  }
  return list;
}

std::string caseText(const RtlCase &rtlCase) {
  const ReplayT &replay = rtlCase.replay;
  Json registers = Json::array(), segments = Json::array();
  Json units = Json::object();
  for (const auto &written : replay.registers)
    registers.push_back({{"name", written->name},
                         {"number", written->number},
                         {"value", hex(written->value)}});
  for (const auto &segment : replay.segments)
    segments.push_back({{"name", segment->name},
                        {"address", hex(segment->address)},
                        {"bytes", segment->data.size()}});
  for (const auto &unit : replay.units)
    units[unit->name] = unit->commands;
  Json commands = {{"count", replay.commands.size() / replay.command_bytes},
                   {"bytes", replay.command_bytes}};
  if (replay.commands_address != GP_NO_ADDRESS)
    commands["address"] = hex(replay.commands_address);
  const Json all = {{"format", rtlFormat},
                    {"name", rtlCase.name},
                    {"seed", hex(rtlCase.seed)},
                    {"features", rtlCase.features},
                    {"memory_bytes", replay.memory_bytes},
                    {"segments", std::move(segments)},
                    {"registers", std::move(registers)},
                    {"commands", std::move(commands)},
                    {"units", std::move(units)},
                    {"signature", signaturesJson(rtlCase)}};
  return all.dump(2) + "\n";
}

} // namespace

std::vector<CaseFile> filesOf(const RtlCase &rtlCase) {
  return {{rtlCaseFile, caseText(rtlCase)},
          {"player.hex", playerText(rtlCase)},
          {"preload.hex", preloadText(rtlCase)},
          {"commands.hex", commandsText(rtlCase.replay)},
          {"signature.hex", signatureText(rtlCase)}};
}

} // namespace glowplug::conformance
