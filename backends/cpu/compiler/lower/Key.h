// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Identity of a kernel: two steps with equal keys share one function.
#pragma once

#include "backends/cpu/compiler/lower/View.h"

#include <string>

namespace glowplug::cpu {

/// Collects everything that the code of a kernel depends on.
class Key {
public:
  explicit Key(llvm::StringRef kind) : name(kind.str()), text(name) {}

  Key &operator<<(int64_t number) {
    text += ' ' + std::to_string(number);
    return *this;
  }
  Key &operator<<(llvm::ArrayRef<int64_t> numbers) {
    text += " [";
    for (int64_t number : numbers)
      *this << number;
    text += ']';
    return *this;
  }
  /// Type, sizes and strides: not where it lies.
  Key &operator<<(const View &view) {
    return *this << int64_t(view.type) << llvm::ArrayRef(view.sizes)
                 << llvm::ArrayRef(view.strides);
  }
  Key &operator<<(const Region &region) {
    text += " {";
    for (DType type : region.parameters)
      *this << int64_t(type);
    for (const Instruction &instruction : region.instructions) {
      text += " (";
      *this << int64_t(instruction.op) << int64_t(instruction.type)
            << static_cast<int64_t>(instruction.bits);
      for (uint16_t operand : instruction.operands)
        *this << int64_t(operand);
      for (uint8_t byte : instruction.table)
        *this << int64_t(byte);
      text += ')';
    }
    text += " ->";
    for (uint16_t result : region.results)
      *this << int64_t(result);
    text += '}';
    return *this;
  }

  const std::string &str() const { return text; }
  /// What it is a key of, for people: "tiled conv".
  const std::string &kind() const { return name; }

private:
  std::string name;
  std::string text;
};

} // namespace glowplug::cpu
