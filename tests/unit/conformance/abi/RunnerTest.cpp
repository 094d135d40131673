// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runner: what it makes of plugins that crash, hang and lie.

#include "core/conformance/abi/AbiRunner.h"

#include <gmock/gmock.h>

using namespace glowplug;
using namespace glowplug::conformance;
using ::testing::HasSubstr;

namespace {

AbiTarget targetOf(const std::string &library) {
  AbiTarget target;
  target.library = library;
  target.worker = WORKER;
  target.deadline = std::chrono::seconds(20);
  return target;
}

TEST(RunnerTest, SaysThatThereIsNoWorker) {
  AbiTarget target = targetOf(WRONG);
  target.worker = "/nonexistent/worker";
  llvm::Expected<AbiOutcome> outcome =
      runAbiCase(target, *findAbiCase("entry/equal"));
  ASSERT_FALSE(static_cast<bool>(outcome));
  EXPECT_THAT(llvm::toString(outcome.takeError()),
              HasSubstr("/nonexistent/worker"));
}

TEST(RunnerTest, FailsForALibraryThatIsNone) {
  llvm::Expected<AbiOutcome> outcome =
      runAbiCase(targetOf(BACKEND_HEADER), *findAbiCase("entry/equal"));
  ASSERT_TRUE(static_cast<bool>(outcome));
  EXPECT_EQ(outcome->result, AbiResult::fail);
  EXPECT_EQ(outcome->want, "the library can be loaded");
}

} // namespace
