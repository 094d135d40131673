// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What people read of a case.

#include "core/conformance/report/Words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace glowplug::conformance {

std::string levelTitle(Level level) {
  static constexpr std::array<const char *, levelCount> titles = {
      "ABI", "ops", "graphs", "models", "robustness", "instr", "timing"};
  return levelName(level) + " " + titles[static_cast<size_t>(level)];
}

std::string verdictTitle(Verdict verdict) {
  std::string title = verdictName(verdict);
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

/// The share of elements that are wrong, for an order of measurements.
static double wrongShare(const Measurement &measurement) {
  if (measurement.mismatches == 0)
    return isWithin(measurement) ? -1 : 0;
  return static_cast<double>(measurement.mismatches) /
         static_cast<double>(measurement.elements);
}

const Measurement *worstOf(const CaseRecord &record) {
  const Measurement *worst = nullptr;
  for (const Measurement &measurement : record.measurements)
    if (!isWithin(measurement) &&
        (!worst || wrongShare(measurement) > wrongShare(*worst)))
      worst = &measurement;
  return worst;
}

static std::string momentsText(const Measurement::Moments &moments) {
  return fmt::format("mean square {:.4g} (limit {:.4g}), bias {:.4g} (limit "
                     "{:.4g})",
                     moments.square, moments.squareLimit, moments.bias,
                     moments.biasLimit);
}

std::string summaryOf(const JudgedCase &one) {
  const CaseRecord &record = one.record;
  if (one.verdict == Verdict::unexpectedPass)
    return "passes, although waiver '" + one.waiver + "' says that it fails";
  if (record.otherEndings != 0)
    return fmt::format("{} of {} attempts ended otherwise", record.otherEndings,
                       record.retries + 1);
  std::string text;
  if (const Measurement *worst = worstOf(record)) {
    text = fmt::format("{} of {}: ", worst->rule, worst->subject);
    if (worst->mismatches != 0)
      text += fmt::format("{} of {} elements are wrong", worst->mismatches,
                          worst->elements);
    else if (worst->moments)
      text += momentsText(*worst->moments);
    if (!worst->got.empty())
      text +=
          fmt::format("; {}{}got {}, want {}", worst->where,
                      worst->where.empty() ? "" : " ", worst->got, worst->want);
  } else {
    text = record.message;
  }
  if (text.empty() && one.verdict == Verdict::vacuous)
    text = "the plugin under test did none of it";
  if (text.empty())
    text = verdictTitle(one.verdict);
  return one.waiver.empty() ? text : "waiver '" + one.waiver + "': " + text;
}

std::string detailsOf(const JudgedCase &one) {
  const CaseRecord &record = one.record;
  std::string text = fmt::format("seed {}\n", record.seed);
  if (!record.message.empty())
    text += record.message + "\n";
  for (const Measurement &measurement : record.measurements) {
    if (isWithin(measurement))
      continue;
    text += fmt::format("{} of {}: {} of {} elements wrong, worst {:.4g} of "
                        "the limit\n",
                        measurement.rule, measurement.subject,
                        measurement.mismatches, measurement.elements,
                        measurement.worst);
    if (measurement.moments)
      text += momentsText(*measurement.moments) + "\n";
    if (!measurement.got.empty())
      text += fmt::format("first at {}: got {}, want {}, limit {}\n",
                          measurement.where, measurement.got, measurement.want,
                          measurement.limit);
  }
  if (record.ops != 0)
    text += fmt::format("ops taken: {} of {}\n", record.opsTaken, record.ops);
  if (!record.repro.empty())
    text += "repro: " + record.repro + "\n";
  return text;
}

/// \p text as one word of a shell.
static std::string quoted(const std::string &text) {
  static const std::string plain = "_-./=:,+@%";
  const bool isPlain =
      !text.empty() &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) || plain.find(c) != std::string::npos;
      });
  if (isPlain)
    return text;
  std::string result = "'";
  for (const char c : text)
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string commandOf(const CaseRecord &record, const Identity &identity) {
  std::string command = "glowplug conformance run " + quoted(record.name) +
                        " --plugin " + quoted(identity.plugin.name);
  for (const auto &[key, value] : identity.options)
    command += " --option " + quoted(key + "=" + value);
  return command + " --level " + identity.level + " --seed " +
         std::to_string(identity.seed);
}

} // namespace glowplug::conformance
