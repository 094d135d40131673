// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reports are written the same each time, and what was changed in one is found.

#include "core/conformance/report/Verify.h"
#include "tests/unit/conformance/report/Samples.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

using namespace glowplug::conformance;

namespace {

using Texts = std::vector<std::string>;

RunData mixedRun() {
  RunData run = sampleRun();
  makeWrong(caseOf(run, "ops/Pad/u8/n0"));
  makeWrong(caseOf(run, "ops/Pad/u8/n1"));
  run.waivers = {waiverFor("E1", "ops/Pad/u8/n1"),
                 waiverFor("E0", "ops/Conv/*", "2026-02-01")};
  return run;
}

std::string textOf(RunData run) {
  return reportText(toJson(reportOf(std::move(run))));
}

Texts errorsOf(const std::string &text) {
  return verifyReport(text, "report.json").errors;
}

/// The errors of a report in which \p change was made.
Texts errorsAfter(const std::function<void(Json &)> &change) {
  Json json = toJson(reportOf(mixedRun()));
  change(json);
  return errorsOf(reportText(json));
}

/// The case \p name of \p json.
Json &caseIn(Json &json, const char *name) {
  return *llvm::find_if(json["cases"],
                        [&](const Json &one) { return one["name"] == name; });
}

bool contains(const Texts &errors, const std::string &error) {
  return llvm::is_contained(errors, error);
}

TEST(Verify, ReportsSayWhatFollowsFromThem) {
  for (const RunData &run :
       {sampleRun(), mixedRun(), shardOfRun(mixedRun(), 2, 3)})
    EXPECT_EQ(errorsOf(textOf(run)), Texts{});
}

TEST(Verify, TheOrderInWhichCasesEndedDoesNotShow) {
  RunData run = mixedRun();
  const std::string text = textOf(run);
  std::mt19937 random(1);
  std::shuffle(run.records.begin(), run.records.end(), random);
  std::shuffle(run.planned.begin(), run.planned.end(), random);
  std::shuffle(run.waivers.begin(), run.waivers.end(), random);
  EXPECT_EQ(textOf(run), text);
}

TEST(Verify, RunsOfTheSameThingDifferInTimesAndMachinesAlone) {
  RunData run = mixedRun();
  Json before = toJson(reportOf(run));
  run.environments[0].started = run.environments[0].finished =
      "2026-06-02T00:00:00Z";
  run.environments[0].machine.cpu = "another";
  run.environments[0].command = "glowplug conformance --plugin /else/sample.so";
  for (CaseRecord &record : run.records)
    record.seconds *= 2;
  Json after = toJson(reportOf(run));
  for (const char *key : {"environment", "timing"}) {
    EXPECT_NE(before[key], after[key]);
    before.erase(key);
    after.erase(key);
  }
  EXPECT_EQ(before, after);
}

TEST(Verify, AChangedVerdictIsFound) {
  const Texts errors = errorsAfter(
      [](Json &json) { caseIn(json, "ops/Pad/u8/n0")["verdict"] = "pass"; });
  EXPECT_EQ(errors, Texts{"case 'ops/Pad/u8/n0': its verdict is \"pass\" in "
                          "the report, but \"fail\" follows from its figures"});
}

TEST(Verify, AChangedFigureIsFound) {
  const Texts errors = errorsAfter([](Json &json) {
    caseIn(json, "ops/Pad/u8/n0")["measurements"][0]["mismatches"] = 0;
  });
  EXPECT_TRUE(contains(errors,
                       "case 'ops/Pad/u8/n0': its verdict is \"fail\" in the "
                       "report, but \"pass\" follows from its figures"))
      << errors.front();
}

TEST(Verify, AChangedEndingClaimOrCountOfOpsIsFound) {
  for (const auto &[key, value, verdict] :
       {std::tuple("ending", Json("crashed"), "crash"),
        std::tuple("ops_taken", Json(0), "vacuous"),
        std::tuple("other_endings", Json(1), "flaky")}) {
    const Texts errors = errorsAfter(
        [&](Json &json) { caseIn(json, "ops/Slice/u8/n0")[key] = value; });
    EXPECT_TRUE(
        contains(errors, std::string("case 'ops/Slice/u8/n0': its verdict is "
                                     "\"pass\" in the report, but \"") +
                             verdict + "\" follows from its figures"))
        << key;
  }
  const Texts errors = errorsAfter([](Json &json) {
    caseIn(json, "ops/Conv/u8/n0/fp32_rne")["claimed"] = true;
  });
  EXPECT_FALSE(errors.empty());
}

TEST(Verify, ARemovedCaseIsFound) {
  const Texts errors = errorsAfter([](Json &json) {
    Json &cases = json["cases"];
    cases.erase(llvm::find_if(cases, [](const Json &one) {
      return one["name"] == "graphs/u8/n0/tosa_single";
    }));
  });
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors.front(),
            "case 'graphs/u8/n0/tosa_single' is planned and has no record, but "
            "the report does not call it missing");
}

