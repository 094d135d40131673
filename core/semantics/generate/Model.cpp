// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the model out of the binary schema.

#include "core/semantics/generate/Model.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>
#include <stdexcept>

using namespace glowplug::primitives;

static std::string withoutNamespace(const std::string &name) {
  return name.substr(name.rfind('.') + 1);
}

/// "ConvTranspose" as "conv_transpose", and "MatMul" as "matmul".
static std::string mnemonicOf(const std::string &name) {
  std::string result;
  for (char c : name) {
    if (std::isupper(c) && !result.empty() && name != "MatMul")
      result += '_';
    result += static_cast<char>(std::tolower(c));
  }
  return result;
}

std::string glowplug::primitives::camelCase(const std::string &name,
                                            bool first) {
  std::string result;
  bool upper = first;
  for (char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    result += static_cast<char>(upper ? std::toupper(c) : c);
    upper = false;
  }
  return result;
}

std::string Primitive::region() const {
  for (const Field &field : fields)
    if (field.kind == FieldKind::region)
      return field.name;
  return "";
}

namespace {

class Reader {
public:
  explicit Reader(const reflection::Schema &schema) : schema(schema) {}

  Model read();

private:
  using Attributes =
      flatbuffers::Vector<flatbuffers::Offset<reflection::KeyValue>>;

  static std::string attribute(const Attributes *attributes, const char *key) {
    const auto *found = attributes ? attributes->LookupByKey(key) : nullptr;
    return found && found->value() ? found->value()->str() : "";
  }

  const reflection::Enum &findEnum(const char *name) const {
    for (const reflection::Enum *e : *schema.enums())
      if (withoutNamespace(e->name()->str()) == name)
        return *e;
    throw std::runtime_error(std::string("there is no enum ") + name);
  }

  Primitive readPrimitive(const reflection::Object &table) const;
  Field readField(const reflection::Field &field) const;
  static void readText(Primitive &result, const reflection::Object &table);
  static std::vector<Port> readPorts(const std::string &text);
  static ScalarOp readScalarOp(const reflection::EnumVal &value);
  Enum readEnum(const std::string &name) const;

  const reflection::Schema &schema;
};

std::vector<Port> Reader::readPorts(const std::string &text) {
  std::vector<Port> ports;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t colon = word.find(':');
    if (colon == std::string::npos)
      throw std::runtime_error("'" + word + "' is not NAME:TYPES");
    Port port = {word.substr(0, colon), word.substr(colon + 1)};
    port.isOptional = port.types.ends_with('*');
    port.isVariadic = port.isOptional || port.types.ends_with('+');
    if (port.isVariadic)
      port.types.pop_back();
    ports.push_back(port);
  }
  return ports;
}

Field Reader::readField(const reflection::Field &field) const {
  Field result = {field.name()->str(), FieldKind::flag};
  const reflection::Type &type = *field.type();
  const auto *attributes = field.attributes();
  result.per = attribute(attributes, "per");
  if (const std::string least = attribute(attributes, "least"); !least.empty())
    result.least = std::stoll(least);
  if (const std::string since = attribute(attributes, "since"); !since.empty())
    result.since = static_cast<unsigned>(std::stoul(since));
  std::istringstream only(attribute(attributes, "only"));
  for (std::string word; only >> word;)
    result.only.push_back(word);
  result.isDim = attributes && attributes->LookupByKey("dim");
  result.standard = field.default_integer();
  if (type.base_type() == reflection::Obj) {
    result.kind = FieldKind::region;
  } else if (type.base_type() == reflection::Vector) {
    result.kind = type.element() == reflection::Int ? FieldKind::integers32
                                                    : FieldKind::integers;
  } else if (type.index() >= 0) {
    result.kind = FieldKind::choice;
    result.choices =
        withoutNamespace(schema.enums()->Get(type.index())->name()->str());
  } else if (type.base_type() != reflection::Bool) {
    result.kind = FieldKind::integer;
  }
  const std::string standard = attribute(attributes, "standard");
  if (!standard.empty())
    result.standard = std::stoll(standard);
  result.isOptional = !standard.empty() || result.standard != 0 ||
                      result.kind == FieldKind::flag ||
                      result.kind == FieldKind::integers32 ||
                      result.name == "epilogue";
  return result;
}

