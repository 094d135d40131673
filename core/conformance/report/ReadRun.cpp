// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The facts of a report, read strictly.

#include "core/conformance/report/ReportJson.h"

#include "core/conformance/record/Json.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <limits>

namespace glowplug::conformance {

static HashedFile readFile(const Json &json, const std::string &where,
                           ObjectReader &outer, bool mayLack = false) {
  ObjectReader fields(json, where);
  HashedFile file = {fields.text("name"), fields.text("sha256")};
  const bool isHash =
      file.sha256.size() == 64 && llvm::all_of(file.sha256, [](char digit) {
        return llvm::isHexDigit(digit) && !llvm::isUpper(digit);
      });
  fields.require(isHash || (mayLack && file.sha256.empty()), "sha256",
                 "needs 64 lower-case hexadecimal digits, but got '" +
                     file.sha256 + "'");
  outer.keep(fields.finish());
  return file;
}

static std::vector<HashedFile> readFiles(ObjectReader &fields,
                                         const char *key) {
  std::vector<HashedFile> files;
  for (const Json &file : fields.array(key))
    files.push_back(readFile(file, fields.placeOf(key), fields));
  return files;
}

static unsigned readUnsigned(ObjectReader &fields, const char *key) {
  const uint64_t value = fields.count(key);
  fields.require(value >= 1 && value <= std::numeric_limits<unsigned>::max(),
                 key, "needs 1 or more, but got " + std::to_string(value));
  return static_cast<unsigned>(value);
}

static void readSuite(const Json &json, const std::string &where,
                      Identity &identity, ObjectReader &outer) {
  ObjectReader fields(json, where);
  identity.suite = fields.text("version");
  identity.suiteFiles = readFiles(fields, "files");
  outer.keep(fields.finish());
}

static void readPlugin(const Json &json, const std::string &where,
                       Identity &identity, ObjectReader &outer) {
  ObjectReader fields(json, where);
  identity.pluginName = fields.text("name");
  identity.pluginVersion = fields.text("version");
  identity.plugin =
      readFile(fields.object("library"), fields.placeOf("library"), fields);
  identity.manifest =
      readFile(fields.object("manifest"), fields.placeOf("manifest"), fields,
               /*mayLack=*/true);
  outer.keep(fields.finish());
}

static Identity readIdentity(const Json &json, const std::string &where,
                             ObjectReader &outer) {
  ObjectReader fields(json, where);
  Identity identity;
  readSuite(fields.object("suite"), fields.placeOf("suite"), identity, fields);
  identity.headers = readFiles(fields, "headers");
  readPlugin(fields.object("plugin"), fields.placeOf("plugin"), identity,
             fields);
  for (const Json &option : fields.array("options")) {
    ObjectReader pair(option, fields.placeOf("options"));
    identity.options.emplace_back(pair.text("key"), pair.text("value"));
    fields.keep(pair.finish());
  }
  identity.level = fields.text("level");
  fields.require(
      llvm::is_contained({"smoke", "quick", "full"}, identity.level), "level",
      "needs 'smoke', 'quick' or 'full', but got '" + identity.level + "'");
  identity.seed = fields.bigCount("seed");
  ObjectReader shard(fields.object("shard"), fields.placeOf("shard"));
  identity.shard = readUnsigned(shard, "index");
  identity.shards = readUnsigned(shard, "count");
  fields.keep(shard.finish());
  identity.filter = fields.texts("filter");
  identity.profiles = fields.textMap("profiles");
  outer.keep(fields.finish());
  return identity;
}

static Environment readEnvironment(const Json &json, const std::string &where,
                                   ObjectReader &outer) {
  ObjectReader fields(json, where);
  Environment environment;
  environment.shard = readUnsigned(fields, "shard");
  environment.started = fields.text("started");
  environment.finished = fields.text("finished");
  environment.command = fields.text("command");
  environment.jobs = readUnsigned(fields, "jobs");
  ObjectReader machine(fields.object("machine"), fields.placeOf("machine"));
  environment.machine.cpu = machine.text("cpu");
  environment.machine.features = machine.texts("features");
  environment.machine.kernel = machine.text("kernel");
  environment.machine.memoryBytes = machine.count("memory_bytes");
  machine.find("sha256"); // derived
  fields.keep(machine.finish());
  outer.keep(fields.finish());
  return environment;
}

static CaseRecord readCase(const Json &json, const Json &seconds,
                           ObjectReader &outer) {
  ObjectReader fields(json, outer.placeOf("cases"));
  CaseRecord record = readRecord(fields);
  // Derived; both are compared with what follows from the rest.
  fields.find("verdict");
  fields.find("waiver");
  outer.keep(fields.finish());
  const auto found = seconds.find(record.name);
  outer.require(found != seconds.end() && found->is_number(), "timing",
                "has no seconds of case '" + record.name + "'");
  if (!outer.hasFailed())
    record.seconds = found->get<double>();
  return record;
}

/// What is derived, and not read here, is there and has the right form.
static void askForDerived(ObjectReader &file) {
  file.object("totals");
  file.array("coverage");
  file.array("profiles");
  file.object("result");
}

llvm::Expected<RunData> readRun(const Json &json, const std::string &place) {
  ObjectReader file(json, place);
  const uint64_t schema = file.count("schema");
  file.require(schema == reportSchema, "schema",
               "needs " + std::to_string(reportSchema) + ", but got " +
                   std::to_string(schema));
  RunData run;
  run.identity =
      readIdentity(file.object("identity"), file.placeOf("identity"), file);
  for (const Json &environment : file.array("environment"))
    run.environments.push_back(
        readEnvironment(environment, file.placeOf("environment"), file));
  run.planned = file.texts("planned");
  ObjectReader timing(file.object("timing"), file.placeOf("timing"));
  timing.number("seconds");
  const Json &seconds = timing.object("cases");
  file.keep(timing.finish());
  for (const Json &one : file.array("cases")) {
    run.records.push_back(readCase(one, seconds, file));
    if (file.hasFailed())
      break;
  }
  for (const Json &one : file.array("waivers")) {
    ObjectReader fields(one, place + ": waiver");
    run.waivers.push_back(readWaiver(fields));
    fields.find("state"); // derived, like what follows
    fields.find("matched");
    file.keep(fields.finish());
  }
  askForDerived(file);
  if (llvm::Error error = file.finish())
    return error;
  return run;
}

llvm::Expected<RunData> readRunText(llvm::StringRef text,
                                    llvm::StringRef place) {
  llvm::Expected<Json> json = parseJson(text, place);
  if (!json)
    return json.takeError();
  return readRun(*json, place.str());
}

} // namespace glowplug::conformance
