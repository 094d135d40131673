// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plugins that take their process down, in worker processes: each mistake is
// one error, and the host goes on.

#include "core/isolation/IsolatedBackend.h"

#include "core/support/FaultError.h"
#include "tests/abi/Images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

/// y = a, as far as deadly.cpp is concerned. a: f32[5].
MapProgram copyProgram() {
  MapProgram program;
  program.shapes = {{5}, {5}};
  program.inputs = {0};
  program.outputs = {1};
  program.ops = {{{0}, {1}, {{image::ScalarOp::neg, {0}}}, {1}}};
  return program;
}

class IsolationTest : public ::testing::Test {
protected:
  void SetUp() override {
    policy.callTimeout = std::chrono::seconds(2);
    policy.executable = WORKER;
    policy.warn = [this](const std::string &warning) {
      warnings.push_back(warning);
    };
  }
  void TearDown() override { unsetenv("GLOWPLUG_TEST_MISTAKE"); }

  static void setMistake(const std::string &function, const std::string &kind) {
    setenv("GLOWPLUG_TEST_MISTAKE", (function + ":" + kind).c_str(), 1);
  }

  /// Takes the plugin through the whole of its life; the first error ends it.
  llvm::Error live() {
    auto backend = openInWorker(policy)({DEADLY, std::nullopt}, {});
    if (!backend)
      return backend.takeError();
    const AlignedBytes image = copyProgram().build();
    auto verdicts = (*backend)->check(image);
    if (!verdicts)
      return verdicts.takeError();
    auto compiled = (*backend)->compile(image, {});
    if (!compiled)
      return compiled.takeError();
    LoadRequest request;
    request.blob = compiled->blob;
    request.requirement = compiled->requirement;
    request.workspaceBytes = compiled->workspaceBytes;
    auto executable = (*backend)->load(request);
    if (!executable)
      return executable.takeError();
    const AlignedBytes input(llvm::ArrayRef<uint8_t>(
        reinterpret_cast<const uint8_t *>(values), sizeof values));
    AlignedBytes output(sizeof values);
    if (llvm::Error error =
            (*executable)
                ->run({input}, {{output.data(), output.size()}}, nullptr))
      return error;
    EXPECT_EQ(std::memcmp(output.data(), values, sizeof values), 0);
    return llvm::Error::success();
  }

  /// What came of live(): its error, or what could only be warned of.
  std::string outcome() {
    warnings.clear();
    if (llvm::Error error = live())
      return llvm::toString(std::move(error));
    return warnings.empty() ? "" : warnings.front();
  }

  static constexpr float values[5] = {1, 2, 3, 4, 5};
  IsolationPolicy policy;
  std::vector<std::string> warnings;
};

const char *const functions[] = {
    "gp_plugin_entry", "create", "describe", "check", "compile", "load", "run",
    "unload",          "destroy"};

TEST_F(IsolationTest, RunsAPluginInAWorker) {
  EXPECT_EQ(outcome(), "");
  policy.isStrict = true;
  EXPECT_EQ(outcome(), "");
}

TEST_F(IsolationTest, NamesTheFunctionThatCrashed) {
  const std::pair<const char *, const char *> kinds[] = {
      {"segv", "crashed: signal 11 (Segmentation fault) at address 0x10"},
      {"abort", "crashed: signal 6 (Aborted)"},
      {"divide", "crashed: signal 8 (Floating point exception)"},
      {"stack", "crashed: signal 11 (Segmentation fault): the stack"},
      {"thread", "crashed: signal 6 (Aborted)"},
      {"throw", "let a C++ exception out: out of ideas"},
      {"exit", "it exited with status 0"}};
  for (const auto &[kind, text] : kinds)
    for (const char *function : functions) {
      setMistake(function, kind);
      EXPECT_THAT(outcome(), AllOf(HasSubstr("deadly"), HasSubstr(function),
                                   HasSubstr(text)))
          << function << ":" << kind;
    }
  // Nothing of it stays.
  setMistake("none", "none");
  EXPECT_EQ(outcome(), "");
}

TEST_F(IsolationTest, EndsWhatHangs) {
  policy.callTimeout = std::chrono::seconds(1);
  for (const char *function :
       {"gp_plugin_entry", "describe", "check", "compile", "run"}) {
    setMistake(function, "hang");
    EXPECT_THAT(outcome(),
                AllOf(HasSubstr("deadly"), HasSubstr(function),
                      HasSubstr("took longer than 1 s, and was ended")));
  }
}

