// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the reference page of the primitive set.

#include "core/semantics/generate/Model.h"

#include <fmt/format.h>

using namespace glowplug::primitives;

static std::string portText(const Port &port) {
  return fmt::format("`{}` ({}{})", port.name, port.types,
                     port.isOptional   ? ", any number"
                     : port.isVariadic ? ", one or more"
                                       : "");
}

static std::string portsText(const char *what, const std::vector<Port> &ports,
                             bool hasExtras) {
  std::string text;
  for (const Port &port : ports)
    text += (text.empty() ? "" : ", ") + portText(port);
  return fmt::format("{}: {}{}.\n\n", what, text,
                     hasExtras ? ", then extras of the epilogue" : "");
}

static std::string fieldText(const Field &field) {
  static constexpr const char *kinds[] = {"flag",
                                          "integer",
                                          "list of integers",
                                          "list of 32-bit integers",
                                          "choice",
                                          "region of scalar ops"};
  std::string text = kinds[static_cast<int>(field.kind)];
  if (!field.per.empty())
    text += field.per == "dim" ? ", one per dim" : ", one per spatial dim";
  if (field.isDim)
    text += ", a dim of the first operand";
  if (field.least)
    text += fmt::format(", at least {}", *field.least);
  if (field.kind == FieldKind::integer && field.standard != 0)
    text += fmt::format(", {} if not given", field.standard);
  if (field.kind == FieldKind::choice && field.only.empty())
    text += " of `" + field.choices + "`";
  else if (!field.only.empty())
    text += fmt::format(" of {}", fmt::join(field.only, ", "));
  return fmt::format("| `{}` | {} |\n", field.name, text);
}

static std::string primitiveText(const Primitive &primitive) {
  std::string text =
      fmt::format("## `{}`\n\n{}", primitive.mnemonic, primitive.summary);
  for (const std::string &line : primitive.text)
    text += "\n" + line;
  text += fmt::format("\n\nTable `{}`, number {}, version{}.\n\n",
                      primitive.name, primitive.number,
                      primitive.firstVersion == primitive.lastVersion
                          ? fmt::format(" {}", primitive.lastVersion)
                          : fmt::format("s {} to {}", primitive.firstVersion,
                                        primitive.lastVersion));
  text += portsText("Operands", primitive.operands,
                    primitive.region() == "epilogue");
  text += portsText("Results", primitive.results, false);
  if (!primitive.fields.empty())
    text += "| Attribute | What it is |\n|---|---|\n";
  for (const Field &field : primitive.fields)
    text += fieldText(field);
  text += primitive.fields.empty() ? "" : "\n";
  for (const std::string &constraint : primitive.constraints)
    text += "- " + constraint + "\n";
  return text + "\n";
}

std::string glowplug::primitives::writePage(const Model &model) {
  std::string text = fmt::format(
      "<!-- Generated from backend-api/schema/image.fbs by "
      "tools/dev/reference_docs.py; do not edit. -->\n"
      "# The primitive set, version {}\n\n"
      "What each primitive means and what verifiers enforce. Types: *any*, "
      "*number* (not boolean), *index* (i32 or i64),\nor one type by name. The "
      "general rules (accumulator types, epilogues, extras) are in the "
      "schema. `constant` and\n`composite` are told there as well.\n\n",
      model.opsetVersion);
  for (const Primitive &primitive : model.primitives)
    text += primitiveText(primitive);
  text += "## Scalar ops\n\nOne word stands for one type throughout a line: "
          "*bits* is an integer or boolean, *narrow* an integer of 8 or\n"
          "16 bits, *sum* narrow or i32, *byte* i8 or u8, *other* any type.\n\n"
          "| Number | Op | Types | Meaning |\n|---|---|---|---|\n";
  for (const ScalarOp &op : model.scalarOps)
    text += fmt::format("| {} | `{}` | ({}) → {} | {} |\n", op.number, op.name,
                        fmt::join(op.operands, ", "), op.result, op.text);
  return text;
}
