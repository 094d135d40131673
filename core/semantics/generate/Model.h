// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The primitives and scalar ops as the image schema states them.

#pragma once

#include "flatbuffers/reflection.h"

#include <optional>
#include <string>
#include <vector>

namespace glowplug::primitives {

/// An operand or result: "input:number". The last may stand for any number of
/// them, "inputs:any*", or for one or more, "inputs:any+".
struct Port {
  std::string name;
  std::string types;
  bool isVariadic = false;
  bool isOptional = false;
};

/// What a field of a primitive's table holds.
enum class FieldKind { flag, integer, integers, integers32, choice, region };

struct Field {
  std::string name; ///< as in the schema: pads_low
  FieldKind kind;
  std::string choices = {}; ///< the enum of a choice
  int64_t standard = 0;     ///< of a list: of each entry
  bool isOptional = false;  ///< builders know what to take if it is not given
  std::string per = {};     ///< "spatial", "dim", or empty
  std::optional<int64_t> least = {};  ///< of every entry
  std::vector<std::string> only = {}; ///< of a choice; empty: all
  unsigned since = 1;                 ///< the version that brought it
  bool isDim = false;                 ///< names a dim of the first operand
};

struct Primitive {
  std::string name;     ///< of the table: ConvTranspose
  std::string mnemonic; ///< in the dialect: conv_transpose
  int64_t number = 0;   ///< in the union
  unsigned firstVersion = 1, lastVersion = 1;
  std::string summary;
  std::vector<std::string> text;        ///< lines after the summary
  std::vector<std::string> constraints; ///< "(C1) ...", one string each
  std::vector<Port> operands, results;
  std::vector<Field> fields;
  bool isShapeChosen = false; ///< the result's shape follows from nothing

  /// "epilogue", "region", or empty.
  std::string region() const;
};

struct Enumerator {
  std::string name;
  int64_t number = 0;
};
struct Enum {
  std::string name;
  std::vector<Enumerator> values;
};

struct ScalarOp {
  std::string name;
  int64_t number = 0;
  std::vector<std::string> operands; ///< a word for each type
  std::string result;
  std::string text;
};

struct Model {
  std::vector<Primitive> primitives; ///< as the schema numbers them
  std::vector<Enum> enums;           ///< of their fields
  std::vector<ScalarOp> scalarOps;
  uint32_t opsetVersion = 0;
};

/// Throws std::runtime_error with what the schema lacks.
Model readModel(const reflection::Schema &schema);

/// "pads_low" as "padsLow"; with \p first, as "PadsLow".
std::string camelCase(const std::string &name, bool first = false);

// What is generated; a whole file each.
/// The attributes of each primitive, in namespace glowplug::\p space.
std::string writeRules(const Model &model, const std::string &space);
std::string writeChecks(const Model &model);
std::string writeImage(const Model &model);
std::string writeBuilder(const Model &model);
std::string writeDialect(const Model &model);
std::string writeDialectBuilder(const Model &model);
std::string writeOds(const Model &model);
std::string writePage(const Model &model);

} // namespace glowplug::primitives
