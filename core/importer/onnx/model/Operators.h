// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the code that rewrites ONNX models knows of an operator, as data. Its
/// import is a row of its own, with the handler, in core/importer/onnx:
/// handlers need MLIR, which code that rewrites models does without.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace glowplug::onnx {
class NodeProto;
} // namespace glowplug::onnx

namespace glowplug::importer {

/// What an operator does with quantised values.
enum class Quantised : uint8_t {
  formula,  ///< Computes in float; so does the element-wise work around it.
  whole,    ///< Computes in float; a formula of its own.
  computes, ///< Computes on 8-bit integers.
  moves,    ///< Moves values: its results have its first input's parameters.
};

/// Which inputs of an operator that computes on integers are values; input 1
/// holds weights, and input 2 a bias, where that is said.
enum class Operands : uint8_t {
  first,           ///< Input 0 alone; others are settings.
  all,             ///< Each input.
  weighted,        ///< Input 0, and weights that have to be constant.
  weightedOrValues ///< Input 0 and constant weights, or two values.
};

/// An attribute of older versions that is an input of version 13.
struct MovedAttribute {
  llvm::StringLiteral name;
  int input;
  bool isList;               ///< Integers; else one float.
  bool zeroIsAbsent = false; ///< 0 is the default of the input.
};

struct OperatorFacts {
  llvm::StringLiteral name;
  Quantised quantised = Quantised::formula;
  Operands operands = Operands::first;
  /// The first version of the operator set, from 7 on, in which a node reads as
  /// it does in version 13.
  int sameSince = 7;
  /// How a node of an older version is rewritten. Empty if that is not enough,
  /// or not known.
  llvm::ArrayRef<MovedAttribute> moved = {};
};

/// The operators of the default domain that are known here, by name.
llvm::ArrayRef<OperatorFacts> operatorFacts();

/// The facts of \p node; null if its operator is not known here.
const OperatorFacts *factsOf(const onnx::NodeProto &node);

} // namespace glowplug::importer
