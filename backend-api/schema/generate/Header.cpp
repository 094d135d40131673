// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the C11 accessors of a schema as one header.

#include "backend-api/schema/generate/Header.h"

#include "backend-api/schema/generate/Names.h"
#include "backend-api/schema/generate/Prelude.h"
#include "backend-api/schema/generate/Types.h"

#include <map>
#include <stdexcept>
#include <vector>

namespace glowplug::accessors {
namespace {

using reflection::BaseType;

class HeaderWriter {
public:
  explicit HeaderWriter(const reflection::Schema &schema) : schema(schema) {}

  std::string write() {
    text = banner;
    writeConstants();
    nameTablesAndAccessors();
    for (const reflection::Enum *e : *schema.enums())
      writeEnum(*e);
    writeTables();
    writeRawAccess();
    text += replaceAll(root, "gp_image_R", tableType(*schema.root_table()));
    for (const reflection::Enum *e : *schema.enums())
      writeEnumNames(*e);
    for (const reflection::Object *table : *schema.objects())
      writeAccessors(*table);
    return text + epilogue;
  }

private:
  using Documentation =
      flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

  static std::string tableType(const reflection::Object &table) {
    return typeName(table);
  }
  static std::string enumType(const reflection::Enum &e) { return typeName(e); }
  std::string tableType(int32_t index) const {
    return tableType(*schema.objects()->Get(index));
  }

  std::string scalarType(BaseType base, int32_t enumIndex) const {
    return accessors::scalarType(schema, base, enumIndex);
  }

  void writeDocumentation(const Documentation *lines) {
    if (!lines || lines->size() == 0)
      return;
    text += "/**\n";
    for (const flatbuffers::String *line : *lines)
      text += " *" + replaceAll(line->str(), "*/", "* /") + "\n";
    text += " */\n";
  }

  void writeConstants() {
    if (!schema.file_ident() || schema.file_ident()->size() != 4)
      throw std::runtime_error("the schema has no file identifier");
    text += "/** What an image has in bytes 4 to 7. */\n"
            "#define GP_IMAGE_IDENTIFIER \"" +
            schema.file_ident()->str() + "\"\n\n";
    const auto *attributes = schema.root_table()->attributes();
    if (!attributes)
      return;
    for (const reflection::KeyValue *attribute : *attributes) {
      std::string name = "GP_IMAGE_";
      for (char c : attribute->key()->str())
        name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      text += "/** Of the schema this header was made from. */\n#define " +
              name + " " + attribute->value()->str() + "u\n\n";
    }
  }

  /// Fills the tables of names first: an accessor may bear the name of an
  /// enum (Reduce.kind and ReduceKind), which then gets no typedef.
  void nameTablesAndAccessors() {
    for (const reflection::Object *table : *schema.objects()) {
      if (table->is_struct())
        throw std::runtime_error("struct " + table->name()->str() +
                                 " has no accessors; make it a table");
      identifiers.add(tableType(*table));
      std::vector<const reflection::Field *> byId(table->fields()->size());
      for (const reflection::Field *field : *table->fields())
        byId.at(field->id()) = field;
      fields[table] = byId;
      for (const reflection::Field *field : byId)
        if (field->type()->base_type() != reflection::Union &&
            field->type()->base_type() != reflection::Vector)
          identifiers.add(accessor(*table, *field));
    }
    identifiers.add("gp_image_root");
  }

  static std::string accessor(const reflection::Object &table,
                              const reflection::Field &field) {
    return tableType(table) + "_" + snakeCase(field.name()->string_view());
  }

  void writeEnum(const reflection::Enum &e) {
    const std::string type = enumType(e);
    const bool hasTypedef = !identifiers.contains(type);
    writeDocumentation(e.documentation());
    if (hasTypedef)
      identifiers.add(type);
    else
      text += "/* Written with the keyword enum: " + type +
              "() is an accessor. */\n";
    text += (hasTypedef ? "typedef enum " : "enum ") + type + " {\n";
    for (const reflection::EnumVal *value : *e.values()) {
      if (value->value() < INT32_MIN || value->value() >= INT32_MAX)
        throw std::runtime_error("value of " + e.name()->str() + "." +
                                 value->name()->str() +
                                 " does not fit 32 bits");
      writeDocumentation(value->documentation());
      text += "  " + identifiers.add(enumerator(e, *value)) + " = " +
              std::to_string(value->value()) + ",\n";
    }
    text += "  " + identifiers.add(type + "_sentinel") +
            " = 0x7fffffff /**< Keeps the enum 32 bits wide. */\n}";
    text += hasTypedef ? " " + type + ";\n\n" : ";\n\n";
  }

