// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Records as JSON.

#include "core/conformance/record/Json.h"

#include <array>
#include <limits>

namespace glowplug::conformance {

static constexpr std::array<const char *, 8> endings = {
    "finished", "refused", "not_applicable", "failed",
    "crashed",  "late",    "resources",      "suite"};

std::optional<Level> parseLevel(llvm::StringRef name) {
  for (unsigned level = 0; level != levelCount; ++level)
    if (name == levelName(static_cast<Level>(level)))
      return static_cast<Level>(level);
  return std::nullopt;
}

std::string endingName(Ending ending) {
  return endings[static_cast<size_t>(ending)];
}

std::optional<Ending> parseEnding(llvm::StringRef name) {
  for (size_t ending = 0; ending != endings.size(); ++ending)
    if (name == endings[ending])
      return static_cast<Ending>(ending);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static Json toJson(const Measurement &measurement) {
  Json result = {{"rule", measurement.rule},
                 {"subject", measurement.subject},
                 {"elements", measurement.elements},
                 {"mismatches", measurement.mismatches},
                 {"worst", jsonNumber(measurement.worst)}};
  if (measurement.moments) {
    const Measurement::Moments &moments = *measurement.moments;
    result["moments"] = {{"square", jsonNumber(moments.square)},
                         {"square_limit", jsonNumber(moments.squareLimit)},
                         {"bias", jsonNumber(moments.bias)},
                         {"bias_limit", jsonNumber(moments.biasLimit)}};
  }
  const std::string *first[] = {&measurement.where, &measurement.got,
                                &measurement.want, &measurement.limit};
  const char *keys[] = {"where", "got", "want", "limit"};
  for (size_t at = 0; at != std::size(keys); ++at)
    if (!first[at]->empty())
      result["first"][keys[at]] = *first[at];
  return result;
}

Json toJson(const CaseRecord &record) {
  Json measurements = Json::array();
  for (const Measurement &measurement : record.measurements)
    measurements.push_back(toJson(measurement));
  return {
      {"name", record.name},          {"level", levelName(record.level)},
      {"features", record.features},  {"seed", std::to_string(record.seed)},
      {"claimed", record.isClaimed},  {"ending", endingName(record.ending)},
      {"message", record.message},    {"ops", record.ops},
      {"ops_taken", record.opsTaken}, {"measurements", std::move(measurements)},
      {"retries", record.retries},    {"other_endings", record.otherEndings},
      {"repro", record.repro}};
}

std::string toLine(const CaseRecord &record) {
  Json json = toJson(record);
  json["seconds"] = jsonNumber(record.seconds);
  return jsonLine(json);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static Measurement::Moments
readMoments(const Json &json, const std::string &where, ObjectReader &outer) {
  ObjectReader fields(json, where);
  Measurement::Moments moments;
  moments.square = fields.number("square");
  moments.squareLimit = fields.number("square_limit");
  moments.bias = fields.number("bias");
  moments.biasLimit = fields.number("bias_limit");
  outer.keep(fields.finish());
  return moments;
}

static void readFirst(const Json &json, const std::string &where,
                      Measurement &measurement, ObjectReader &outer) {
  ObjectReader fields(json, where);
  const auto optional = [&](const char *key, std::string &text) {
    if (fields.find(key))
      text = fields.text(key);
    fields.require(!fields.find(key) || !text.empty(), key,
                   "needs text, but is empty");
  };
  optional("where", measurement.where);
  optional("got", measurement.got);
  optional("want", measurement.want);
  optional("limit", measurement.limit);
  outer.keep(fields.finish());
}

static Measurement readMeasurement(const Json &json, const std::string &where,
                                   ObjectReader &outer) {
  ObjectReader fields(json, where);
  Measurement measurement;
  measurement.rule = fields.text("rule");
  measurement.subject = fields.text("subject");
  measurement.elements = fields.count("elements");
  measurement.mismatches = fields.count("mismatches");
  fields.require(measurement.mismatches <= measurement.elements, "mismatches",
                 "is " + std::to_string(measurement.mismatches) + " of " +
                     std::to_string(measurement.elements) + " elements");
  measurement.worst = fields.number("worst");
  if (const Json *moments = fields.find("moments"))
    measurement.moments =
        readMoments(*moments, fields.placeOf("moments"), fields);
  if (const Json *first = fields.find("first"))
    readFirst(*first, fields.placeOf("first"), measurement, fields);
  outer.keep(fields.finish());
  return measurement;
}

static unsigned readSmall(ObjectReader &fields, const char *key) {
  const uint64_t value = fields.count(key);
  const uint64_t most = std::numeric_limits<unsigned>::max();
  fields.require(value <= most, key,
                 "needs at most " + std::to_string(most) + ", but got " +
                     std::to_string(value));
  return static_cast<unsigned>(value);
}

CaseRecord readRecord(ObjectReader &fields) {
  CaseRecord record;
  record.name = fields.text("name");
  fields.require(!record.name.empty(), "name", "is empty");
  if (!fields.hasFailed())
    fields.setPlace("case '" + record.name + "'");
  const std::string level = fields.text("level");
  fields.require(parseLevel(level).has_value(), "level",
                 "needs 'L0' to 'L6', but got '" + level + "'");
  record.level = parseLevel(level).value_or(Level::abi);
  record.features = fields.textMap("features");
  record.seed = fields.bigCount("seed");
  record.isClaimed = fields.flag("claimed");
  const std::string ending = fields.text("ending");
  fields.require(parseEnding(ending).has_value(), "ending",
                 "has the unknown value '" + ending + "'");
  record.ending = parseEnding(ending).value_or(Ending::finished);
  record.message = fields.text("message");
  record.ops = fields.count("ops");
  record.opsTaken = fields.count("ops_taken");
  fields.require(record.opsTaken <= record.ops, "ops_taken",
                 "is " + std::to_string(record.opsTaken) + " of " +
                     std::to_string(record.ops) + " ops");
  const Json &measurements = fields.array("measurements");
  for (size_t at = 0; at != measurements.size() && !fields.hasFailed(); ++at)
    record.measurements.push_back(readMeasurement(
        measurements[at],
        fields.placeOf("measurements") + "[" + std::to_string(at) + "]",
        fields));
  record.retries = readSmall(fields, "retries");
  record.otherEndings = readSmall(fields, "other_endings");
  record.repro = fields.text("repro");
  return record;
}

llvm::Expected<CaseRecord> recordOfLine(llvm::StringRef line) {
  llvm::Expected<Json> json = parseJson(line, "record");
  if (!json)
    return json.takeError();
  ObjectReader fields(*json, "record");
  CaseRecord record = readRecord(fields);
  record.seconds = fields.number("seconds");
  if (llvm::Error error = fields.finish())
    return error;
  return record;
}

} // namespace glowplug::conformance