TEST(Verify, ACaseThatIsNotPlannedIsFound) {
  EXPECT_EQ(errorsAfter([](Json &json) { json["planned"].erase(3); }).size(),
            1u);
  EXPECT_EQ(errorsAfter(
                [](Json &json) { json["cases"].push_back(json["cases"][0]); }),
            Texts{"case 'abi/entry/newer' is there twice"});
}

TEST(Verify, ChangedTotalsCoverageProfilesAndResultsAreFound) {
  EXPECT_EQ(errorsAfter([](Json &json) { json["totals"]["L1"]["pass"] = 1; }),
            Texts{"'totals/L1/pass' is 1 in the report, but 29 follows"});
  EXPECT_EQ(errorsAfter([](Json &json) { json["coverage"][0]["failed"] = 1; }),
            Texts{"'coverage/0/failed' is 1 in the report, but 0 follows"});
  EXPECT_EQ(errorsAfter([](Json &json) {
              json["profiles"][0]["status"] = "conformant";
            }),
            Texts{"profile INT8: its status is \"conformant\" in the report, "
                  "but \"not_conformant\" follows"});
  EXPECT_EQ(
      errorsAfter([](Json &json) { json["profiles"][0]["faults"].clear(); }),
      Texts{"profile INT8: its faults are not those that follow"});
  EXPECT_EQ(errorsAfter([](Json &json) {
              json["profiles"].erase(json["profiles"].begin());
            }),
            Texts{"profile INT8 is not in the report"});
  EXPECT_FALSE(errorsAfter([](Json &json) {
                 json["profiles"].push_back(json["profiles"][0]);
               }).empty());
  EXPECT_FALSE(errorsAfter([](Json &json) { json["profiles"] = 1; }).empty());
  EXPECT_EQ(errorsAfter([](Json &json) {
              json["result"]["conformant"].push_back("INT8 1.0");
            }),
            Texts{"'result/conformant/0' is \"INT8 1.0\" in the report, but "
                  "nothing follows"});
  EXPECT_EQ(
      errorsAfter([](Json &json) { json["waivers"][0]["state"] = "applies"; }),
      Texts{"'waivers/0/state' is \"applies\" in the report, but "
            "\"expired\" follows"});
}

TEST(Verify, ReportsOfOtherVersionsAreNotJudged) {
  EXPECT_EQ(errorsAfter([](Json &json) { json["schema"] = 2; }),
            Texts{"report.json: field 'schema' needs 1, but got 2"});
  EXPECT_EQ(errorsAfter([](Json &json) {
              json["identity"]["suite"]["version"] = "0.9";
            }),
            Texts{"the suite is of version 0.9, but this one is of version " +
                  std::string(suiteVersion)});
  EXPECT_EQ(errorsAfter([](Json &json) {
              json["identity"]["profiles"]["INT8"] = "0.1";
            }),
            Texts{"profile INT8 is of version '0.1', but this suite has "
                  "version 1.0"});
}

TEST(Verify, OtherFormsAreRefused) {
  EXPECT_EQ(errorsAfter([](Json &json) { json["more"] = 1; }),
            Texts{"report.json: field 'more' is unknown"});
  EXPECT_EQ(errorsAfter([](Json &json) { json.erase("totals"); }),
            Texts{"report.json: field 'totals' is missing"});
  EXPECT_EQ(errorsAfter([](Json &json) {
              json["identity"]["plugin"]["library"]["sha256"] = "12";
            }),
            Texts{"report.json: field 'identity': field 'plugin': field "
                  "'library': field 'sha256' needs 64 lower-case hexadecimal "
                  "digits, but got '12'"});
  EXPECT_EQ(errorsOf(toJson(reportOf(mixedRun())).dump()),
            Texts{"report.json: is not in the form in which reports are "
                  "written"});
  EXPECT_EQ(errorsOf("").size(), 1u);
}

TEST(Verify, NotesSayWhatDidNotRunAndWhichWaiversEnded) {
  RunData run = mixedRun();
  llvm::erase_if(run.records, [](const CaseRecord &record) {
    return record.name == "ops/Slice/u8/n0";
  });
  const Verification verification = verifyReport(textOf(run), "r");
  EXPECT_EQ(verification.errors, Texts{});
  EXPECT_EQ(verification.notes, (Texts{"case 'ops/Slice/u8/n0' did not run",
                                       "waiver 'E0' does not apply: expired"}));
}

TEST(Verify, EveryTextWithAByteChangedIsRefusedOrSaysTheSame) {
  const std::string text = textOf(mixedRun());
  std::mt19937 random(7);
  unsigned unnoticed = 0;
  for (int round = 0; round != 60; ++round) {
    std::string broken = text;
    broken[random() % broken.size()] = static_cast<char>(random());
    // Facts such as names of machines may be others: no figure speaks of them.
    unnoticed += errorsOf(broken).empty() ? 1 : 0;
  }
  EXPECT_LT(unnoticed, 30u);
}

} // namespace
