// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the C11 writer of a schema: for each table, a struct of its fields,
// their defaults, and the function that writes them.

#include "backend-api/schema/generate/Writer.h"

#include "backend-api/schema/generate/Names.h"
#include "backend-api/schema/generate/Types.h"

#include <stdexcept>
#include <vector>

namespace glowplug::accessors {
namespace {

using reflection::BaseType;

constexpr char banner[] =
    R"(/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Writes an image of schema/image.fbs, from which this was generated and which
 * is the reference for what the fields mean; do not edit.
 *
 * Of each table x there is
 *
 *   gp_image_x_fields             its fields: scalars, references to strings,
 *                                 tables and members of unions; vectors of
 *                                 scalars, and of references
 *   gp_image_x_defaults()         what fields have that are not set
 *   gp_image_write_x(w, fields)   writes it; what it refers to is there already
 *   gp_image_finish(w, root)      ends the bytes
 *
 * See <glowplug/glue/writer.h> for gp_writer, strings and failures.
 */
#ifndef GLOWPLUG_IMAGE_WRITER_H
#define GLOWPLUG_IMAGE_WRITER_H

#include <glowplug/glue/writer.h>
#include <glowplug/image.h>

)";

constexpr char epilogue[] = R"(/** Ends the bytes with the root. */
static inline gp_bytes gp_image_finish(gp_writer *writer, gp_ref root) {
  return gp_writer_finish(writer, root, GP_IMAGE_IDENTIFIER);
}

#endif /* GLOWPLUG_IMAGE_WRITER_H */
)";

class WriterWriter {
public:
  explicit WriterWriter(const reflection::Schema &schema) : schema(schema) {}

  std::string write() {
    text = banner;
    for (const reflection::Object *table : *schema.objects())
      writeTable(*table);
    return text + epilogue;
  }

private:
  static bool isReference(BaseType base) {
    return base == reflection::Obj || base == reflection::String ||
           base == reflection::Union;
  }
  static std::string nameOf(const reflection::Field &field) {
    return snakeCase(field.name()->string_view());
  }

  void writeTable(const reflection::Object &table) {
    fields.assign(table.fields()->size(), nullptr);
    for (const reflection::Field *field : *table.fields())
      fields.at(field->id()) = field;
    if (fields.size() > 32)
      throw std::runtime_error(typeName(table) +
                               ": a writer takes at most 32 fields");
    std::erase_if(fields, [](auto *field) { return field->deprecated(); });
    const std::string title = "/* ---- " + typeName(table) + " ";
    text += title + std::string(76 - title.size(), '-') + " */\n\n";
    writeStruct(typeName(table));
    writeDefaults(typeName(table));
    writeFunction(table);
  }

  void writeStruct(const std::string &type) {
    text += "typedef struct " + type + "_fields {\n";
    for (const reflection::Field *field : fields) {
      const std::string name = nameOf(*field);
      const BaseType base = field->type()->base_type();
      if (base == reflection::Vector)
        text += "  const " + elementType(*field) + " *" + name +
                ";\n  size_t " + name + "_count;\n";
      else if (isReference(base))
        text += "  gp_ref " + name + ";\n";
      else
        text += "  " + scalarType(schema, base, field->type()->index()) + " " +
                name + ";\n";
    }
    // C has no empty structs.
    if (fields.empty())
      text += "  int nothing;\n";
    text += "} " + type + "_fields;\n\n";
  }

  std::string elementType(const reflection::Field &field) const {
    const BaseType element = field.type()->element();
    if (isReference(element))
      return "gp_ref";
    // An enum may have another size than its elements.
    return scalars().at(element).type;
  }

  void writeDefaults(const std::string &type) {
    text += "static inline " + type + "_fields " + type +
            "_defaults(void) {\n  " + type + "_fields fields;\n" +
            "  memset(&fields, 0, sizeof fields);\n";
    for (const reflection::Field *field : fields) {
      if (field->default_real() != 0)
        throw std::runtime_error(type + "_" + nameOf(*field) +
                                 ": float defaults are not supported");
      if (field->default_integer() != 0)
        text +=
            "  fields." + nameOf(*field) + " = " + defaultOf(*field) + ";\n";
    }
    text += "  return fields;\n}\n\n";
  }

  std::string defaultOf(const reflection::Field &field) const {
    const BaseType base = field.type()->base_type();
    const std::string value = literal(field.default_integer());
    return "(" + scalarType(schema, base, field.type()->index()) + ")" + value;
  }

  void writeFunction(const reflection::Object &table) {
    const std::string type = typeName(table);
    const std::string name =
        "gp_image_write_" +
        snakeCase(withoutNamespace(table.name()->string_view()));
    text += "static inline gp_ref\n" + name + "(gp_writer *writer, const " +
            type + "_fields *fields) {\n" +
            "  gp_writer_table table = {{0}, {0}, {0}, 0};\n";
    for (const reflection::Field *field : fields)
      writeField(*field);
    if (fields.empty())
      text += "  (void)fields;\n";
    text += "  return gp_writer_end(writer, &table);\n}\n\n";
  }

  void writeField(const reflection::Field &field) {
    const std::string name = "fields->" + nameOf(field);
    const std::string number = std::to_string(field.id());
    const BaseType base = field.type()->base_type();
    if (base == reflection::Vector) {
      const BaseType element = field.type()->element();
      const bool isRefs = isReference(element);
      text += "  gp_writer_reference(&table, " + number +
              ",\n      gp_writer_" + (isRefs ? "refs" : "vector") +
              "(writer, " + name + ",\n          " + name + "_count";
      if (!isRefs) {
        const std::string size = "sizeof(" + elementType(field) + ")";
        text += ", " + size + ",\n          " + alignmentOf(field, size);
      }
      text += "));\n";
    } else if (isReference(base)) {
      text += "  gp_writer_reference(&table, " + number + ", " + name + ");\n";
    } else {
      const std::string type = scalars().at(base).type;
      text += "  if (" + name + " != " + defaultOf(field) + ") {\n    const " +
              type + " value = (" + type + ")" + name +
              ";\n    gp_writer_field(&table, " + number +
              ", &value, sizeof value);\n  }\n";
    }
  }

  /// Bytes may be an image, which begins at a multiple of 8. (The binary schema
  /// does not tell which of them the schema aligns.)
  static std::string alignmentOf(const reflection::Field &field,
                                 const std::string &size) {
    const reflection::Type &type = *field.type();
    return type.element() == reflection::UByte && type.index() < 0 ? "8" : size;
  }

  const reflection::Schema &schema;
  std::string text;
  std::vector<const reflection::Field *> fields; // by number
};

} // namespace

std::string writeWriter(const reflection::Schema &schema,
                        const std::string &name) {
  return renamed(WriterWriter(schema).write(), name);
}

} // namespace glowplug::accessors
