// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models with several sizes of a dim: programs made before, and on demand.

#include "core/host/loops/Variants.h"
#include "core/host/Compare.h"
#include "tests/unit/host/Testing.h"

#include "core/importer/onnx/proto/onnx.pb.h"
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include <unistd.h>

using glowplug::FaultKind;
using glowplug::ModelSource;
using namespace glowplug::host;
namespace onnx = glowplug::onnx;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// Images for the digits model; numbers that do not matter.
std::vector<Tensor> images(const Model &model, int64_t count) {
  std::vector<int64_t> shape = model.inputs()[0].shape;
  shape[0] = count;
  Tensor tensor = *Tensor::zeros(ElementType::f32, shape);
  auto *values = reinterpret_cast<float *>(tensor.mutableBytes().data());
  for (size_t i = 0; i < tensor.bytes().size() / sizeof(float); ++i)
    values[i] = static_cast<float>(i % 17) / 17;
  return {tensor};
}

Model onDemand(CompileOptions options = {}) {
  options.compileOnDemand = true;
  options.keepReference = true;
  Result<Model> model =
      Model::compile(ModelSource::file(DIGITS_MODEL), options);
  EXPECT_TRUE(model) << (model ? "" : model.fault().message);
  return *model;
}

Session loaded(const Model &model) {
  Result<Session> session = Session::load(model);
  EXPECT_TRUE(session) << (session ? "" : session.fault().message);
  return std::move(*session);
}

/// Runs \p count images, and says whether the outputs are right.
void expectRight(const Model &model, Session &session, int64_t count) {
  const std::vector<Tensor> inputs = images(model, count);
  Result<std::vector<Tensor>> outputs = session.run(inputs);
  ASSERT_TRUE(outputs) << outputs.fault().message;
  EXPECT_EQ((*outputs)[0].shape()[0], count);
  Result<Difference> found = compareWithReference(model, inputs, *outputs);
  ASSERT_TRUE(found) << found.fault().message;
  EXPECT_EQ(found->verdict, Verdict::pass);
}

onnx::TensorShapeProto &addInput(onnx::GraphProto &graph, const char *name,
                                 int type) {
  onnx::ValueInfoProto &info = *graph.add_input();
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  return *info.mutable_type()->mutable_tensor_type()->mutable_shape();
}

/// y = Reshape(x, shape) of x: f32[N] and shape: i64[2].
std::vector<uint8_t> reshapeModel() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.set_name("reshape");
  onnx::NodeProto &node = *graph.add_node();
  node.set_op_type("Reshape");
  node.add_input("x");
  node.add_input("shape");
  node.add_output("y");
  addInput(graph, "x", onnx::TensorProto::FLOAT).add_dim()->set_dim_param("N");
  addInput(graph, "shape", onnx::TensorProto::INT64)
      .add_dim()
      ->set_dim_value(2);
  graph.add_output()->set_name("y");
  const std::string text = model.SerializeAsString();
  return {text.begin(), text.end()};
}

/// Inputs for reshapeModel().
std::vector<Tensor> reshapeInputs(int64_t count, int64_t rows,
                                  int64_t columns) {
  Tensor shape = *Tensor::zeros(ElementType::i64, std::vector<int64_t>{2});
  auto *sizes = reinterpret_cast<int64_t *>(shape.mutableBytes().data());
  sizes[0] = rows;
  sizes[1] = columns;
  return {*Tensor::zeros(ElementType::f32, std::vector<int64_t>{count}), shape};
}

std::vector<int64_t> sizes(const char *text) {
  llvm::Expected<std::vector<int64_t>> parsed = glowplug::parseSizes(text);
  if (!parsed) {
    ADD_FAILURE() << llvm::toString(parsed.takeError());
    return {};
  }
  return *parsed;
}

std::string refusal(const char *text) {
  llvm::Expected<std::vector<int64_t>> parsed = glowplug::parseSizes(text);
  return parsed ? "" : llvm::toString(parsed.takeError());
}

} // namespace