TEST_F(IsolationTest, FindsOverruns) {
  const std::pair<const char *, const char *> kinds[] = {
      {"one-past", "run broke a rule: wrote 1 bytes past the end of output 0 "
                   "(20 bytes)"},
      {"page-past", "4096 bytes past the end of output 0 (20 bytes)"},
      {"before", "run broke a rule: wrote 4 bytes before the begin of output "
                 "0 (20 bytes)"},
      {"writes-input", "which is in input 0 (20 bytes), which is not to be "
                       "written"},
      {"workspace-past", "0 bytes past the end of the workspace (64 bytes)"}};
  for (const auto &[kind, text] : kinds) {
    setMistake("run", kind);
    EXPECT_THAT(outcome(), AllOf(HasSubstr("deadly: run"), HasSubstr(text)))
        << kind;
  }
}

TEST_F(IsolationTest, FindsLies) {
  setMistake("compile", "no-result");
  EXPECT_THAT(outcome(), HasSubstr("deadly: compile broke a rule: succeeded "
                                   "without a result"));
  setMistake("compile", "writes-image");
  EXPECT_THAT(outcome(), HasSubstr("deadly: compile crashed: signal 11"));
}

TEST_F(IsolationTest, StrictFindsWhatStaysUnseenOtherwise) {
  setMistake("compile", "random");
  EXPECT_EQ(outcome(), "");
  policy.isStrict = true;
  EXPECT_THAT(outcome(),
              HasSubstr("deadly: compile broke a rule: two processes gave "
                        "different results: the blob differs at byte "));
#if !__has_feature(address_sanitizer) // whose heap lies at one address always
  setMistake("compile", "pointer");
  EXPECT_THAT(outcome(), HasSubstr("where it seems to hold a pointer: 0x"));
#endif
  setMistake("run", "stale");
  EXPECT_THAT(outcome(), HasSubstr("deadly: run crashed: signal 11"));
}

#if !__has_feature(address_sanitizer) // whose own look for leaks is better
TEST_F(IsolationTest, StrictFindsLeaks) {
  setMistake("compile", "leak");
  EXPECT_EQ(outcome(), "");
  policy.isStrict = true;
  for (const char *function : {"check", "compile", "load", "run", "unload"}) {
    setMistake(function, "leak");
    const bool isInPair = llvm::StringRef(function).ends_with("load");
    EXPECT_THAT(outcome(),
                HasSubstr(std::string("deadly: ") +
                          (isInPair ? "load and unload" : function) +
                          " broke a rule: leaves memory behind: 512 bytes each "
                          "time it is called"));
    setMistake(function, "leak-pages");
    EXPECT_THAT(outcome(), HasSubstr("leaves memory behind: 4096 bytes"));
    setMistake(function, "caches");
    EXPECT_EQ(outcome(), "");
  }
}
#endif

TEST_F(IsolationTest, GivesLargeSegments) {
  setMistake("compile", "large");
  for (const bool isStrict : {false, true}) {
    policy.isStrict = isStrict;
    auto backend = openInWorker(policy)({DEADLY, std::nullopt}, {});
    ASSERT_TRUE(static_cast<bool>(backend));
    const AlignedBytes image = copyProgram().build();
    auto first = (*backend)->compile(image, {});
    ASSERT_TRUE(static_cast<bool>(first));
    auto second = (*backend)->compile(image, {}); // the first one stays
    ASSERT_TRUE(static_cast<bool>(second));
    for (const CompiledProgram *program : {&*first, &*second}) {
      ASSERT_EQ(program->segments.size(), 3u);
      for (uint8_t i = 1; i <= 3; ++i)
        EXPECT_EQ(llvm::ArrayRef<uint8_t>(program->segments[i - 1]),
                  llvm::ArrayRef(std::vector<uint8_t>(i * 100000u, i)));
    }
  }
}

