// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalars, literals and prefixes of the generated C.

#include "backend-api/schema/generate/Types.h"

#include "backend-api/schema/generate/Names.h"

namespace glowplug::accessors {

const std::map<reflection::BaseType, Scalar> &scalars() {
  static const std::map<reflection::BaseType, Scalar> all = {
      {reflection::UType, {"u8", "uint8_t"}},
      {reflection::Bool, {"u8", "uint8_t"}},
      {reflection::Byte, {"i8", "int8_t"}},
      {reflection::UByte, {"u8", "uint8_t"}},
      {reflection::Short, {"i16", "int16_t"}},
      {reflection::UShort, {"u16", "uint16_t"}},
      {reflection::Int, {"i32", "int32_t"}},
      {reflection::UInt, {"u32", "uint32_t"}},
      {reflection::Long, {"i64", "int64_t"}},
      {reflection::ULong, {"u64", "uint64_t"}},
      {reflection::Float, {"f32", "float"}},
      {reflection::Double, {"f64", "double"}},
  };
  return all;
}

std::string replaceAll(std::string text, const std::string &from,
                       const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string literal(int64_t value) {
  std::string digits = std::to_string(value);
  bool fitsInt = value >= INT32_MIN && value <= INT32_MAX;
  return fitsInt ? digits : "INT64_C(" + digits + ")";
}

std::string prefixed(std::string_view name) {
  return "gp_image_" + snakeCase(withoutNamespace(name));
}

std::string scalarType(const reflection::Schema &schema,
                       reflection::BaseType base, int32_t enumIndex) {
  if (enumIndex >= 0)
    return "enum " + typeName(*schema.enums()->Get(enumIndex));
  return base == reflection::Bool ? "int" : scalars().at(base).type;
}

std::string renamed(std::string text, const std::string &name) {
  if (name == "image")
    return text;
  std::string capitals;
  for (char c : name)
    capitals += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  text = replaceAll(text, "gp_image_", "gp_" + name + "_");
  text = replaceAll(text, "GP_IMAGE_", "GP_" + capitals + "_");
  text = replaceAll(text, "GLOWPLUG_IMAGE_", "GLOWPLUG_" + capitals + "_");
  text = replaceAll(text, "glowplug/image.h", "glowplug/" + name + ".h");
  return replaceAll(text, "schema/image.fbs", "schema/" + name + ".fbs");
}

} // namespace glowplug::accessors
