// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// JSON from files and processes that are not trusted.

#include "core/support/Json.h"

namespace glowplug {

/// How deep brackets nest at most, those in strings left out. What is not JSON
/// may give any number.
static unsigned depthOf(llvm::StringRef text) {
  unsigned depth = 0, most = 0;
  bool isInString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (isInString && c == '\\')
      ++i;
    else if (c == '"')
      isInString = !isInString;
    else if (!isInString && (c == '[' || c == '{'))
      most = std::max(most, ++depth);
    else if (!isInString && (c == ']' || c == '}') && depth != 0)
      --depth;
  }
  return most;
}

llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text) {
  if (const unsigned depth = depthOf(text); depth > maxJsonDepth)
    return llvm::createStringError("arrays and objects nest %u deep, and the "
                                   "limit is %u",
                                   depth, maxJsonDepth);
  return llvm::json::parse(text);
}

} // namespace glowplug
