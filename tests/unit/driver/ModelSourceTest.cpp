// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model in memory compiles as its file does.

#include "core/artifact/Write.h"
#include "core/driver/LocalCompiler.h"

#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

using namespace glowplug;

namespace {

std::span<const uint8_t> bytesOf(llvm::StringRef text) {
  return {text.bytes_begin(), text.size()};
}

CompileRequest requestFor(ModelSource source) {
  CompileRequest request;
  request.model = std::move(source);
  request.dims["N"] = 1;
  request.backends = {referenceBackend()};
  return request;
}

std::string artifactOf(ModelSource source) {
  CompiledModel model;
  Fault fault;
  if (!localCompiler().compile(requestFor(std::move(source)), model, fault))
    return fault.message;
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  writeArtifact(model.artifact, os);
  return bytes;
}

Fault faultOf(ModelSource source) {
  CompiledModel model;
  Fault fault;
  EXPECT_FALSE(
      localCompiler().compile(requestFor(std::move(source)), model, fault));
  return fault;
}

} // namespace

TEST(ModelSourceTest, GivesTheSameArtifactFromMemory) {
  auto file = llvm::MemoryBuffer::getFile(DIGITS_MODEL, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  ASSERT_TRUE(static_cast<bool>(file));
  const auto bytes = bytesOf((*file)->getBuffer());
  const std::string wanted = artifactOf(ModelSource::file(DIGITS_MODEL));
  EXPECT_GT(wanted.size(), bytes.size() / 2) << wanted;
  EXPECT_EQ(artifactOf(ModelSource::onnx(bytes, "in memory")), wanted);

  std::vector<ModelInput> inputs;
  Fault fault;
  ASSERT_TRUE(localCompiler().inputs(ModelSource::onnx(bytes, "in memory"),
                                     inputs, fault))
      << fault.message;
  ASSERT_EQ(inputs.size(), 1u);
}

TEST(ModelSourceTest, ReadsPrimIrFromMemory) {
  const llvm::StringRef text =
      "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
      "  return %x : tensor<2xf32>\n"
      "}\n";
  ModelSource source{ModelFormat::prim, "identity", bytesOf(text)};
  EXPECT_GT(artifactOf(source).size(), 64u);
  source.bytes = bytesOf("func.func @main(");
  const Fault fault = faultOf(source);
  EXPECT_EQ(fault.kind, FaultKind::model);
  EXPECT_EQ(fault.place, "identity");
}

TEST(ModelSourceTest, BlamesBytesThatAreNoModel) {
  EXPECT_EQ(faultOf(ModelSource::onnx(bytesOf("garbage"), "x")).kind,
            FaultKind::model);
  EXPECT_EQ(faultOf(ModelSource::onnx({}, "x")).kind, FaultKind::model);
  const Fault fault = faultOf(ModelSource::file("/nonexistent.onnx"));
  EXPECT_EQ(fault.kind, FaultKind::model);
  EXPECT_EQ(fault.place, "/nonexistent.onnx");
}
