// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes reports of made-up runs into a folder, for tests of the command: good,
// bad (with failures and waivers), shard1 and shard2 of it, and large.

#include "core/conformance/report/Folder.h"
#include "tests/unit/conformance/report/Samples.h"

#include <filesystem>
#include <fstream>
#include <iostream>

using namespace glowplug::conformance;
namespace fs = std::filesystem;

static RunData badRun() {
  RunData run = sampleRun();
  makeWrong(caseOf(run, "ops/Pad/u8/n0"));
  makeEnd(caseOf(run, "ops/Slice/u8/n1"), Ending::crashed,
          "signal 11 in 'run' </script><script>bad()</script>");
  makeEnd(caseOf(run, "graphs/u8/n4/tosa_single"), Ending::late,
          "'run' took more than 10 s");
  makeWrong(caseOf(run, "ops/Pad/u8/n1"));
  run.waivers = {waiverFor("E1", "ops/Pad/u8/n1"),
                 waiverFor("E2", "ops/Conv/*", "2026-02-01")};
  return run;
}

/// As many cases as a full run has.
static RunData largeRun() {
  RunData run = badRun();
  const std::vector<CaseRecord> some = run.records;
  for (int copy = 0; copy != 300; ++copy)
    for (CaseRecord record : some) {
      record.name += "/copy" + std::to_string(copy);
      run.planned.push_back(record.name);
      run.records.push_back(std::move(record));
    }
  return run;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: conformance-samples FOLDER\n";
    return 2;
  }
  const fs::path place = argv[1];
  const std::pair<const char *, RunData> runs[] = {
      {"good", sampleRun()},
      {"bad", badRun()},
      {"shard1", shardOfRun(badRun(), 1, 2)},
      {"shard2", shardOfRun(badRun(), 2, 2)},
      {"large", largeRun()}};
  for (const auto &[name, run] : runs) {
    const fs::path folder = place / name;
    fs::remove_all(folder);
    fs::create_directories(folder / "failures" / name);
    std::ofstream(folder / "failures" / name / "repro.c")
        << "int main(void);\n";
    if (llvm::Error error = writeReportFolder(reportOf(run), folder.string())) {
      std::cerr << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
  }
  return 0;
}
