// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Jobs in child processes: a crash costs one job, a hang as well.

#include "core/driver/WorkerPool.h"

#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <unistd.h>

using namespace glowplug;

static std::map<size_t, JobResult>
run(size_t count, const std::function<std::string(size_t)> &job,
    unsigned timeout = 30) {
  std::map<size_t, JobResult> results;
  runJobs(count, 2, timeout, job, [&](size_t index, JobResult result) {
    EXPECT_TRUE(results.emplace(index, std::move(result)).second)
        << "job " << index << " ended twice";
  });
  EXPECT_EQ(results.size(), count);
  return results;
}

TEST(WorkerPoolTest, DoesEveryJobOnce) {
  const auto results =
      run(100, [](size_t index) { return std::to_string(index); });
  for (const auto &[index, result] : results) {
    EXPECT_FALSE(result.crashed);
    EXPECT_EQ(result.text, std::to_string(index));
  }
}

TEST(WorkerPoolTest, DoesNoJobs) {
  EXPECT_TRUE(run(0, [](size_t) { return ""; }).empty());
}

TEST(WorkerPoolTest, CarriesLongAndEmptyAnswers) {
  const std::string text(1 << 20, 'x');
  const auto results =
      run(4, [&](size_t index) { return index % 2 ? text : ""; });
  EXPECT_EQ(results.at(0).text, "");
  EXPECT_EQ(results.at(1).text, text);
}

TEST(WorkerPoolTest, SurvivesCrashes) {
  const auto results = run(40, [](size_t index) -> std::string {
    if (index % 4 == 1)
      raise(SIGKILL);
    if (index % 4 == 2)
      _exit(7);
    return "done";
  });
  for (const auto &[index, result] : results) {
    EXPECT_EQ(result.crashed, index % 4 == 1 || index % 4 == 2) << index;
    if (index % 4 == 1) {
      EXPECT_NE(result.text.find("Killed"), std::string::npos) << result.text;
    } else if (index % 4 == 2) {
      EXPECT_NE(result.text.find("status 7"), std::string::npos);
    } else {
      EXPECT_EQ(result.text, "done");
    }
  }
}

TEST(WorkerPoolTest, EndsAJobThatHangs) {
  const auto results = run(
      3,
      [](size_t index) -> std::string {
        if (index == 1)
          pause();
        return "done";
      },
      /*timeout=*/1);
  EXPECT_TRUE(results.at(1).crashed);
  EXPECT_NE(results.at(1).text.find("longer than 1 s"), std::string::npos);
  EXPECT_EQ(results.at(2).text, "done");
}
