// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts of traces and pages.

#include "core/report/Text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>

namespace glowplug::report {

const char *trackKindTitle(Simulation::TrackKind kind) {
  switch (kind) {
  case Simulation::TrackKind::engine:
    return "engines";
  case Simulation::TrackKind::queue:
    return "queues";
  case Simulation::TrackKind::semaphore:
    return "semaphores";
  case Simulation::TrackKind::memory:
    return "memory";
  }
  return "";
}

std::string jsonText(llvm::StringRef text) {
  std::string result =
      nlohmann::json(text.str())
          .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  for (size_t at = 0; (at = result.find('<', at)) != std::string::npos;)
    result.replace(at, 1, "\\u003c");
  return result;
}

std::string htmlText(llvm::StringRef text) {
  std::string result;
  for (char c : llvm::json::fixUTF8(text))
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      // Control characters have no place in a page.
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  return result;
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;)
    digits.insert(at -= 3, ",");
  return digits;
}

std::string energyText(double picojoules) {
  const char *units[] = {"pJ", "nJ", "\u00b5J", "mJ", "J"};
  size_t at = 0;
  for (; picojoules >= 999.5 && at + 1 < std::size(units); ++at)
    picojoules /= 1000;
  // Three digits, whatever the size.
  const int decimals = picojoules >= 100 ? 0 : picojoules >= 10 ? 1 : 2;
  return fixed(picojoules, decimals) + " " + units[at];
}

std::string fixed(double value, int decimals) {
  std::string result;
  llvm::raw_string_ostream(result) << llvm::format("%.*f", decimals, value);
  return result;
}

} // namespace glowplug::report