TEST(HostVariantsTest, SizesAreListsAndRanges) {
  EXPECT_THAT(sizes("8"), ElementsAre(8));
  EXPECT_THAT(sizes("8,1"), ElementsAre(8, 1));
  EXPECT_THAT(sizes("2..4"), ElementsAre(2, 3, 4));
  EXPECT_THAT(sizes("32..127:32"), ElementsAre(32, 64, 96));
  EXPECT_THAT(sizes("0,5..6"), ElementsAre(0, 5, 6));
  EXPECT_THAT(refusal(""), HasSubstr("a size of at least 0, but got ''"));
  EXPECT_THAT(refusal("1,,2"), HasSubstr("a size of at least 0"));
  EXPECT_THAT(refusal("-1"), HasSubstr("a size of at least 0, but got '-1'"));
  EXPECT_THAT(refusal("8..2"), HasSubstr("a last size of at least 8"));
  EXPECT_THAT(refusal("8.."), HasSubstr("a last size of at least 8"));
  EXPECT_THAT(refusal("2..8:0"), HasSubstr("a step of at least 1"));
  EXPECT_THAT(refusal("2..8:"), HasSubstr("a step of at least 1"));
  EXPECT_THAT(refusal("1,2,1"), HasSubstr("1 twice"));
  EXPECT_THAT(refusal("0..9223372036854775807"), HasSubstr("at most 256"));
}

TEST(HostVariantsTest, OneModelHasSeveralPrograms) {
  CompileOptions options;
  options.keepReference = true;
  options.variants["N"] = {1, 3};
  Result<Model> model =
      Model::compile(ModelSource::file(DIGITS_MODEL), options);
  ASSERT_TRUE(model) << model.fault().message;
  EXPECT_EQ(model->inputs()[0].shape[0], -1);
  EXPECT_EQ(model->inputs()[0].dimNames[0], "N");
  EXPECT_EQ(model->inputs()[0].dimNames[1], "");
  EXPECT_EQ(model->outputs()[0].dimNames[0], "N");
  Session session = loaded(*model);
  for (int64_t count : {3, 1, 3})
    expectRight(*model, session, count);
  Result<std::vector<Tensor>> outputs = session.run(images(*model, 2));
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.fault().kind, FaultKind::usage);
  EXPECT_EQ(outputs.fault().message,
            "the model was not compiled for N=2, but for N=1; N=3");

  // So does the file, without the compiler.
  Result<Model> read = Model::parse(model->bytes());
  ASSERT_TRUE(read) << read.fault().message;
  EXPECT_EQ(read->inputs()[0].dimNames[0], "N");
  Session again = loaded(*read);
  EXPECT_TRUE(again.run(images(*read, 3)));
  EXPECT_EQ((*again.randomInputs(1))[0].shape()[0], 1);
}

TEST(HostVariantsTest, CombinationsAreBounded) {
  CompileOptions options;
  for (int64_t size = 1; size <= 257; ++size)
    options.variants["N"].push_back(size);
  Result<Model> model =
      Model::compile(ModelSource::file(DIGITS_MODEL), options);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.fault().kind, FaultKind::usage);
  EXPECT_THAT(model.fault().message, HasSubstr("at most 256 combinations of "
                                               "sizes, but got 257"));
  options.variants["N"] = {1, 2};
  options.dims["N"] = 1;
  EXPECT_FALSE(Model::compile(ModelSource::file(DIGITS_MODEL), options));
  options.dims.clear();
  options.variants["N"].clear();
  EXPECT_FALSE(Model::compile(ModelSource::file(DIGITS_MODEL), options));
}

TEST(HostVariantsTest, ASessionCompilesWhatIsMissingOnce) {
  const Model model = onDemand();
  EXPECT_EQ(model.inputs()[0].dimNames[0], "N");
  EXPECT_FALSE(model.write("/nowhere/model.gpx"));
  EXPECT_TRUE(model.bytes().empty());
  Session session = loaded(model);
  EXPECT_FALSE(session.randomInputs(1));
  expectRight(model, session, 2);
  EXPECT_EQ(model.onDemandCounts().compiled, 1u);
  expectRight(model, session, 2);
  EXPECT_EQ(model.onDemandCounts().compiled, 1u);
  expectRight(model, session, 5);
  expectRight(model, session, 2);
  EXPECT_EQ(model.onDemandCounts().compiled, 2u);
  EXPECT_EQ(model.onDemandCounts().fromCache, 0u);
  // Another session of the model has the programs, too.
  Session other = loaded(model);
  expectRight(model, other, 5);
  EXPECT_EQ(model.onDemandCounts().compiled, 2u);
}

