// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs that are made up.

#include "tests/unit/conformance/report/Samples.h"

#include "llvm/ADT/STLExtras.h"

#include <cstdlib>

namespace glowplug::conformance {

static void add(RunData &run, CaseRecord record) {
  record.seed = run.planned.size() + 1;
  record.seconds = 0.001 * static_cast<double>(record.seed % 17);
  run.planned.push_back(record.name);
  run.records.push_back(std::move(record));
}

static void addCases(RunData &run, const std::string &op,
                     const std::string &recipe, unsigned count,
                     const std::string &scalar = "") {
  for (unsigned at = 0; at != count; ++at) {
    CaseRecord record;
    record.level = op.empty() ? Level::graphs : Level::ops;
    record.name = (op.empty() ? "graphs" : "ops/" + op) + "/u8/" +
                  (scalar.empty() ? "" : scalar + ".") + "n" +
                  std::to_string(at) + (recipe.empty() ? "" : "/" + recipe);
    record.features = {{"type", "u8"}, {"scope", "common"}};
    const std::pair<const char *, std::string> more[] = {
        {"op", op},
        {"recipe", recipe},
        {"scalar_op", scalar == "add" ? "" : scalar},
        {"region", scalar == "add" ? "integer_add" : ""}};
    for (const auto &[name, value] : more)
      if (!value.empty())
        record.features[name] = value;
    record.ops = record.opsTaken = 2;
    record.isClaimed = true;
    record.measurements.push_back({"R1", "output 0", 64, 0, 0});
    if (recipe == "fp32_rne") {
      record.isClaimed = false;
      makeEnd(record, Ending::refused, "needs the recipe tosa_single");
    }
    add(run, std::move(record));
  }
}

static void addModels(RunData &run) {
  for (const char *model : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    CaseRecord record;
    record.level = Level::models;
    record.name = std::string("models/") + model + "/u8";
    record.features = {{"model", model}, {"type", "u8"}};
    record.ops = 12;
    record.opsTaken = 9;
    record.measurements.push_back({"R1", "output 0", 20, 0, 0});
    add(run, std::move(record));
  }
}

static void addAbi(RunData &run) {
  for (const char *name :
       {"abi/entry/older", "abi/entry/newer", "abi/options/unknown key"}) {
    CaseRecord record;
    record.name = name;
    record.isClaimed = true;
    record.measurements.push_back({"abi", "status", 1, 0, 0});
    add(run, std::move(record));
  }
  CaseRecord record;
  record.name = "abi/queue/submit";
  makeEnd(record, Ending::notApplicable, "has no group 'queue'");
  add(run, std::move(record));
}

RunData sampleRun() {
  RunData run;
  Identity &identity = run.identity;
  const auto hashOf = [](char digit) { return std::string(64, digit); };
  identity.suite = suiteVersion;
  identity.suiteFiles = {{"glowplug", hashOf('1')}};
  identity.headers = {{"backend.h", hashOf('2')}};
  identity.pluginName = "sample";
  identity.pluginVersion = "1.2.0";
  identity.plugin = {"sample.so", hashOf('a')};
  identity.manifest = {"sample.json", hashOf('b')};
  identity.options = {{"threads", "2"}};
  identity.level = "full";
  identity.seed = 42;
  for (const Profile &profile : suiteProfiles())
    identity.profiles[profile.name] = profile.version;
  Environment environment;
  environment.started = "2026-06-01T10:00:00Z";
  environment.finished = "2026-06-01T10:04:59Z";
  environment.command = "glowplug conformance --plugin sample.so";
  environment.machine = {
      "A CPU", {"avx2", "sse2"}, "Linux 6.1 x86_64", 1 << 30};
  run.environments = {environment};

  addAbi(run);
  addModels(run);
  for (const char *recipe : {"tosa_single", "fp32_rne"}) {
    addCases(run, "Conv", recipe, 10);
    addCases(run, "MatMul", recipe, 5);
    addCases(run, "Map", recipe, 2, "add");
    addCases(run, "", recipe, 9);
  }
  addCases(run, "Map", "", 2, "table");
  for (const char *op :
       {"Window", "Reshape", "Transpose", "Concat", "Slice", "Pad"})
    addCases(run, op, "", 2);
  return run;
}

CaseRecord &caseOf(RunData &run, const std::string &name) {
  const auto found = llvm::find_if(run.records, [&](const CaseRecord &record) {
    return record.name == name;
  });
  if (found == run.records.end())
    std::abort();
  return *found;
}

void makeWrong(CaseRecord &record) {
  Measurement &measurement = record.measurements.front();
  measurement.mismatches = 3;
  measurement.worst = 17;
  measurement.where = "[0,1,2]";
  measurement.got = "-128 <b>";
  measurement.want = "127 & more";
  measurement.limit = "0";
  record.repro = "failures/wrong";
}

void makeEnd(CaseRecord &record, Ending ending, const std::string &message) {
  record.ending = ending;
  record.message = message;
  record.opsTaken = 0;
  record.measurements.clear();
}

RunData shardOfRun(RunData run, unsigned shard, unsigned shards) {
  run.identity.shard = run.environments[0].shard = shard;
  run.identity.shards = shards;
  run.environments[0].finished =
      "2026-06-01T10:0" + std::to_string(shard) + ":00Z";
  llvm::erase_if(run.records, [&](const CaseRecord &record) {
    return shardOf(record.name, shards) != shard;
  });
  for (CaseRecord &record : run.records)
    record.seconds *= shard + 1;
  return run;
}

Waiver waiverFor(const std::string &id, const std::string &pattern,
                 const std::string &expires) {
  const Json json = {{"schema", 1},
                     {"waivers",
                      {{{"id", id},
                        {"cases", {pattern}},
                        {"plugin", "sample"},
                        {"versions", ">=1.2 <2"},
                        {"kind", "hardware-erratum"},
                        {"reason", "a multiplier of the first silicon"},
                        {"issue", "https://example.org/1"},
                        {"approved_by", "A. Person"},
                        {"approved", "2026-01-01"},
                        {"expires", expires}}}}};
  return llvm::cantFail(parseWaivers(json.dump(), "waivers.json")).front();
}

Report reportOf(RunData run) {
  return llvm::cantFail(makeReport(std::move(run)));
}

} // namespace glowplug::conformance