  static std::string enumerator(const reflection::Enum &e,
                                const reflection::EnumVal &value) {
    return enumType(e) + "_" + snakeCase(value.name()->string_view());
  }

  void writeTables() {
    for (const reflection::Object *table : *schema.objects())
      writeTable(*table);
  }

  void writeTable(const reflection::Object &table) {
    const std::string type = tableType(table);
    writeDocumentation(table.documentation());
    text += "typedef struct " + type + " {\n  const uint8_t *p;\n} " + type +
            ";\n\n";
  }

  void writeRawAccess() {
    text += rawAccess;
    std::map<std::string, const char *> readers;
    for (const auto &[base, scalar] : scalars())
      readers.emplace(scalar.name, scalar.type);
    for (const auto &[name, type] : readers)
      text += replaceAll(replaceAll(rawScalar, "_T(", "_" + name + "("), "C ",
                         std::string(type) + " ");
  }

  void writeEnumNames(const reflection::Enum &e) {
    beginFunction("const char *", identifiers.add(enumType(e) + "_name"),
                  "enum " + enumType(e) + " value");
    // A switch over int: the enum may hold a value that it does not list.
    text += "  switch (GP_IMAGE_CAST(int32_t, value)) {\n";
    for (const reflection::EnumVal *value : *e.values())
      text += "  case " + enumerator(e, *value) + ":\n    return \"" +
              snakeCase(value->name()->string_view()) + "\";\n";
    text += "  default:\n    return \"?\";\n  }\n}\n\n";
  }

  /// "static inline TYPE NAME(PARAMETERS) {", broken as clang-format would.
  void beginFunction(const std::string &type, const std::string &name,
                     const std::string &parameters) {
    const bool isPointer = type.back() == '*';
    std::string head = "static inline " + type;
    const std::string rest = name + "(" + parameters + ") {";
    const size_t width = head.size() + rest.size() + (isPointer ? 0 : 1);
    text += head + (width > 80 ? "\n" : isPointer ? "" : " ") + rest + "\n";
  }

  void writeAccessors(const reflection::Object &table) {
    std::string title =
        "/* ---- " +
        std::string(withoutNamespace(table.name()->string_view())) + " ";
    if (!fields[&table].empty())
      text += title + std::string(76 - title.size(), '-') + " */\n\n";
    for (const reflection::Field *field : fields[&table]) {
      if (field->deprecated())
        continue;
      switch (field->type()->base_type()) {
      case reflection::Vector:
        writeVector(table, *field);
        break;
      case reflection::Union:
        writeUnion(table, *field);
        break;
      default:
        writeSingle(table, *field);
      }
    }
  }

  /// An expression of the C type \p type made of the raw \p value.
  std::string convert(BaseType base, int32_t index,
                      const std::string &value) const {
    if (index < 0 && base != reflection::Bool)
      return value;
    if (base == reflection::Bool)
      return value + " != 0";
    return "GP_IMAGE_CAST(" + scalarType(base, index) + ", " + value + ")";
  }

  /// The body of a function that returns one element: a table, a string or a
  /// scalar at \p place (an expression for the pointer to it).
  void writeAnswer(BaseType base, int32_t index, const std::string &place,
                   const std::string &fallback) {
    switch (base) {
    case reflection::Obj:
      text += "  " + tableType(index) +
              " result = {NULL};\n  result.p = " + "gp_image_raw_follow(" +
              place + ");\n  return result;\n";
      break;
    case reflection::String:
      text += "  return gp_image_raw_string(gp_image_raw_follow(\n      " +
              place + "));\n";
      break;
    default: {
      std::string read = std::string("gp_image_raw_") +
                         scalars().at(base).name + "(\n      " + place + ", " +
                         fallback + ")";
      text += "  return " + convert(base, index, read) + ";\n";
    }
    }
    text += "}\n\n";
  }

