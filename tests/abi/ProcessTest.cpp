// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compile and load share nothing: one process compiles the sample program,
// another runs the blob, and only files go from one to the other.

#include "tests/abi/Sample.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// Runs tests/abi/Worker.cpp in a process of its own.
class ProcessTest : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("gp-process", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(llvm::StringRef name) {
    llvm::SmallString<128> file = folder;
    llvm::sys::path::append(file, name);
    return file.str().str();
  }
  void write(llvm::StringRef name, llvm::StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(path(name), error) << bytes;
    ASSERT_FALSE(error);
  }
  std::string read(llvm::StringRef name) {
    auto buffer = llvm::MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "no file";
  }
  /// Exit status; the words on standard error go to "errors".
  int work(std::vector<llvm::StringRef> arguments) {
    arguments.insert(arguments.begin(), WORKER);
    const std::string errors = path("errors");
    return llvm::sys::ExecuteAndWait(
        WORKER, arguments, std::nullopt,
        {std::nullopt, std::nullopt, llvm::StringRef(errors)}, 60);
  }

  llvm::SmallString<128> folder;
};

TEST_P(ProcessTest, ABlobCompiledInOneProcessRunsInAnother) {
  const AlignedBytes image = sampleProgram().build();
  write("image", llvm::toStringRef(llvm::ArrayRef<uint8_t>(image)));
  write("a", bytesOf(a));
  write("b", bytesOf(b));
  write("c", bytesOf(c));
  ASSERT_EQ(
      work({"compile", GetParam(), path("image"), path("blob"), path("facts")}),
      0)
      << read("errors");
  // Nothing but the blob and its facts is left for the second process.
  ASSERT_FALSE(llvm::sys::fs::remove(path("image")));
  ASSERT_EQ(work({"run", GetParam(), path("blob"), path("facts"), "3",
                  path("a"), path("b"), path("c"), path("z"), "24", path("y"),
                  "24", path("y2"), "24", path("b2"), "12"}),
            0)
      << read("errors");
  const Expected expected;
  EXPECT_EQ(read("z"), bytesOf(expected.z));
  EXPECT_EQ(read("y"), bytesOf(expected.y));
  EXPECT_EQ(read("y2"), bytesOf(expected.y));
  EXPECT_EQ(read("b2"), bytesOf(b));
}

TEST_P(ProcessTest, CompilesToEqualBytesInEveryProcess) {
  const AlignedBytes image = sampleProgram().build();
  write("image", llvm::toStringRef(llvm::ArrayRef<uint8_t>(image)));
  for (const char *name : {"one", "two"})
    ASSERT_EQ(
        work({"compile", GetParam(), path("image"), path(name), path("facts")}),
        0)
        << read("errors");
  EXPECT_EQ(read("one"), read("two"));
  EXPECT_NE(read("one"), "");
}

TEST_P(ProcessTest, TheWorkerReportsFailures) {
  EXPECT_EQ(work({"compile", GetParam(), path("absent"), path("blob"),
                  path("facts")}),
            1);
  EXPECT_NE(read("errors").find("absent"), std::string::npos);
  EXPECT_EQ(work({"dance"}), 2);
}

/// The hello backend, and each plugin that the build makes.
std::vector<std::string> plugins() {
  std::vector<std::string> paths;
  for (llvm::StringRef path : llvm::split(TESTED_PLUGINS, ':'))
    paths.push_back(path.str());
  return paths;
}

std::string nameOf(const ::testing::TestParamInfo<std::string> &info) {
  std::string name = llvm::sys::path::stem(info.param).str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Plugins, ProcessTest, ::testing::ValuesIn(plugins()),
                         nameOf);

} // namespace