TEST(HostVariantsTest, ProgramsMadeBeforeComeFirst) {
  CompileOptions options;
  options.variants["N"] = {1, 3};
  const Model model = onDemand(options);
  Session session = loaded(model);
  expectRight(model, session, 3);
  EXPECT_EQ(model.onDemandCounts().compiled, 0u);
  expectRight(model, session, 4);
  EXPECT_EQ(model.onDemandCounts().compiled, 1u);
}

TEST(HostVariantsTest, RefusesWhatTheModelDoesNotDeclare) {
  const Model model = onDemand();
  Session session = loaded(model);
  Tensor flat = *Tensor::zeros(ElementType::f32, std::vector<int64_t>{2, 3});
  Result<std::vector<Tensor>> outputs = session.run(std::vector{flat});
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.fault().kind, FaultKind::usage);
  EXPECT_THAT(outputs.fault().message, HasSubstr("f32[N,"));
  EXPECT_FALSE(session.run({}));
  EXPECT_FALSE(session.lastRun());
  EXPECT_EQ(model.onDemandCounts().compiled, 0u);
}

TEST(HostVariantsTest, ValuesThatDetermineShapesArePartOfTheKey) {
  CompileOptions options;
  options.compileOnDemand = true;
  std::vector<uint8_t> bytes = reshapeModel();
  Result<Model> model =
      Model::compile(ModelSource::onnx(bytes, "reshape"), options);
  ASSERT_TRUE(model) << model.fault().message;
  std::fill(bytes.begin(), bytes.end(), 0); // the caller's again
  EXPECT_EQ(model->outputs()[0].shape.size(), 0u) << "it is not declared";
  Session session = loaded(*model);
  auto shapeFor = [&](int64_t count, int64_t rows, int64_t columns) {
    Result<std::vector<Tensor>> outputs =
        session.run(reshapeInputs(count, rows, columns));
    if (!outputs) {
      ADD_FAILURE() << outputs.fault().message;
      return std::vector<int64_t>();
    }
    const auto shape = (*outputs)[0].shape();
    return std::vector<int64_t>(shape.begin(), shape.end());
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(shapeFor(6, 2, 3), ElementsAre(2, 3));
    EXPECT_THAT(shapeFor(6, 3, 2), ElementsAre(3, 2));
    EXPECT_THAT(shapeFor(8, 2, 4), ElementsAre(2, 4));
    EXPECT_EQ(model->onDemandCounts().compiled, 3u);
  }
  EXPECT_FALSE(session.run(reshapeInputs(6, 4, 4)));
  EXPECT_THAT(shapeFor(6, 2, 3), ElementsAre(2, 3));
}

TEST(HostVariantsTest, TheDiskKeepsThemForOtherProcesses) {
  const fs::path folder =
      fs::temp_directory_path() / ("host-variants-" + std::to_string(getpid()));
  CompileOptions options;
  options.cacheFolder = folder.string();
  auto runBoth = [&] {
    options.keepReference = false;
    options.compileOnDemand = true;
    Result<Model> model =
        Model::compile(ModelSource::file(DIGITS_MODEL), options);
    EXPECT_TRUE(model);
    Session session = loaded(*model);
    for (int64_t count : {1, 2, 1})
      EXPECT_TRUE(session.run(images(*model, count)));
    return model->onDemandCounts();
  };
  const OnDemandCounts first = runBoth(), second = runBoth();
  EXPECT_EQ(first.compiled, 2u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 2);
  EXPECT_EQ(second.compiled, 0u);
  EXPECT_EQ(second.fromCache, 2u);
  // A damaged entry is compiled again.
  for (const auto &entry : fs::directory_iterator(folder))
    fs::resize_file(entry.path(), 100);
  EXPECT_EQ(runBoth().compiled, 2u);
  fs::remove_all(folder);
}

TEST(HostVariantsTest, ThreadsCompileAShapeOnce) {
  const Model model = onDemand();
  Session session = loaded(model);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int64_t count : {1 + i % 2, 3})
        EXPECT_TRUE(session.run(images(model, count)));
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(model.onDemandCounts().compiled, 3u);
}
