// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model that ONNX Runtime quantised, on a backend with integers only.

#include "core/driver/Stages.h"
#include "tests/unit/partition/Testing.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

bool contains(const Question &question, const char *scalar) {
  return llvm::is_contained(question.scalars, scalar);
}

/// Takes contractions, and integer maps. Says no to a float recipe, and to
/// other floats that it wants to be rid of them.
Verdict integersOnly(const Question &question) {
  const bool isContraction =
      question.kind == "Conv" || question.kind == "MatMul";
  if (!isContraction && question.kind != "Constant" &&
      question.kind != "Reshape")
    return no("not a contraction");
  for (const char *scalar : {"rescale_fp32_rne", "fma", "quantize"})
    if (contains(question, scalar))
      return no(std::string("no ") + scalar);
  return contains(question, "dequantize") ? no("real numbers", true) : yes();
}

class QuantisedModel : public ::testing::TestWithParam<const char *> {};

} // namespace

TEST_P(QuantisedModel, HasAllContractionsOnABackendWithoutFloats) {
  CompileRequest request;
  request.model =
      ModelSource::file(std::string(GP_QUANTIZED_MODELS "/") + GetParam());
  if (llvm::StringRef(GetParam()).starts_with("digits"))
    request.dims["N"] = 1;
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::Expected<ImportedModel> model = loadModel(context, request);
  ASSERT_TRUE(static_cast<bool>(model)) << message(model.takeError());
  IrDump noDump("");
  ASSERT_EQ(message(optimise(*model, noDump)), "");

  const std::shared_ptr<ProgramBackend> backends[] = {
      std::make_shared<FakeBackend>("fake", integersOnly), referenceBackend()};
  PartitionOptions options;
  for (const auto &backend : backends)
    options.backends.push_back(backend.get());
  llvm::Expected<PartitionResult> result = partition(mainOf(*model), options);
  ASSERT_TRUE(static_cast<bool>(result)) << message(result.takeError());
  unsigned contractions = 0;
  for (const OpReport &op : result->report) {
    if (op.kind != "conv" && op.kind != "matmul")
      continue;
    ++contractions;
    EXPECT_EQ(op.backend, 0u) << op.name << ": " << op.refusals[0].reason;
  }
  EXPECT_GE(contractions, 5u);
  // The last one ends in bytes, and the map after it makes numbers of them.
  EXPECT_EQ(result->report.back().kind, "map");
  EXPECT_EQ(result->rewrites.size(), result->recipes.size() + 1);
}

INSTANTIATE_TEST_SUITE_P(Models, QuantisedModel,
                         ::testing::Values("resnet8_qdq_u8.onnx",
                                           "resnet8_qoperator_u8.onnx",
                                           "digits_qdq_i8.onnx"),
                         [](const auto &info) {
                           const llvm::StringRef name = info.param;
                           return name.drop_back(5).str();
                         });
