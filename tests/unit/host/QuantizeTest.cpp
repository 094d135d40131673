// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model is profiled, quantised and measured without a file.

#include "core/host/Quantize.h"
#include "tests/unit/host/Testing.h"

using glowplug::FaultKind;
using glowplug::ModelSource;
using namespace glowplug::host;

namespace {

class HostQuantizeTest : public ::testing::Test {
protected:
  void SetUp() override {
    Result<std::string> made = profile(source, options, samples);
    ASSERT_TRUE(made) << made.fault().message;
    text = *made;
  }

  const ModelSource source = ModelSource::file(DIGITS_MODEL);
  const CompileOptions options = digitsOptions();
  const SampleSource samples{"", 1, 2};
  std::string text;
};

} // namespace

TEST_F(HostQuantizeTest, MeasuresWhatItMakes) {
  QuantizeOptions how;
  how.samples = samples;
  std::vector<std::string> stages;
  Watch watch;
  watch.stage = [&](const std::string &stage) { stages.push_back(stage); };
  Result<QuantizedModel> made = quantize(source, text, how, options, 1, watch);
  ASSERT_TRUE(made) << made.fault().message;
  ASSERT_TRUE(made->outputDb);
  EXPECT_GT(*made->outputDb, 5);
  EXPECT_EQ(made->samples, 2u);
  ASSERT_FALSE(made->layers.empty());
  EXPECT_TRUE(made->layers[0].noiseDb);
  EXPECT_FALSE(stages.empty());
  Result<Model> model =
      Model::compile(ModelSource::onnx(made->bytes, "int8"), options);
  EXPECT_TRUE(model) << (model ? "" : model.fault().message);
}

TEST_F(HostQuantizeTest, StopsASearchWithTheBestModel) {
  QuantizeOptions how;
  how.samples = samples;
  how.wantedDb = 100;
  Watch watch;
  watch.isStopAsked = [] { return true; };
  Result<QuantizedModel> made = quantize(source, text, how, options, 1, watch);
  ASSERT_TRUE(made) << made.fault().message;
  EXPECT_TRUE(made->wasInterrupted);
  EXPECT_EQ(made->modelsTried, 1u);
  EXPECT_FALSE(made->bytes.empty());
}

TEST_F(HostQuantizeTest, TypesItsFaults) {
  auto kindOf = [&](const QuantizeOptions &how) {
    Result<QuantizedModel> made = quantize(source, text, how, options);
    return made ? FaultKind::internal : made.fault().kind;
  };
  QuantizeOptions how;
  how.scheme = "lopsided";
  EXPECT_EQ(kindOf(how), FaultKind::usage);
  how = {};
  how.calibration = "guess";
  EXPECT_EQ(kindOf(how), FaultKind::usage);
  how = {};
  how.keepFloat = {"no such layer"};
  EXPECT_EQ(kindOf(how), FaultKind::usage);
  how = {};
  how.wantedDb = 20;
  EXPECT_EQ(kindOf(how), FaultKind::usage);
  EXPECT_EQ(quantize(source, "{}", {}, options).fault().kind, FaultKind::usage);
  EXPECT_EQ(profile(ModelSource::file("/nonexistent.onnx"), options, samples)
                .fault()
                .kind,
            FaultKind::model);
}
