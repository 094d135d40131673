// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reports in the form of JUnit.

#include "core/conformance/report/Junit.h"

#include "core/conformance/report/Words.h"

#include "llvm/Support/JSON.h"

#include <fmt/format.h>

namespace glowplug::conformance {

/// \p text as it may stand in XML 1.0, which has no other control characters
/// than these three.
static std::string xmlText(const std::string &text) {
  std::string result;
  for (const char c : llvm::json::fixUTF8(text))
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
    case '\n':
      result += "&#10;";
      break;
    case '\t':
      result += "&#9;";
      break;
    default:
      result += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  // These two are characters, but not for XML.
  for (const char *banned : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (size_t at; (at = result.find(banned)) != std::string::npos;)
      result.replace(at, 3, "?");
  return result;
}

namespace {

enum class Outcome : uint8_t { passed, failure, error, skipped };

} // namespace

static Outcome outcomeOf(Verdict verdict) {
  if (verdict == Verdict::pass)
    return Outcome::passed;
  if (isAllowed(verdict))
    return Outcome::skipped;
  switch (verdict) {
  case Verdict::crash:
  case Verdict::timeout:
  case Verdict::resources:
  case Verdict::suite:
    return Outcome::error;
  default:
    return Outcome::failure;
  }
}

static std::string caseText(const JudgedCase &one) {
  const std::string &name = one.record.name;
  const size_t slash = name.find('/');
  std::string text = fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
      xmlText(slash == std::string::npos ? name : name.substr(0, slash)),
      xmlText(name), one.record.seconds);
  const Outcome outcome = outcomeOf(one.verdict);
  if (outcome == Outcome::passed)
    return text + "/>\n";
  const std::string message = xmlText(summaryOf(one));
  text += ">\n";
  if (outcome == Outcome::skipped)
    text += fmt::format("      <skipped message=\"{}\"/>\n", message);
  else
    text +=
        fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n",
                    outcome == Outcome::error ? "error" : "failure",
                    verdictName(one.verdict), message, xmlText(detailsOf(one)));
  return text + "    </testcase>\n";
}

namespace {

struct Suite {
  std::string cases;
  uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  std::string attributes() const {
    return fmt::format(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\"", tests,
        failures, errors, seconds);
  }
  void add(const Suite &other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    seconds += other.seconds;
  }
};

} // namespace

static Suite suiteOf(const Report &report, Level level) {
  Suite suite;
  for (const JudgedCase &one : report.cases) {
    if (one.record.level != level)
      continue;
    const Outcome outcome = outcomeOf(one.verdict);
    suite.cases += caseText(one);
    ++suite.tests;
    suite.failures += outcome == Outcome::failure;
    suite.errors += outcome == Outcome::error;
    suite.skipped += outcome == Outcome::skipped;
    suite.seconds += one.record.seconds;
  }
  return suite;
}

static Suite missingSuite(const Report &report) {
  Suite suite;
  suite.tests = suite.errors = report.missing.size();
  for (const std::string &name : report.missing)
    suite.cases += fmt::format(
        "    <testcase classname=\"missing\" name=\"{}\" time=\"0\">\n"
        "      <error type=\"missing\" message=\"did not run\"/>\n"
        "    </testcase>\n",
        xmlText(name));
  return suite;
}

std::string junitText(const Report &report) {
  std::string suites;
  Suite sum;
  const auto add = [&](const std::string &name, const Suite &suite) {
    if (suite.tests == 0)
      return;
    suites += fmt::format(
        "  <testsuite name=\"{}\" {} skipped=\"{}\">\n{}  </testsuite>\n",
        xmlText(name), suite.attributes(), suite.skipped, suite.cases);
    sum.add(suite);
  };
  for (unsigned level = 0; level != levelCount; ++level)
    add(levelTitle(static_cast<Level>(level)),
        suiteOf(report, static_cast<Level>(level)));
  add("missing", missingSuite(report));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" {}>\n{}</testsuites>\n",
      xmlText("glowplug conformance " + report.run.identity.pluginName),
      sum.attributes(), suites);
}

} // namespace glowplug::conformance
