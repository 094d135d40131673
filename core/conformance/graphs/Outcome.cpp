// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of outcomes, and their way through a pipe.

#include "core/conformance/graphs/Outcome.h"

using namespace glowplug;
using namespace glowplug::graphs;

const char *graphs::nameOf(Result result) {
  constexpr const char *names[] = {
      "passed", "decided",  "unsupported", "refused", "failed", "stopped",
      "wrong",  "unstable", "overrun",     "crashed", "hung"};
  return names[static_cast<size_t>(result)];
}

std::optional<Result> graphs::resultNamed(const std::string &name) {
  for (auto result = Result::passed; result <= Result::hung;
       result = static_cast<Result>(static_cast<int>(result) + 1))
    if (name == nameOf(result))
      return result;
  return std::nullopt;
}

bool graphs::isFailure(Result result) { return result > Result::unsupported; }

std::string graphs::pack(const Outcome &outcome) {
  return std::string(1, static_cast<char>(outcome.result)) + outcome.text;
}

Outcome graphs::unpack(const std::string &text) {
  return {static_cast<Result>(text.at(0)), text.substr(1)};
}
