// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plugins of the build keep every rule of the ABI.

#include "core/conformance/abi/AbiRunner.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <map>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

std::vector<std::string> testedPlugins() {
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(TESTED_PLUGINS).split(parts, ':', -1, /*KeepEmpty=*/false);
  return {parts.begin(), parts.end()};
}

class PluginsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PluginsTest, KeepsEveryRule) {
  AbiTarget target;
  target.library = GetParam();
  target.worker = WORKER;
  std::vector<const AbiCase *> cases;
  for (const AbiCase &one : abiCases())
    cases.push_back(&one);
  std::map<AbiResult, size_t> counts;
  llvm::Error error = runAbiCases(
      target, cases, 2, [&](const AbiCase &one, const AbiOutcome &outcome) {
        ++counts[outcome.result];
        EXPECT_TRUE(outcome.isAllowed())
            << one.name << " " << abiResultName(outcome.result) << " "
            << outcome.reason << "\n  want: " << outcome.want
            << "\n  got:  " << outcome.got
            << "\n  function: " << outcome.function
            << "\n  sentence: " << one.sentence;
      });
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  for (const auto &[result, count] : counts)
    RecordProperty(abiResultName(result), static_cast<int>(count));
  // A suite that has nothing to ask proves nothing.
  EXPECT_GT(counts[AbiResult::pass], cases.size() / 2);
}

INSTANTIATE_TEST_SUITE_P(Built, PluginsTest,
                         ::testing::ValuesIn(testedPlugins()),
                         [](const auto &info) {
                           std::string name =
                               llvm::sys::path::stem(info.param).str();
                           for (char &c : name)
                             c = std::isalnum(static_cast<unsigned char>(c))
                                     ? c
                                     : '_';
                           return name;
                         });

} // namespace
