// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The generator of accessors: equal schemas give equal headers, and what it
// cannot express stops the build instead of giving a header with a hole.

#include "backend-api/schema/generate/Header.h"

#include <flatbuffers/idl.h>

#include <gtest/gtest.h>

#include <stdexcept>

using glowplug::accessors::writeHeader;

namespace {

/// The header for the text of a schema.
std::string generate(const std::string &text) {
  flatbuffers::IDLOptions options;
  options.binary_schema_comments = true;
  flatbuffers::Parser parser(options);
  EXPECT_TRUE(parser.Parse(text.c_str())) << parser.error_;
  parser.Serialize();
  return writeHeader(
      *reflection::GetSchema(parser.builder_.GetBufferPointer()));
}

/// The message of the failure to generate; "" if there is none.
std::string refusal(const std::string &text) {
  try {
    generate(text);
  } catch (const std::runtime_error &error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

const std::string head = "namespace n; file_identifier \"ABCD\"; ";

TEST(GenerateTest, IsDeterministic) {
  const std::string text =
      head + "enum E : byte { a = -1, b = 5 } table T { e:E = b; l:[long]; } "
             "root_type T;";
  EXPECT_EQ(generate(text), generate(text));
}

TEST(GenerateTest, CarriesCommentsAndVersions) {
  const std::string header =
      generate(head + "attribute \"wire\";\n/// Of the tee */ kind.\n"
                      "table T (wire: \"7\") {\n/// Of the field.\nx:int; } "
                      "root_type T;");
  EXPECT_TRUE(contains(header, "/**\n * Of the tee * / kind.\n */\n"));
  EXPECT_TRUE(contains(header, "/**\n * Of the field.\n */\n"));
  EXPECT_TRUE(contains(header, "#define GP_IMAGE_WIRE 7u\n"));
  EXPECT_TRUE(contains(header, "#define GP_IMAGE_IDENTIFIER \"ABCD\"\n"));
}

TEST(GenerateTest, KeepsDefaultsOfEveryWidth) {
  const std::string header = generate(
      head + "enum E : byte { a = -1, b = 5 } table T { e:E = b; i:int = -7; "
             "l:long = -5000000000; } root_type T;");
  EXPECT_TRUE(contains(header, "gp_image_raw_field(table.p, 4), 5)"));
  EXPECT_TRUE(contains(header, "gp_image_raw_field(table.p, 6), -7)"));
  EXPECT_TRUE(contains(header, "8), INT64_C(-5000000000))"));
}

TEST(GenerateTest, GivesAnEnumNoTypedefWhereAnAccessorHasItsName) {
  const std::string header =
      generate(head + "enum TableKind : ubyte { a } enum Free : ubyte { b } "
                      "table Table { kind:TableKind; free:Free; } "
                      "root_type Table;");
  EXPECT_TRUE(contains(header, "\nenum gp_image_table_kind {"));
  EXPECT_FALSE(contains(header, "typedef enum gp_image_table_kind"));
  EXPECT_TRUE(contains(header, "typedef enum gp_image_free {"));
}

TEST(GenerateTest, RefusesWhatHasNoAccessor) {
  EXPECT_EQ(refusal("table T { x:int; } root_type T;"),
            "the schema has no file identifier");
  EXPECT_EQ(refusal(head + "struct S { x:int; } table T { s:S; } root_type T;"),
            "struct n.S has no accessors; make it a table");
  EXPECT_EQ(refusal(head + "table T { x:float = 1.5; } root_type T;"),
            "gp_image_t_x: float defaults are not supported");
  EXPECT_EQ(refusal(head + "enum E : long { a = 3000000000 } "
                           "table T { x:E = a; } root_type T;"),
            "value of n.E.a does not fit 32 bits");
}

TEST(GenerateTest, RefusesEqualNames) {
  // The length of a vector, and a field of that name.
  EXPECT_EQ(refusal(head + "table T { x:[int]; x_count:int; } root_type T;"),
            "identifier 'gp_image_t_x_count' is generated twice");
  // A table of the name of another table's field.
  EXPECT_EQ(refusal(head + "table A { b_c:int; } table AB { c:int; } "
                           "table T { x:A; } root_type T;"),
            "");
  EXPECT_EQ(refusal(head + "table A { b:int; } table A_b { c:int; } "
                           "table T { x:A; } root_type T;"),
            "identifier 'gp_image_a_b' is generated twice");
}

} // namespace
