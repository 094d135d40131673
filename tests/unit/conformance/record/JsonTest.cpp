// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Records go to JSON and come back, and nothing else is taken for one.

#include "core/conformance/record/Json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace glowplug::conformance;

namespace {

CaseRecord full() {
  CaseRecord record;
  record.name = "ops/Conv/u8.i8/k3x3/tosa_single";
  record.level = Level::ops;
  record.features = {{"op", "Conv"}, {"type", "u8"}};
  record.seed = 0xFFFF'FFFF'FFFF'FFFF;
  record.isClaimed = true;
  record.ending = Ending::crashed;
  record.message = "signal 11 in 'run', \"quoted\"\nand a line";
  record.ops = 3;
  record.opsTaken = 2;
  Measurement first = {"R4", "output 0", 1000, 3, 1.25};
  first.moments = {0.1, 1e-300, -0.0, 5};
  first.where = "[0,1]";
  first.got = "1.5";
  first.want = "1";
  first.limit = "0.25";
  record.measurements = {first, {"abi", "status of load", 1, 0, 0}};
  record.retries = 5;
  record.otherEndings = 1;
  record.repro = "failures/ops-Conv";
  record.seconds = 0.1;
  return record;
}

CaseRecord again(const CaseRecord &record) {
  return llvm::cantFail(recordOfLine(toLine(record)));
}

/// What reading \p line says.
std::string faultOf(const std::string &line) {
  llvm::Expected<CaseRecord> record = recordOfLine(line);
  return record ? "no fault" : llvm::toString(record.takeError());
}

/// The line of full() with one text replaced.
std::string changed(const std::string &from, const std::string &to) {
  std::string line = toLine(full());
  const size_t at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << line;
  return line.replace(at, from.size(), to);
}

TEST(RecordJson, AllFieldsComeBack) {
  const CaseRecord before = full(), after = again(before);
  EXPECT_EQ(after.name, before.name);
  EXPECT_EQ(after.level, before.level);
  EXPECT_EQ(after.features, before.features);
  EXPECT_EQ(after.seed, before.seed);
  EXPECT_EQ(after.isClaimed, before.isClaimed);
  EXPECT_EQ(after.ending, before.ending);
  EXPECT_EQ(after.message, before.message);
  EXPECT_EQ(after.ops, before.ops);
  EXPECT_EQ(after.opsTaken, before.opsTaken);
  EXPECT_EQ(after.retries, before.retries);
  EXPECT_EQ(after.otherEndings, before.otherEndings);
  EXPECT_EQ(after.repro, before.repro);
  EXPECT_EQ(after.seconds, before.seconds);
  ASSERT_EQ(after.measurements.size(), 2u);
  const Measurement &first = after.measurements[0];
  EXPECT_EQ(first.rule, "R4");
  EXPECT_EQ(first.subject, "output 0");
  EXPECT_EQ(first.elements, 1000u);
  EXPECT_EQ(first.mismatches, 3u);
  EXPECT_EQ(first.worst, 1.25);
  ASSERT_TRUE(first.moments);
  EXPECT_EQ(first.moments->squareLimit, 1e-300);
  EXPECT_TRUE(std::signbit(first.moments->bias));
  EXPECT_EQ(first.where + first.got + first.want + first.limit,
            "[0,1]1.510.25");
  EXPECT_FALSE(after.measurements[1].moments);
  EXPECT_EQ(toLine(after), toLine(before));
}

TEST(RecordJson, LinesHaveNoLineFeed) {
  EXPECT_EQ(toLine(full()).find('\n'), std::string::npos);
}

TEST(RecordJson, FiguresThatAreNotFiniteAreTexts) {
  CaseRecord record = full();
  const double infinite = std::numeric_limits<double>::infinity();
  record.measurements[0].worst = infinite;
  record.measurements[0].moments = {std::nan(""), -infinite, 0, 0};
  const CaseRecord after = again(record);
  EXPECT_EQ(after.measurements[0].worst, infinite);
  EXPECT_TRUE(std::isnan(after.measurements[0].moments->square));
  EXPECT_EQ(after.measurements[0].moments->squareLimit, -infinite);
  EXPECT_NE(faultOf(changed("1.25", "\"huge\"")).find("field 'worst' needs"),
            std::string::npos);
}

TEST(RecordJson, EveryDoubleComesBack) {
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308}) {
    CaseRecord record = full();
    record.measurements[0].worst = value;
    EXPECT_EQ(again(record).measurements[0].worst, value);
  }
}

TEST(RecordJson, BytesThatAreNoTextBecomeReplacements) {
  CaseRecord record = full();
  record.message = "\xFF!";
  EXPECT_EQ(again(record).message, "\xEF\xBF\xBD!");
}

TEST(RecordJson, FaultsNameCaseAndField) {
  const std::string name = "case 'ops/Conv/u8.i8/k3x3/tosa_single': field ";
  EXPECT_EQ(faultOf(changed("\"level\":\"L1\"", "\"level\":\"L9\"")),
            name + "'level' needs 'L0' to 'L6', but got 'L9'");
  EXPECT_EQ(faultOf(changed("\"claimed\":true", "\"claimed\":1")),
            name + "'claimed' needs a boolean, but got a number");
  EXPECT_EQ(faultOf(changed("\"ops\":3,", "")), name + "'ops' is missing");
  EXPECT_EQ(faultOf(changed("\"ops\":3,", "\"ops\":3,\"oops\":4,")),
            name + "'oops' is unknown");
  EXPECT_EQ(faultOf(changed("\"ops\":3,", "\"ops\":-3,")),
            name + "'ops' needs a whole number that is not negative, but got "
                   "a number");
  EXPECT_EQ(faultOf(changed("\"ops\":3,", "\"ops\":1,")),
            name + "'ops_taken' is 2 of 1 ops");
  EXPECT_EQ(faultOf(changed("\"mismatches\":3", "\"mismatches\":1001")),
            name + "'measurements'[0]: field 'mismatches' is 1001 of 1000 "
                   "elements");
  EXPECT_EQ(faultOf(changed("\"got\":\"1.5\"", "\"gut\":\"1.5\"")),
            name + "'measurements'[0]: field 'first': field 'gut' is unknown");
  EXPECT_EQ(faultOf(changed("18446744073709551615", "18446744073709551616")),
            name + "'seed' needs decimal digits of 64 bits, but got "
                   "'18446744073709551616'");
  EXPECT_EQ(faultOf(changed("\"ending\":\"crashed\"", "\"ending\":\"gone\"")),
            name + "'ending' has the unknown value 'gone'");
}

TEST(RecordJson, WhatIsNoRecordIsRefused) {
  EXPECT_EQ(faultOf("[]"), "record needs an object, but got an array");
  EXPECT_NE(faultOf("{\"name\":").find("parse error"), std::string::npos);
  EXPECT_EQ(faultOf(changed("\"ops\":3,", "\"ops\":3,\"ops\":4,")),
            "record: the key 'ops' is there twice");
  EXPECT_NE(faultOf(changed("\"ops\":3", "\"ops\":1e999")).find("1e999"),
            std::string::npos);
  const std::string deep(100000, '[');
  EXPECT_NE(faultOf(deep), "no fault");
}

} // namespace
