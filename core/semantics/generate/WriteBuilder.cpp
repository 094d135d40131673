// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the functions that append a primitive: to an image, with options, and
// as an op of the dialect, without an epilogue. Parameters are: a choice; the
// operands; what has no standard; the shape of the result if it does not
// follow; what has a standard.

#include "core/semantics/generate/Model.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

using namespace glowplug::primitives;

namespace {
/// How a builder spells things.
struct Style {
  std::string value, values, two, list, list32, enums;
  bool hasOptions; ///< what has a standard is optional, maybe in a struct
};
} // namespace

static const Style image = {
    "ValueId", "llvm::ArrayRef<ValueId>", "std::array<ValueId, 2>",
    "DimList", "std::vector<int32_t>",    "image::",
    true};
static const Style dialect = {"mlir::Value",
                              "mlir::ValueRange",
                              "std::pair<mlir::Value, mlir::Value>",
                              "llvm::ArrayRef<int64_t>",
                              "llvm::ArrayRef<int32_t>",
                              "",
                              false};

static std::string typeOf(const Field &field, const Style &style) {
  switch (field.kind) {
  case FieldKind::flag:
    return "bool";
  case FieldKind::integer:
    return "int64_t";
  case FieldKind::integers:
    return style.list;
  case FieldKind::integers32:
    return style.list32;
  case FieldKind::choice:
    return style.enums + field.choices;
  case FieldKind::region:
    return "Epilogue";
  }
  return "";
}

static std::vector<Field> optionsOf(const Primitive &primitive) {
  std::vector<Field> result;
  std::ranges::copy_if(primitive.fields, std::back_inserter(result),
                       &Field::isOptional);
  return result;
}

static std::string optionStruct(const Primitive &primitive) {
  std::string text = fmt::format("struct {}Options {{\n", primitive.name);
  for (const Field &field : optionsOf(primitive)) {
    text += "  " + typeOf(field, image) + " " + camelCase(field.name);
    if (field.kind == FieldKind::flag)
      text += " = false";
    if (field.kind == FieldKind::integer)
      text += fmt::format(" = {}", field.standard);
    text += field.per.empty()
                ? ";\n"
                : fmt::format("; // default {}\n", field.standard);
  }
  return text + "};\n\n";
}

/// "const DimList &low", for what owns memory.
static std::string parameter(const Field &field, const Style &style) {
  const std::string type = typeOf(field, style), name = camelCase(field.name);
  const bool owns = style.hasOptions && field.kind != FieldKind::flag &&
                    field.kind != FieldKind::integer &&
                    field.kind != FieldKind::choice;
  return owns ? "const " + type + " &" + name : type + " " + name;
}

static std::string parametersOf(const Primitive &primitive,
                                const Style &style) {
  std::vector<std::string> list;
  for (const Field &field : primitive.fields)
    if (field.kind == FieldKind::choice)
      list.push_back(parameter(field, style));
  for (const Port &port : primitive.operands)
    list.push_back((port.isVariadic ? style.values : style.value) + " " +
                   camelCase(port.name));
  for (const Field &field : primitive.fields)
    if (!field.isOptional && field.kind != FieldKind::choice)
      list.push_back(parameter(field, style));
  if (primitive.isShapeChosen)
    list.emplace_back("llvm::ArrayRef<int64_t> shape");
  const std::vector<Field> options = optionsOf(primitive);
  if (style.hasOptions && options.size() > 1)
    list.push_back("const " + primitive.name + "Options &options = {}");
  else if (style.hasOptions && options.size() == 1)
    list.push_back(parameter(options[0], style) +
                   (options[0].kind == FieldKind::flag ? " = false" : " = {}"));
  else
    for (const Field &option : options)
      if (option.kind != FieldKind::region)
        list.push_back(parameter(option, style));
  return fmt::format("{}", fmt::join(list, ", "));
}

/// Sets the fields of `at`.
static std::string assignments(const Primitive &primitive, const Style &style) {
  const bool hasStruct = style.hasOptions && optionsOf(primitive).size() > 1;
  std::string text;
  for (const Field &field : primitive.fields) {
    const std::string name = camelCase(field.name);
    const std::string given =
        hasStruct && field.isOptional ? "options." + name : name;
    if (field.kind == FieldKind::choice)
      text += fmt::format("    at.{} = static_cast<semantics::{}>({});\n", name,
                          field.choices, given);
    else if (style.hasOptions && field.isOptional && !field.per.empty())
      text +=
          fmt::format("    const DimList {0}Entries = entries({1}, {2}, {3},"
                      " {4});\n    at.{0} = {0}Entries;\n",
                      name, given, camelCase(primitive.operands[0].name),
                      field.per == "spatial" ? 2 : 0, field.standard);
    else if (field.kind != FieldKind::region)
      text += fmt::format("    at.{} = {};\n", name, given);
  }
  return text;
}

static std::string functionOf(const Primitive &primitive, const Style &style) {
  std::vector<std::string> operands;
  for (const Port &port : primitive.operands)
    operands.push_back(camelCase(port.name));
  std::string call = primitive.operands[0].isVariadic
                         ? operands[0]
                         : fmt::format("{{{}}}", fmt::join(operands, ", "));
  if (style.hasOptions)
    call += primitive.region().empty()        ? ", {}"
            : optionsOf(primitive).size() > 1 ? ", options.epilogue"
                                              : ", epilogue";
  const bool isPair = primitive.results.size() > 1;
  return fmt::format(
      "  {} {}({}) {{\n    semantics::{} at;\n{}"
      "    const auto results = primitive(at, {}{});\n    return {};\n  }}\n",
      isPair ? style.two : style.value, camelCase(primitive.mnemonic),
      parametersOf(primitive, style), primitive.name,
      assignments(primitive, style), call,
      primitive.isShapeChosen ? ", shape" : "",
      isPair ? "{results[0], results[1]}" : "results[0]");
}

static constexpr const char *banner =
    "// Generated by generate-primitives from image.fbs; do not edit.\n\n";

std::string glowplug::primitives::writeBuilder(const Model &model) {
  std::string structs, functions;
  for (const Primitive &primitive : model.primitives) {
    if (optionsOf(primitive).size() > 1)
      structs += optionStruct(primitive);
    if (primitive.region() != "region")
      functions += functionOf(primitive, image);
  }
  return std::string(banner) + "#ifdef GP_OPTIONS\n" + structs + "#else\n" +
         functions + "#endif\n";
}

std::string glowplug::primitives::writeDialectBuilder(const Model &model) {
  std::string text = banner;
  for (const Primitive &primitive : model.primitives)
    if (primitive.region() != "region")
      text += functionOf(primitive, dialect);
  return text;
}
