// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of cases: names, sentences of the header, and sound samples.

#include "core/conformance/abi/AbiCase.h"
#include "core/conformance/abi/Samples.h"
#include "core/image/Verify.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

/// The words of \p text with one space between them.
std::string words(const std::string &text) {
  return llvm::join(
      llvm::split(std::regex_replace(text, std::regex("\\s+"), " "), ' '), " ");
}

/// A header without what makes its comments comments.
std::string headerText(const char *path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  if (!file)
    return {};
  const std::string plain =
      std::regex_replace((*file)->getBuffer().str(),
                         std::regex("/\\*\\*?<?|\\*/|\n \\* ?|\n +\\* "), " ");
  return words(plain);
}

TEST(CaseListTest, EveryCaseQuotesAHeader) {
  const std::string backend = headerText(BACKEND_HEADER);
  const std::string replay = headerText(REPLAY_HEADER);
  ASSERT_GT(backend.size(), 1000u);
  ASSERT_GT(replay.size(), 1000u);
  const std::string header = backend + replay;
  for (const AbiCase &one : abiCases())
    EXPECT_NE(header.find(words(one.sentence)), std::string::npos)
        << one.name << ": " << one.sentence;
}

TEST(CaseListTest, NamesAreUnique) {
  std::set<std::string> names;
  for (const AbiCase &one : abiCases()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_EQ(findAbiCase(one.name), &one);
    EXPECT_TRUE(std::regex_match(one.name, std::regex("[a-z0-9_./+-]+")))
        << one.name;
  }
  EXPECT_EQ(findAbiCase("no/such/case"), nullptr);
}

TEST(CaseListTest, HasAsManyAsAsked) {
  size_t counts[3] = {};
  for (const AbiCase &one : abiCases())
    ++counts[static_cast<size_t>(one.kind)];
  RecordProperty("positive", static_cast<int>(counts[0]));
  RecordProperty("negative", static_cast<int>(counts[1]));
  RecordProperty("robust", static_cast<int>(counts[2]));
  EXPECT_GE(counts[0], 200u);
  EXPECT_GE(counts[1], 200u);
}

TEST(SampleTest, EverySampleIsValid) {
  std::set<std::string> names;
  for (const Sample &sample : samples()) {
    EXPECT_TRUE(names.insert(sample.name).second) << sample.name;
    llvm::Error invalid = verifyImage(sample.image);
    EXPECT_FALSE(static_cast<bool>(invalid))
        << sample.name << ": " << llvm::toString(std::move(invalid));
    EXPECT_FALSE(sample.outputs.empty()) << sample.name;
  }
}

} // namespace
