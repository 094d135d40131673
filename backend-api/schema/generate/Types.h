// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the types of a schema are called in C. Names begin with gp_image_;
/// renamed() turns them into those of another schema at the end.
#pragma once

#include <flatbuffers/reflection_generated.h>

#include <map>
#include <string>

namespace glowplug::accessors {

struct Scalar {
  const char *name; // of the reader: gp_image_raw_<name>
  const char *type; // in C
};

const std::map<reflection::BaseType, Scalar> &scalars();

std::string replaceAll(std::string text, const std::string &from,
                       const std::string &to);

/// A C literal of the value, of a type that converts without a warning.
std::string literal(int64_t value);

/// gp_image_<name without its namespace>
std::string prefixed(std::string_view name);
inline std::string typeName(const reflection::Object &table) {
  return prefixed(table.name()->string_view());
}
inline std::string typeName(const reflection::Enum &e) {
  return prefixed(e.name()->string_view());
}

/// The C type of a scalar, which may be an enum.
std::string scalarType(const reflection::Schema &schema,
                       reflection::BaseType base, int32_t enumIndex);

/// \p text with the names of schema \p name.
std::string renamed(std::string text, const std::string &name);

} // namespace glowplug::accessors
