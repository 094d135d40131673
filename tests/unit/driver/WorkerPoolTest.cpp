// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Jobs in worker processes: a crash or a hang costs one job.

#include "core/driver/WorkerPool.h"

#include <gtest/gtest.h>

#include <map>

using namespace glowplug;

static std::map<size_t, JobResult> run(const std::vector<std::string> &jobs,
                                       unsigned timeout = 30,
                                       const char *executable = JOB_WORKER) {
  std::map<size_t, JobResult> results;
  runJobs(jobs, {executable, {}, 2, timeout},
          [&](size_t index, JobResult result) {
            EXPECT_TRUE(results.emplace(index, std::move(result)).second)
                << "job " << index << " ended twice";
          });
  EXPECT_EQ(results.size(), jobs.size());
  return results;
}

TEST(WorkerPoolTest, DoesEveryJobOnce) {
  std::vector<std::string> jobs;
  for (int i = 0; i < 100; ++i)
    jobs.push_back(std::to_string(i));
  for (const auto &[index, result] : run(jobs)) {
    EXPECT_FALSE(result.crashed);
    EXPECT_EQ(result.text, jobs[index]);
  }
}

TEST(WorkerPoolTest, DoesNoJobs) { EXPECT_TRUE(run({}).empty()); }

TEST(WorkerPoolTest, CarriesLongAndEmptyAnswers) {
  const auto results = run({"", "long", "", "long"});
  EXPECT_EQ(results.at(0).text, "");
  EXPECT_EQ(results.at(1).text, std::string(1 << 20, 'x'));
}

TEST(WorkerPoolTest, SurvivesCrashes) {
  std::vector<std::string> jobs;
  for (int i = 0; i < 40; ++i)
    jobs.push_back(i % 4 == 1 ? "crash" : i % 4 == 2 ? "exit" : "done");
  for (const auto &[index, result] : run(jobs)) {
    EXPECT_EQ(result.crashed, jobs[index] != "done") << index;
    EXPECT_EQ(result.text, jobs[index] == "crash"
                               ? "it was ended by signal 9 (Killed)"
                           : jobs[index] == "exit" ? "it exited with status 7"
                                                   : "done");
  }
}

TEST(WorkerPoolTest, EndsAJobThatHangs) {
  const auto results = run({"done", "hang", "done"}, /*timeout=*/1);
  EXPECT_TRUE(results.at(1).crashed);
  EXPECT_EQ(results.at(1).text, "it took longer than 1 s");
  EXPECT_EQ(results.at(2).text, "done");
}

TEST(WorkerPoolTest, WorkersThatCannotStartAreCrashes) {
  const auto results = run({"a", "b"}, 30, "/nowhere/worker");
  EXPECT_TRUE(results.at(0).crashed);
  EXPECT_EQ(results.at(1).text,
            "it cannot be started: No such file or directory");
}
