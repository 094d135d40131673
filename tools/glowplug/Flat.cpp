// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shows program images, machine descriptions and instr programs in full.

#include "tools/glowplug/Flat.h"
#include "tools/glowplug/DataFile.h"

#include "core/image/Types.h"
#include "core/image/instr/instr_generated.h"
#include "core/image/instr/machine_generated.h"
#include "tools/glowplug/Schemas.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <flatbuffers/idl.h>
#include <fmt/format.h>

using namespace glowplug;
using namespace glowplug::cli;

FlatKind cli::flatKindOf(const std::string &file) {
  auto head = llvm::MemoryBuffer::getFileSlice(file, 8, 0);
  if (!head || (*head)->getBufferSize() != 8)
    return FlatKind::none;
  const llvm::StringRef identifier = (*head)->getBuffer().drop_front(4);
  if (identifier == image::ProgramIdentifier())
    return FlatKind::image;
  if (identifier == machine::MachineIdentifier())
    return FlatKind::machine;
  if (identifier == instr::ProgramIdentifier())
    return FlatKind::instr;
  return FlatKind::none;
}

AlignedBytes cli::readBytes(const std::string &file) {
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    fail(wrongUsage,
         "cannot read '" + file + "': " + buffer.getError().message());
  return AlignedBytes(llvm::arrayRefFromStringRef((*buffer)->getBuffer()));
}

