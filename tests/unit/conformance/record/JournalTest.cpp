// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A run that stops goes on where it was.

#include "core/conformance/record/Journal.h"

#include "core/support/FaultError.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::conformance;
namespace fs = std::filesystem;

namespace {

const RunKey key = {{"plugin sha256", "abc"}, {"level", "quick"}};

CaseRecord recordOf(const std::string &name) {
  CaseRecord record;
  record.name = name;
  record.ops = record.opsTaken = 1;
  record.measurements.push_back({"R1", "output 0", 4, 0, 0});
  return record;
}

class JournalTest : public ::testing::Test {
protected:
  JournalTest() {
    std::string pattern = ::testing::TempDir() + "journal-XXXXXX";
    folder = mkdtemp(pattern.data());
    path = folder / "journal.jsonl";
  }
  ~JournalTest() override { fs::remove_all(folder); }

  std::unique_ptr<Journal> open() {
    return llvm::cantFail(Journal::open(path, key));
  }
  void fill(std::initializer_list<const char *> names) {
    const std::unique_ptr<Journal> journal = open();
    for (const char *name : names)
      llvm::cantFail(journal->append(recordOf(name)));
  }
  std::vector<std::string> names() {
    std::vector<std::string> result;
    const std::unique_ptr<Journal> journal = open();
    for (const CaseRecord &record : journal->earlier())
      result.push_back(record.name);
    return result;
  }
  Fault faultOfOpening(const RunKey &other = key) {
    llvm::Expected<std::unique_ptr<Journal>> journal =
        Journal::open(path, other);
    return journal ? Fault{FaultKind::internal, "no fault"}
                   : faultOf(journal.takeError());
  }
  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  }
  void write(const std::string &all) const { std::ofstream(path) << all; }

  fs::path folder;
  std::string path;
};

using Names = std::vector<std::string>;

TEST_F(JournalTest, RecordsAreThereAgain) {
  fill({"a", "b"});
  EXPECT_EQ(names(), (Names{"a", "b"}));
  fill({"c"});
  EXPECT_EQ(names(), (Names{"a", "b", "c"}));
}

TEST_F(JournalTest, ATornLastLineDoesNotCountWhereverItIsTorn) {
  fill({"a", "b"});
  const std::string whole = text();
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (size_t size = last; size < whole.size(); size += 5) {
    write(whole.substr(0, size));
    ASSERT_EQ(names(), Names{"a"}) << "cut to " << size << " bytes";
  }
  write(whole.substr(0, last) + std::string(20, '\0') + "\n");
  EXPECT_EQ(names(), Names{"a"}) << "a machine that fails may leave zeros";
  fill({"c"});
  EXPECT_EQ(names(), (Names{"a", "c"}));
}

TEST_F(JournalTest, ATornFirstLineIsWrittenAgain) {
  fill({});
  const std::string whole = text();
  for (const size_t size : {size_t{0}, size_t{5}, whole.size() - 1}) {
    write(whole.substr(0, size));
    EXPECT_EQ(names(), Names{});
    EXPECT_EQ(text(), whole);
  }
}

TEST_F(JournalTest, ABrokenLineBeforeTheLastIsAFault) {
  fill({"a", "b", "c"});
  std::string broken = text();
  broken.replace(broken.find("\"ops\":1"), 7, "\"ops\":x");
  write(broken);
  const Fault fault = faultOfOpening();
  EXPECT_EQ(fault.kind, FaultKind::model);
  EXPECT_NE(fault.message.find("journal.jsonl:2: "), std::string::npos)
      << fault.message;
  EXPECT_EQ(text(), broken) << "nothing is lost";
}

TEST_F(JournalTest, AJournalOfAnotherRunIsRefusedWithBothValues) {
  fill({"a"});
  RunKey other = key;
  other["level"] = "full";
  const Fault fault = faultOfOpening(other);
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_NE(fault.message.find("its level is 'quick', but this run has 'full'"),
            std::string::npos)
      << fault.message;
  other = key;
  other["seed"] = "7";
  EXPECT_NE(faultOfOpening(other).message.find(
                "its seed is nothing, but this run has '7'"),
            std::string::npos);
}

TEST_F(JournalTest, AFileThatIsNoJournalStaysAsItIs) {
  write("somebody's notes");
  EXPECT_EQ(faultOfOpening().kind, FaultKind::usage);
  EXPECT_EQ(text(), "somebody's notes");
}

TEST_F(JournalTest, ARecordTwiceIsAFault) {
  fill({"a", "a"});
  EXPECT_NE(faultOfOpening().message.find("case 'a' is there twice"),
            std::string::npos);
}

TEST_F(JournalTest, OneRunAtATime) {
  const std::unique_ptr<Journal> journal = open();
  EXPECT_NE(faultOfOpening().message.find("in use by another run"),
            std::string::npos);
}

TEST_F(JournalTest, ThreadsMayAppend) {
  {
    const std::unique_ptr<Journal> journal = open();
    std::vector<std::thread> threads;
    for (int thread = 0; thread != 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int at = 0; at != 50; ++at)
          llvm::cantFail(journal->append(
              recordOf(std::to_string(thread) + "/" + std::to_string(at))));
      });
    for (std::thread &thread : threads)
      thread.join();
  }
  EXPECT_EQ(names().size(), 200u);
}

TEST_F(JournalTest, AFullDiskIsAFaultAndLosesNothing) {
  fill({"a"});
  {
    const std::unique_ptr<Journal> journal = open();
    // A limit on sizes of files stands for a full disk, in the middle of a
    // line.
    rlimit before = {};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small = {text().size() + 40, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const Fault fault = faultOf(journal->append(recordOf("b")));
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(fault.kind, FaultKind::resources);
    EXPECT_NE(fault.message.find("cannot write '" + path + "': "),
              std::string::npos)
        << fault.message;
    // When there is room again, it goes on.
    llvm::cantFail(journal->append(recordOf("c")));
  }
  EXPECT_EQ(names(), (Names{"a", "c"}));
}

TEST_F(JournalTest, AFolderThatIsNotThereIsAFaultOfResources) {
  path = folder / "none" / "journal.jsonl";
  EXPECT_EQ(faultOfOpening().kind, FaultKind::resources);
}

} // namespace