  std::string answerType(BaseType base, int32_t index) const {
    if (base == reflection::Obj)
      return tableType(index);
    if (base == reflection::String)
      return "const char *";
    return scalarType(base, index);
  }

  void writeSingle(const reflection::Object &table,
                   const reflection::Field &field) {
    const reflection::Type &type = *field.type();
    requireKnown(type.base_type(), table, field);
    writeDocumentation(field.documentation());
    beginFunction(answerType(type.base_type(), type.index()),
                  accessor(table, field), tableType(table) + " table");
    std::string fallback = literal(field.default_integer());
    if (type.base_type() == reflection::Float ||
        type.base_type() == reflection::Double) {
      if (field.default_real() != 0)
        throw std::runtime_error(accessor(table, field) +
                                 ": float defaults are not supported");
      fallback = "0";
    }
    writeAnswer(type.base_type(), type.index(),
                "gp_image_raw_field(table.p, " +
                    std::to_string(field.offset()) + ")",
                fallback);
  }

  void writeVector(const reflection::Object &table,
                   const reflection::Field &field) {
    const reflection::Type &type = *field.type();
    requireKnown(type.element(), table, field);
    const std::string name = accessor(table, field);
    const std::string parameter = tableType(table) + " table";
    const std::string vector =
        "gp_image_raw_object(table.p, " + std::to_string(field.offset()) + ")";
    const bool isReference = type.element() == reflection::Obj ||
                             type.element() == reflection::String;
    const std::string size =
        isReference
            ? "4"
            : std::string("sizeof(") + scalars().at(type.element()).type + ")";

    writeDocumentation(field.documentation());
    beginFunction("size_t", identifiers.add(name + "_count"), parameter);
    text += "  return gp_image_raw_count(" + vector + ");\n}\n\n";

    beginFunction(answerType(type.element(), type.index()),
                  identifiers.add(name + "_at"), parameter + ", size_t index");
    writeAnswer(type.element(), type.index(),
                "gp_image_raw_element(\n          " + vector + ", index, " +
                    size + ")",
                "0");

    if (type.element() == reflection::UByte && type.index() < 0) {
      beginFunction("const uint8_t *", identifiers.add(name + "_data"),
                    parameter);
      text += "  return gp_image_raw_element(" + vector + ", 0, 1);\n}\n\n";
    }
  }

  /// The type field of the union has an accessor of its own.
  void writeUnion(const reflection::Object &table,
                  const reflection::Field &field) {
    const reflection::Enum &members =
        *schema.enums()->Get(field.type()->index());
    writeDocumentation(field.documentation());
    for (const reflection::EnumVal *member : *members.values()) {
      if (member->value() == 0)
        continue;
      if (member->union_type()->base_type() != reflection::Obj)
        throw std::runtime_error("member " + member->name()->str() + " of " +
                                 members.name()->str() + " is not a table");
      beginFunction(tableType(member->union_type()->index()),
                    identifiers.add(tableType(table) + "_as_" +
                                    snakeCase(member->name()->string_view())),
                    tableType(table) + " table");
      text += "  " + tableType(member->union_type()->index()) +
              " result = {NULL};\n  if (" + accessor(table, field) +
              "_type(table) == " + enumerator(members, *member) +
              ")\n    result.p = gp_image_raw_object(table.p, " +
              std::to_string(field.offset()) + ");\n  return result;\n}\n\n";
    }
  }

  static void requireKnown(BaseType base, const reflection::Object &table,
                           const reflection::Field &field) {
    if (base != reflection::Obj && base != reflection::String &&
        !scalars().count(base))
      throw std::runtime_error(table.name()->str() + "." + field.name()->str() +
                               ": no accessor for a " +
                               reflection::EnumNameBaseType(base));
  }

  const reflection::Schema &schema;
  std::string text;
  Identifiers identifiers;
  std::map<const reflection::Object *, std::vector<const reflection::Field *>>
      fields; // by field number
};

} // namespace

std::string writeHeader(const reflection::Schema &schema,
                        const std::string &name) {
  return renamed(HeaderWriter(schema).write(), name);
}

} // namespace glowplug::accessors
