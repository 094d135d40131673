// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model is profiled and quantised through the C interface, and runs.

#include "tests/unit/host/Handles.h"

#include <vector>

using namespace glowplug::host;

namespace {

gp_samples twoSamples() {
  gp_samples samples{};
  samples.struct_size = sizeof samples;
  samples.seed = 1;
  samples.count = 2;
  return samples;
}

class HostQuantizeObjectsTest : public ::testing::Test {
protected:
  void SetUp() override {
    gp_profile_args args{};
    args.struct_size = sizeof args;
    args.model = &digits.args;
    args.samples = &samples;
    gp_buffer *made = nullptr;
    ASSERT_EQ(messageOf(gp_model_profile(&args, &made)), "");
    profile.reset(made);
  }

  gp_quantize_args quantizeArgs() {
    gp_quantize_args args{};
    args.struct_size = sizeof args;
    args.model = &digits.args;
    args.profile = gp_buffer_bytes(profile.get());
    args.profile_size_bytes = gp_buffer_size_bytes(profile.get());
    return args;
  }

  const DigitsArgs digits;
  const gp_samples samples = twoSamples();
  BufferHandle profile;
};

} // namespace

TEST_F(HostQuantizeObjectsTest, WhatItMakesCompilesAndRuns) {
  gp_quantize_args args = quantizeArgs();
  args.samples = &samples;
  std::vector<std::string> stages;
  gp_watch watch{};
  watch.struct_size = sizeof watch;
  watch.context = &stages;
  watch.stage = [](void *context, const char *stage) {
    static_cast<std::vector<std::string> *>(context)->emplace_back(stage);
  };
  args.watch = &watch;
  gp_quantization report{};
  report.struct_size = sizeof report;
  gp_buffer *made = nullptr;
  ASSERT_EQ(messageOf(gp_model_quantize(&args, &report, &made)), "");
  const BufferHandle model(made);
  EXPECT_GT(report.layers, 0u);
  EXPECT_EQ(report.float_layers, 0u);
  EXPECT_EQ(report.samples, 2u);
  EXPECT_GT(report.output_db, 5);
  EXPECT_EQ(report.was_interrupted, 0u);
  EXPECT_FALSE(stages.empty());

  DigitsArgs again;
  again.args.name = "int8";
  again.args.bytes = gp_buffer_bytes(model.get());
  again.args.size_bytes = gp_buffer_size_bytes(model.get());
  gp_model *compiled = nullptr;
  ASSERT_EQ(messageOf(gp_model_compile(&again.args, &compiled)), "");
  const ModelHandle owner(compiled);
  const SessionHandle session = load(compiled);
  const RequestHandle request = makeRequest(session.get());
  ASSERT_EQ(messageOf(gp_request_set_random_inputs(request.get(), 7)), "");
  EXPECT_EQ(messageOf(gp_request_run(request.get())), "");
}

TEST_F(HostQuantizeObjectsTest, StopsWhenAsked) {
  gp_quantize_args args = quantizeArgs();
  args.samples = &samples;
  args.wanted_db = 100;
  gp_watch watch{};
  watch.struct_size = sizeof watch;
  watch.is_stop_asked = [](void *) { return 1; };
  args.watch = &watch;
  gp_quantization report{};
  report.struct_size = sizeof report;
  gp_buffer *made = nullptr;
  ASSERT_EQ(messageOf(gp_model_quantize(&args, &report, &made)), "");
  const BufferHandle model(made);
  EXPECT_EQ(report.was_interrupted, 1u);
}

TEST_F(HostQuantizeObjectsTest, WrongArgumentsAreFaultsOfUsage) {
  gp_buffer *made = nullptr;
  auto kindWith = [&](auto change) {
    gp_quantize_args args = quantizeArgs();
    change(args);
    return kindOf(gp_model_quantize(&args, nullptr, &made));
  };
  EXPECT_EQ(kindWith([](auto &a) { a.model = nullptr; }), GP_FAULT_USAGE);
  EXPECT_EQ(kindWith([](auto &a) { a.profile = nullptr; }), GP_FAULT_USAGE);
  EXPECT_EQ(kindWith([](auto &a) { a.profile_size_bytes = 1; }),
            GP_FAULT_USAGE);
  EXPECT_EQ(kindWith([](auto &a) { a.scheme = "lopsided"; }), GP_FAULT_USAGE);
  EXPECT_EQ(kindWith([](auto &a) { a.keep_float_count = 1; }), GP_FAULT_USAGE);
  EXPECT_EQ(kindWith([](auto &a) { a.wanted_db = 20; }), GP_FAULT_USAGE);
  EXPECT_EQ(made, nullptr);
  gp_quantize_args args = quantizeArgs();
  EXPECT_EQ(kindOf(gp_model_quantize(&args, nullptr, nullptr)), GP_FAULT_USAGE);
  gp_profile_args profiled{};
  profiled.struct_size = sizeof profiled;
  profiled.model = &digits.args;
  EXPECT_EQ(kindOf(gp_model_profile(&profiled, &made)), GP_FAULT_USAGE)
      << "without samples";
}