std::vector<AlignedBytes> cli::readSegments(const std::string &file,
                                            llvm::ArrayRef<uint64_t> sizes) {
  std::vector<AlignedBytes> segments;
  for (size_t i = 0; i < sizes.size(); ++i) {
    llvm::SmallString<128> path(file);
    llvm::sys::path::replace_extension(path,
                                       ".segment" + llvm::Twine(i) + ".bin");
    segments.push_back(readBytes(path.str().str()));
    if (segments.back().size() != sizes[i])
      fail(wrongUsage, "'" + path + "' needs " + llvm::Twine(sizes[i]) +
                           " bytes, but has " +
                           llvm::Twine(segments.back().size()));
  }
  return segments;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static const char *schemaOf(FlatKind kind) {
  switch (kind) {
  case FlatKind::image:
    return imageSchema;
  case FlatKind::machine:
    return machineSchema;
  case FlatKind::instr:
    return instrSchema;
  case FlatKind::none:
    break;
  }
  llvm_unreachable("no schema");
}

/// Arrays of bytes named "sha256" as text; likewise "machine_sha256".
static void writeHashes(Json &json) {
  if (!json.is_structured())
    return;
  for (auto &[key, value] : json.items()) {
    if (!llvm::StringRef(key).ends_with("sha256") || !value.is_array()) {
      writeHashes(value);
      continue;
    }
    std::string text;
    for (const Json &byte : value)
      text += fmt::format("{:02x}", byte.get<unsigned>());
    value = text;
  }
}

/// Numbers of op kinds, scalar ops and element types, which the schema of
/// machines does not name.
static void nameRules(Json &machine) {
  auto nameTypes = [](Json &port) {
    for (Json &type : port["dtypes"])
      type = dtypeName(static_cast<DType>(type.get<unsigned>())).str();
  };
  for (Json &engine : machine["engines"]) {
    if (!engine.contains("rules"))
      continue;
    for (Json &rule : engine["rules"]) {
      rule["op"] = image::EnumNameAttributes(
          static_cast<image::Attributes>(rule["op"].get<unsigned>()));
      for (const char *side : {"operands", "results"})
        if (rule.contains(side))
          for (Json &port : rule[side])
            nameTypes(port);
      if (rule.contains("rest"))
        nameTypes(rule["rest"]);
      if (rule.contains("scalar_ops"))
        for (Json &op : rule["scalar_ops"])
          op = image::EnumNameScalarOp(
              static_cast<image::ScalarOp>(op.get<unsigned>()));
    }
  }
}

Json cli::flatJson(FlatKind kind, llvm::ArrayRef<uint8_t> bytes) {
  flatbuffers::IDLOptions options;
  options.strict_json = true;
  options.output_default_scalars_in_json = true;
  options.indent_step = -1;
  flatbuffers::Parser parser(options);
  std::string text;
  if (!parser.Parse(schemaOf(kind)))
    fail(modelFault, "a schema of the SDK does not parse: " + parser.error_);
  if (!flatbuffers::GenerateText(parser, bytes.data(), &text))
    fail(modelFault, "a text in it is not UTF-8");
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    fail(modelFault, "a number in it is not finite, which JSON cannot say");
  if (kind == FlatKind::instr && json.contains("kernels")) {
    const auto kernels = json["kernels"].get<std::vector<uint8_t>>();
    json["kernels"] = flatJson(FlatKind::image, AlignedBytes(kernels));
  }
  if (kind == FlatKind::machine)
    nameRules(json);
  writeHashes(json);
  return json;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// The list \p key of \p json; an empty one if it is not there.
static const Json &listOf(const Json &json, const char *key) {
  static const Json none = Json::array();
  const auto found = json.find(key);
  return found == json.end() ? none : *found;
}

static std::string entryOf(const Json &json, const char *key) {
  return json.value(key, std::string());
}

static std::string quoted(const Json &json) {
  const std::string name = entryOf(json, "name");
  return name.empty() ? "" : " '" + name + "'";
}

/// "f32[1,3]" of a value of an image, a view or a binding.
static std::string typeOf(const Json &value) {
  const Json &dtype = value["dtype"];
  const std::string name =
      dtype.is_string()
          ? dtype.get<std::string>()
          : dtypeName(static_cast<DType>(dtype.get<unsigned>())).str();
  std::vector<std::string> sizes;
  for (const Json &size : listOf(value, "shape"))
    sizes.push_back(size.dump());
  return fmt::format("{}[{}]", name, fmt::join(sizes, ","));
}

static std::string valuesText(const Json &body, const Json &indices) {
  std::vector<std::string> texts;
  for (const Json &index : indices) {
    const Json &value = body["values"][index.get<size_t>()];
    texts.push_back(
        fmt::format("%{}{} {}", index.dump(), quoted(value), typeOf(value)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// The entries of \p json that are not named in \p shown, on one line; empty if
/// there are none.
static std::string restOf(const Json &json,
                          std::initializer_list<const char *> shown) {
  Json rest = json;
  for (const char *key : shown)
    rest.erase(key);
  return rest.empty() ? "" : " " + rest.dump();
}

static void printBody(const Json &body) {
  for (const Json &index : listOf(body, "inputs"))
    fmt::print(dataFile(), "input    {}\n",
               valuesText(body, Json::array({index})));
  for (const Json &index : listOf(body, "outputs"))
    fmt::print(dataFile(), "output   {}\n",
               valuesText(body, Json::array({index})));
  size_t number = 0;
  for (const Json &op : listOf(body, "ops")) {
    fmt::print(dataFile(), "op       {} {}@{}{} ({}) -> {}{}\n", number++,
               entryOf(op, "attributes_type"), op["version"].get<unsigned>(),
               quoted(op), valuesText(body, listOf(op, "operands")),
               valuesText(body, listOf(op, "results")),
               op.contains("attributes") ? restOf(op["attributes"], {}) : "");
  }
}

void cli::printImage(const Json &image) {
  const Json &segments = listOf(image, "segments");
  fmt::print(dataFile(),
             "image    {}: {} ops, {} bodies of composites, {} segments{}\n",
             entryOf(image, "name"), listOf(image["body"], "ops").size(),
             listOf(image, "bodies").size(), segments.size(),
             restOf(image, {"name", "body", "bodies", "segments"}));
  size_t number = 0;
  for (const Json &segment : segments)
    fmt::print(dataFile(), "segment  {}: {} bytes, sha256 {}\n", number++,
               segment["bytes"].get<uint64_t>(), entryOf(segment, "sha256"));
  printBody(image["body"]);
  number = 0;
  for (const Json &body : listOf(image, "bodies")) {
    fmt::print(dataFile(), "body     {}\n", number++);
    printBody(body);
  }
}

void cli::printMachine(const Json &machine) {
  const Json &spaces = listOf(machine, "spaces");
  auto spaceOf = [&](const Json &index) {
    return entryOf(spaces[index.get<size_t>()], "name");
  };
  fmt::print(dataFile(), "machine  {}{}\n", entryOf(machine, "name"),
             restOf(machine, {"name", "spaces", "engines"}));
  for (const Json &space : spaces)
    fmt::print(dataFile(), "space    {}{}\n", entryOf(space, "name"),
               restOf(space, {"name"}));
  for (const Json &engine : listOf(machine, "engines")) {
    fmt::print(dataFile(), "engine   {}{}\n", entryOf(engine, "name"),
               restOf(engine, {"name", "paths", "fills", "rules"}));
    for (const Json &path : listOf(engine, "paths"))
      fmt::print(dataFile(), "path     {} to {}{}\n", spaceOf(path["source"]),
                 spaceOf(path["target"]), restOf(path, {"source", "target"}));
    for (const Json &space : listOf(engine, "fills"))
      fmt::print(dataFile(), "fill     {}\n", spaceOf(space));
    for (const Json &rule : listOf(engine, "rules"))
      fmt::print(dataFile(), "rule     {}{}\n", entryOf(rule, "op"),
                 restOf(rule, {"op"}));
  }
}

void cli::printInstructions(const Json &program, const Json &machine) {
  size_t number = 0;
  for (const Json &buffer : listOf(program, "buffers"))
    fmt::print(
        dataFile(), "buffer   {}{} in {} at {}, {} bytes\n", number++,
        quoted(buffer),
        entryOf(machine["spaces"][buffer["space"].get<size_t>()], "name"),
        buffer["offset"].get<uint64_t>(), buffer["bytes"].get<uint64_t>());
  for (const char *key : {"input", "output"})
    for (const Json &binding :
         listOf(program, (std::string(key) + "s").c_str()))
      fmt::print(dataFile(), "{:<9}{} in buffer {}\n", key, typeOf(binding),
                 binding["buffer"].get<uint64_t>());
  for (const Json &constant : listOf(program, "constants"))
    fmt::print(dataFile(), "constant{}\n", restOf(constant, {}));
  number = 0;
  for (const Json &instruction : listOf(program, "instructions")) {
    std::vector<std::string> waits;
    for (const Json &wait : listOf(instruction, "waits"))
      waits.push_back(wait.dump());
    fmt::print(
        dataFile(), "instr    {} {} on {}{}{}{}\n", number++,
        entryOf(instruction, "action_type"),
        entryOf(machine["engines"][instruction["engine"].get<size_t>()],
                "name"),
        quoted(instruction),
        waits.empty() ? "" : fmt::format(" after {}", fmt::join(waits, ", ")),
        instruction.contains("action") ? restOf(instruction["action"], {})
                                       : "");
  }
}
