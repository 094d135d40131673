// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of the generated C identifiers.

#include "backend-api/schema/generate/Names.h"

#include <stdexcept>

namespace glowplug::accessors {
namespace {

// The C locale's functions would do, but they ask for unsigned char.
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

} // namespace

std::string snakeCase(std::string_view name) {
  std::string result;
  for (size_t i = 0; i < name.size(); ++i) {
    if (i > 0 && isUpper(name[i]) && isLowerOrDigit(name[i - 1]))
      result += '_';
    result +=
        isUpper(name[i]) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return result;
}

std::string_view withoutNamespace(std::string_view name) {
  size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

const std::string &Identifiers::add(const std::string &name) {
  auto [place, isNew] = taken.insert(name);
  if (!isNew)
    throw std::runtime_error("identifier '" + name + "' is generated twice");
  return *place;
}

} // namespace glowplug::accessors
