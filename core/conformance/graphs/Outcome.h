// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What becomes of a case.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace glowplug::graphs {

/// What became of a case.
enum class Result : uint8_t {
  passed,
  decided,     ///< Right only by what Judge.h adds, or by other decisions.
  unsupported, ///< The importer does not take it, and says so.
  refused,     ///< The importer calls a valid model wrong.
  failed,      ///< Compiling or loading failed with an error.
  stopped,     ///< A run failed with an error.
  wrong,       ///< The numbers are not right.
  unstable,    ///< Two runs on the same inputs differ.
  overrun,     ///< Bytes beside an input or output were written.
  crashed,
  hung,
};
const char *nameOf(Result result);
std::optional<Result> resultNamed(const std::string &name);
/// Whether it is the fault of what is tested.
bool isFailure(Result result);

struct Outcome {
  Result result = Result::passed;
  std::string text; ///< What is wrong, with the configuration first.
};
/// As text in one piece, for a pipe.
std::string pack(const Outcome &outcome);
Outcome unpack(const std::string &text);

} // namespace glowplug::graphs