void Reader::readText(Primitive &result, const reflection::Object &table) {
  if (!table.documentation())
    throw std::runtime_error(result.name + " has no comment");
  for (const flatbuffers::String *string : *table.documentation()) {
    std::string line = string->str();
    line.erase(0, line.find_first_not_of(' '));
    if (line.starts_with("(C"))
      result.constraints.push_back(line);
    else if (!result.constraints.empty())
      result.constraints.back() += " " + line;
    else if (result.summary.empty())
      result.summary = line;
    else
      result.text.push_back(line);
  }
  for (size_t i = 0; i < result.constraints.size(); ++i)
    if (!result.constraints[i].starts_with("(C" + std::to_string(i + 1) + ") "))
      throw std::runtime_error(result.name + " numbers constraint " +
                               std::to_string(i + 1) + " otherwise");
}

Primitive Reader::readPrimitive(const reflection::Object &table) const {
  Primitive result;
  result.name = withoutNamespace(table.name()->str());
  result.mnemonic = mnemonicOf(result.name);
  result.operands = readPorts(attribute(table.attributes(), "operands"));
  result.results = readPorts(attribute(table.attributes(), "results"));
  result.isShapeChosen = table.attributes()->LookupByKey("chosen");
  std::istringstream versions(attribute(table.attributes(), "versions"));
  char dash = '-';
  if (versions >> result.firstVersion)
    if (!(versions >> dash >> result.lastVersion))
      result.lastVersion = result.firstVersion;
  readText(result, table);
  std::vector<const reflection::Field *> fields(table.fields()->begin(),
                                                table.fields()->end());
  std::sort(fields.begin(), fields.end(),
            [](auto *a, auto *b) { return a->id() < b->id(); });
  for (const reflection::Field *field : fields) {
    result.fields.push_back(readField(*field));
    if (result.fields.back().since > result.lastVersion)
      throw std::runtime_error(result.name + "." + field->name()->str() +
                               " is of a version that the table does not have");
  }
  return result;
}

Enum Reader::readEnum(const std::string &name) const {
  Enum result = {name, {}};
  for (const reflection::EnumVal *value : *findEnum(name.c_str()).values())
    result.values.push_back({value->name()->str(), value->value()});
  return result;
}

ScalarOp Reader::readScalarOp(const reflection::EnumVal &value) {
  ScalarOp result = {value.name()->str(), value.value(), {}, "", ""};
  static const std::regex form(" *\\(([a-z0-9, ]*)\\) -> ([a-z0-9]+)");
  std::smatch match;
  const auto *lines = value.documentation();
  const std::string first =
      lines && lines->size() > 0 ? lines->Get(0)->str() : "";
  if (!std::regex_match(first, match, form))
    throw std::runtime_error("the comment of scalar op " + result.name +
                             " does not begin with its types");
  std::istringstream words(match[1]);
  for (std::string word; words >> word;)
    result.operands.push_back(word.substr(0, word.find(',')));
  result.result = match[2];
  for (uint32_t i = 1; i < lines->size(); ++i)
    result.text += (i > 1 ? " " : "") + lines->Get(i)->str().substr(1);
  return result;
}

Model Reader::read() {
  Model model;
  model.opsetVersion = static_cast<uint32_t>(std::stoul(
      attribute(schema.root_table()->attributes(), "opset_version")));
  for (const reflection::EnumVal *value : *findEnum("Attributes").values()) {
    if (value->value() == 0)
      continue;
    const reflection::Object &table =
        *schema.objects()->Get(value->union_type()->index());
    if (attribute(table.attributes(), "operands").empty())
      continue; // constant and composite have rules of their own
    model.primitives.push_back(readPrimitive(table));
    model.primitives.back().number = value->value();
  }
  for (const Primitive &primitive : model.primitives)
    for (const Field &field : primitive.fields)
      if (field.kind == FieldKind::choice &&
          std::none_of(model.enums.begin(), model.enums.end(),
                       [&](const Enum &e) { return e.name == field.choices; }))
        model.enums.push_back(readEnum(field.choices));
  for (const reflection::EnumVal *value : *findEnum("ScalarOp").values())
    if (value->value() != 0)
      model.scalarOps.push_back(readScalarOp(*value));
  return model;
}

} // namespace

Model glowplug::primitives::readModel(const reflection::Schema &schema) {
  return Reader(schema).read();
}
