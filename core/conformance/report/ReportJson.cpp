// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reports as JSON.

#include "core/conformance/report/ReportJson.h"

#include "core/conformance/record/Json.h"

namespace glowplug::conformance {

static Json toJson(const HashedFile &file) {
  return {{"name", file.name}, {"sha256", file.sha256}};
}

static Json toJson(const std::vector<HashedFile> &files) {
  Json result = Json::array();
  for (const HashedFile &file : files)
    result.push_back(toJson(file));
  return result;
}

static Json toJson(const Identity &identity) {
  Json options = Json::array();
  for (const auto &[key, value] : identity.options)
    options.push_back({{"key", key}, {"value", value}});
  return {
      {"suite",
       {{"version", identity.suite}, {"files", toJson(identity.suiteFiles)}}},
      {"headers", toJson(identity.headers)},
      {"plugin",
       {{"name", identity.pluginName},
        {"version", identity.pluginVersion},
        {"library", toJson(identity.plugin)},
        {"manifest", toJson(identity.manifest)}}},
      {"options", std::move(options)},
      {"level", identity.level},
      {"seed", std::to_string(identity.seed)},
      {"shard", {{"index", identity.shard}, {"count", identity.shards}}},
      {"filter", identity.filter},
      {"profiles", identity.profiles}};
}

static Json toJson(const Environment &environment) {
  const Machine &machine = environment.machine;
  return {{"shard", environment.shard},
          {"started", environment.started},
          {"finished", environment.finished},
          {"command", environment.command},
          {"jobs", environment.jobs},
          {"machine",
           {{"cpu", machine.cpu},
            {"features", machine.features},
            {"kernel", machine.kernel},
            {"memory_bytes", machine.memoryBytes},
            {"sha256", machine.sha256()}}}};
}

/// Those that are not zero.
static Json toJson(const Counts &counts) {
  Json result = Json::object();
  for (size_t verdict = 0; verdict != counts.size(); ++verdict)
    if (counts[verdict] != 0)
      result[verdictName(static_cast<Verdict>(verdict))] = counts[verdict];
  return result;
}

static Json casesOf(const Report &report) {
  Json cases = Json::array();
  for (const JudgedCase &one : report.cases) {
    Json json = toJson(one.record);
    json["verdict"] = verdictName(one.verdict);
    if (!one.waiver.empty())
      json["waiver"] = one.waiver;
    cases.push_back(std::move(json));
  }
  return cases;
}

static Json waiversOf(const Report &report) {
  Json waivers = Json::array();
  for (size_t at = 0; at != report.waivers.size(); ++at) {
    Json json = toJson(report.run.waivers[at]);
    json["state"] = waiverStateName(report.waivers[at].state);
    json["matched"] = report.waivers[at].cases;
    waivers.push_back(std::move(json));
  }
  return waivers;
}

static Json coverageOf(const Report &report) {
  Json rows = Json::array();
  for (const auto &[key, cell] : report.coverage)
    rows.push_back({{"op", key.op},
                    {"type", key.type},
                    {"recipe", key.recipe},
                    {"passed", cell.passed},
                    {"failed", cell.failed},
                    {"not_supported", cell.notSupported},
                    {"not_tested", cell.notTested},
                    {"waived", cell.waived}});
  return rows;
}

static Json timingOf(const Report &report) {
  double sum = 0;
  Json cases = Json::object();
  for (const JudgedCase &one : report.cases) {
    cases[one.record.name] = jsonNumber(one.record.seconds);
    sum += one.record.seconds;
  }
  return {{"seconds", jsonNumber(sum)}, {"cases", std::move(cases)}};
}

Json toJson(const Report &report) {
  Json environments = Json::array(), totals = Json::object(),
       profiles = Json::array();
  for (const Environment &environment : report.run.environments)
    environments.push_back(toJson(environment));
  for (size_t level = 0; level != levelCount; ++level)
    totals[levelName(static_cast<Level>(level))] = toJson(report.totals[level]);
  for (const ProfileResult &profile : report.profiles)
    profiles.push_back(toJson(profile));
  return {{"schema", reportSchema},
          {"identity", toJson(report.run.identity)},
          {"environment", std::move(environments)},
          {"planned", report.run.planned},
          {"cases", casesOf(report)},
          {"waivers", waiversOf(report)},
          {"totals", std::move(totals)},
          {"coverage", coverageOf(report)},
          {"profiles", std::move(profiles)},
          {"result",
           {{"passed", report.hasPassed()},
            {"failures", report.failures()},
            {"missing", report.missing},
            {"conformant", report.conformant()}}},
          {"timing", timingOf(report)}};
}

/// Appends \p value, with its elements in lines of their own if \p isList.
static void append(std::string &text, const Json &value, bool isList) {
  if (!isList || !value.is_structured() || value.empty()) {
    text += jsonLine(value);
    return;
  }
  const char *separator = "\n";
  text += value.is_array() ? "[" : "{";
  for (const auto &[key, element] : value.items()) {
    text += separator;
    text += "    ";
    if (value.is_object())
      text += jsonLine(key) + ": ";
    text += jsonLine(element);
    separator = ",\n";
  }
  text += value.is_array() ? "\n  ]" : "\n  }";
}

std::string reportText(const Json &json) {
  std::string text = "{";
  const char *separator = "\n";
  for (const auto &[key, value] : json.items()) {
    text += separator;
    text += "  " + jsonLine(key) + ": ";
    append(text, value, /*isList=*/true);
    separator = ",\n";
  }
  return text + "\n}\n";
}

} // namespace glowplug::conformance
