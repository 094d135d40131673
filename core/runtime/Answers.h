// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What every receiver of a plugin's answers has to do.
#pragma once

#include "core/runtime/Errors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <glowplug/glue/struct.h>

#include <string>

namespace glowplug {

/// Receives answers in sink functions, which cannot all report a failure:
/// keeps the first broken rule until the call is over.
struct Answers {
  std::string problem;

  void complain(const std::string &message) {
    if (problem.empty())
      problem = message;
  }

  /// Whether \p text may name a thing that programs look for.
  static bool isLowerCaseWord(llvm::StringRef text) {
    return !text.empty() && llvm::all_of(text, [](char c) {
      return llvm::isLower(c) || llvm::isDigit(c) || c == '_' || c == '-';
    });
  }

  /// Copies the struct \p given to \p copy by the struct-size rule.
  template <typename T>
  bool read(const char *name, T *copy, const T *given) {
    const gp_status_code code = GP_STRUCT_READ(copy, given);
    if (code == GP_OK)
      return true;
    if (!given)
      complain(std::string(name) + " is NULL");
    else
      complain(std::string(name) + ".struct_size is " +
               std::to_string(given->struct_size) + ", the host knows " +
               std::to_string(sizeof(T)) + " bytes" +
               (code == GP_UNKNOWN_FIELD ? ", and the rest is not zero" : ""));
    return false;
  }
};

} // namespace glowplug