TEST_F(IsolationTest, TakesRightsAway) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer starts processes, so its workers may";
#endif
  setMistake("compile", "forbidden");
  EXPECT_THAT(outcome(), HasSubstr("could read"));
  policy.readable = {"/usr/share"};
  EXPECT_EQ(outcome(), "");
  policy.readable.emplace_back(SOURCES);
  EXPECT_THAT(outcome(), HasSubstr("could read"));
  // The test can fail.
  policy.isConfined = false;
  EXPECT_THAT(outcome(), HasSubstr("could socket write fork signal read"));
  std::filesystem::remove("/tmp/glowplug-test-forbidden");
  policy.isConfined = true;
  policy.mayStartProcesses = true;
  EXPECT_THAT(outcome(), HasSubstr("could fork signal"));
}

TEST_F(IsolationTest, FindsAChangedFloatingPointMode) {
  for (const char *function : {"create", "check", "compile", "load", "run"}) {
    setMistake(function, "float-mode");
    EXPECT_THAT(outcome(),
                AllOf(HasSubstr("deadly"), HasSubstr(function),
                      HasSubstr("broke a rule: left the floating-point mode of "
                                "the thread changed: it was 0x")));
  }
}

// A memory checker maps more address space at its start than a limit allows.
#if !__has_feature(address_sanitizer)
TEST_F(IsolationTest, LimitsMemory) {
  setMistake("compile", "allocate");
  policy.memoryBytes = uint64_t{1} << 30;
  EXPECT_THAT(outcome(),
              HasSubstr("deadly: compile ended its process: it ran out of "
                        "memory (its memory was limited to 1024 MiB)"));
}
#endif

TEST_F(IsolationTest, StartsAgainAfterACrash) {
  auto backend = openInWorker(policy)({DEADLY, std::nullopt}, {});
  ASSERT_TRUE(static_cast<bool>(backend));
  setMistake("check", "segv");
  const AlignedBytes image = copyProgram().build();
  // The environment of the first worker has no mistake in it.
  EXPECT_TRUE(static_cast<bool>((*backend)->check(image)));
  setMistake("compile", "segv");
  auto other = openInWorker(policy)({DEADLY, std::nullopt}, {});
  ASSERT_TRUE(static_cast<bool>(other));
  auto failed = (*other)->compile(image, {});
  ASSERT_FALSE(static_cast<bool>(failed));
  llvm::consumeError(failed.takeError());
  setMistake("none", "none");
  EXPECT_TRUE(static_cast<bool>((*other)->compile(image, {})));
}

TEST_F(IsolationTest, KeepsFailedCallsToBeMadeAgain) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      ("glowplug-repro-" + std::to_string(getpid()));
  policy.reproFolder = folder.string();
  setMistake("run", "one-past");
  const std::string message = outcome();
  const size_t at = message.find(" --replay ");
  ASSERT_NE(at, std::string::npos) << message;
  const std::string kept = message.substr(at + std::strlen(" --replay "));
  const std::string command =
      std::string(WORKER) + " --replay " + kept + " 2>&1";
  std::string output;
  FILE *pipe = popen(command.c_str(), "r");
  for (char line[256]; std::fgets(line, sizeof line, pipe);)
    output += line;
  pclose(pipe);
  EXPECT_THAT(output, HasSubstr("0-create: succeeded"));
  EXPECT_THAT(output, HasSubstr("3-run: deadly: run broke a rule: wrote 1 "
                                "bytes past the end of output 0"));
  setMistake("none", "none");
  setMistake("compile", "segv");
  EXPECT_THAT(outcome(), HasSubstr("--replay"));
  bool hasImage = false;
  for (const auto &entry :
       std::filesystem::recursive_directory_iterator(folder))
    hasImage |= entry.path().extension() == ".gpim";
  EXPECT_TRUE(hasImage);
  std::filesystem::remove_all(folder);
}

TEST_F(IsolationTest, PrefixesWhatThePluginPrints) {
  setMistake("check", "print");
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(outcome(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("deadly.so: a line of text\n"));
}

TEST_F(IsolationTest, NamesAWorkerThatDoesNotStart) {
  policy.executable = "/nowhere/glowplug-worker";
  EXPECT_THAT(outcome(),
              AllOf(HasSubstr("deadly.so: the worker process "
                              "'/nowhere/glowplug-worker' did not start"),
                    HasSubstr("No such file")));
  policy.executable = "/bin/true";
  EXPECT_THAT(outcome(), HasSubstr("did not start"));
}

} // namespace
