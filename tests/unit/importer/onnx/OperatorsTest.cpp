// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of operators, its page, and ONNX's own node tests.

#include "core/importer/onnx/model/Operators.h"
#include "core/importer/Fronts.h"
#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/ops/Registry.h"
#include "tests/unit/importer/onnx/Testing.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace glowplug;
using namespace glowplug::testing;
namespace fs = std::filesystem;

namespace {

TEST(Operators, PageIsUpToDate) {
  std::ifstream file(GLOWPLUG_SOURCE_DIR "/docs/reference/operators.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), importer::operatorsPage())
      << "run bin/list-operators > docs/reference/operators.md";
}

TEST(Fronts, OnnxTakesWhatNoOtherFormatDoes) {
  EXPECT_EQ(importer::frontFor({}, "model.onnx").name, "ONNX");
  EXPECT_EQ(importer::frontFor({}, "").name, "ONNX");
}

TEST(Operators, RowsByVersion) {
  using importer::findRow;
  EXPECT_EQ(findRow("", "Softmax", 12)->since, 1);
  EXPECT_EQ(findRow("", "Softmax", 13)->since, 13);
  EXPECT_EQ(findRow("", "Softmax", 24)->since, 13);
  EXPECT_EQ(findRow("", "Add", 6)->since, 1);
  EXPECT_EQ(findRow("", "Add", 7)->since, 7);
  EXPECT_EQ(findRow("", "BitCast", 25), nullptr);
  EXPECT_EQ(findRow("", "Nonsense", 13), nullptr);
  EXPECT_EQ(findRow("com.example", "Add", 13), nullptr);
}

TEST(Operators, FactsAreSortedAndOfOperatorsThatAreKnown) {
  const auto facts = importer::operatorFacts();
  for (size_t i = 1; i < facts.size(); ++i)
    EXPECT_LT(facts[i - 1].name, facts[i].name);
  for (const importer::OperatorFacts &one : facts)
    EXPECT_NE(importer::findRow("", one.name, importer::limits::newestOpset),
              nullptr)
        << one.name.str();
}

/// Every model of Debian's libonnx-testdata is either imported, or refused for
/// a reason that says what is missing; each output of an imported one has the
/// type and shape that the model declares (the importer checks that).
TEST(Operators, NodeTestsOfOnnx) {
  const fs::path root = "/usr/share/libonnx-testdata/data/node";
  ASSERT_TRUE(fs::is_directory(root)) << "install libonnx-testdata";
  int total = 0, imported = 0, unsupported = 0, bindable = 0;
  for (const auto &entry : fs::directory_iterator(root)) {
    ++total;
    const Outcome outcome = importPath((entry.path() / "model.onnx").string());
    imported += outcome.imported;
    if (outcome.imported)
      continue;
    using Kind = FaultKind;
    EXPECT_NE(outcome.kind, Kind::model) << entry.path() << outcome.text;
    unsupported += outcome.kind == Kind::unsupported;
    bindable += outcome.kind == Kind::usage;
  }
  EXPECT_EQ(total, 932);
  EXPECT_GE(imported, 700);
  EXPECT_GE(imported + bindable, 810);
  EXPECT_EQ(imported + unsupported + bindable, total);
}

} // namespace
