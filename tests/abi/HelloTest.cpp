// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hello backend, built out of tree against the installed SDK: its numbers,
// and its refusals.

#include "tests/abi/Sample.h"

#include "core/runtime/Executable.h"

#include <glowplug/image.h>

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

class HelloTest : public ::testing::Test {
protected:
  void SetUp() override {
    auto plugin = Plugin::open(HELLO_PLUGIN);
    ASSERT_TRUE(static_cast<bool>(plugin))
        << llvm::toString(plugin.takeError());
    ASSERT_TRUE((*plugin)->manifest()) << "the build writes a manifest";
    auto created = Backend::create(*plugin);
    ASSERT_TRUE(static_cast<bool>(created))
        << llvm::toString(created.takeError());
    backend = *created;
  }

  /// The reasons of all verdicts, "" for yes.
  std::vector<std::string> reasons(const MapProgram &program) {
    const AlignedBytes image = program.build();
    auto verdicts = backend->check(image);
    EXPECT_TRUE(static_cast<bool>(verdicts));
    std::vector<std::string> result;
    for (const Verdict &verdict : *verdicts)
      result.push_back(verdict.reason);
    return result;
  }

  std::shared_ptr<Backend> backend;
};

TEST_F(HelloTest, SaysWhatItIs) {
  EXPECT_EQ(backend->name(), "hello");
  EXPECT_EQ(backend->info().opsetVersionMax, 1u);
  ASSERT_EQ(backend->info().ops.size(), 1u);
  EXPECT_EQ(backend->info().ops[0].op, uint32_t{gp_image_attributes_map});
  EXPECT_EQ(backend->info().ops[0].dtypeMask, 1u << gp_image_dtype_f32);
}

TEST_F(HelloTest, RefusesAnOption) {
  auto plugin = Plugin::open(HELLO_PLUGIN);
  ASSERT_TRUE(static_cast<bool>(plugin));
  auto created = Backend::create(*plugin, {{"speed", "11"}});
  ASSERT_FALSE(static_cast<bool>(created));
  EXPECT_EQ(llvm::toString(created.takeError()),
            "hello: create failed: invalid argument: has no options");
}

TEST_F(HelloTest, ComputesTheSampleProgram) {
  const AlignedBytes image = sampleProgram().build();
  EXPECT_EQ(reasons(sampleProgram()), std::vector<std::string>(2));
  auto program = backend->compile(image, {});
  ASSERT_TRUE(static_cast<bool>(program))
      << llvm::toString(program.takeError());
  LoadRequest request;
  request.blob = program->blob;
  request.requirement = program->requirement;
  auto executable = backend->load(request);
  ASSERT_TRUE(static_cast<bool>(executable));

  const AlignedBytes inputs[] = {aligned(bytesOf(a)), aligned(bytesOf(b)),
                                 aligned(bytesOf(c))};
  AlignedBytes outputs[] = {AlignedBytes(24), AlignedBytes(24),
                            AlignedBytes(24), AlignedBytes(12)};
  AlignedBytes workspace(program->workspaceBytes);
  const gp_bytes given[] = {
      {inputs[0].data(), 24}, {inputs[1].data(), 12}, {inputs[2].data(), 8}};
  void *const places[] = {outputs[0].data(), outputs[1].data(),
                          outputs[2].data(), outputs[3].data()};
  const Expected expected;
  for (int round = 0; round < 2; ++round) {
    ASSERT_FALSE((*executable)->run(given, places, workspace.data()));
    EXPECT_EQ(memcmp(outputs[0].data(), expected.z, 24), 0);
    EXPECT_EQ(memcmp(outputs[1].data(), expected.y, 24), 0);
    EXPECT_EQ(memcmp(outputs[2].data(), expected.y, 24), 0);
    EXPECT_EQ(memcmp(outputs[3].data(), b, 12), 0);
    // The contents of the workspace mean nothing from one run to the next.
    memset(workspace.data(), 0xff, workspace.size());
    for (AlignedBytes &output : outputs)
      memset(output.data(), 0xff, output.size());
  }
}

TEST_F(HelloTest, RefusesWhatItCannotDoAndCompilesNothingOfIt) {
  const std::string scalars =
      "only constant, add, sub, mul and max are supported";
  MapProgram program = sampleProgram();
  program.ops[1].steps[0].op = image::ScalarOp::div;
  EXPECT_EQ(reasons(program), (std::vector<std::string>{"", scalars}));
  const AlignedBytes withDiv = program.build();
  auto compiled = backend->compile(withDiv, {});
  ASSERT_FALSE(static_cast<bool>(compiled));
  EXPECT_EQ(llvm::toString(compiled.takeError()),
            "hello: compile failed: unsupported: op 1: " + scalars);

  const std::string kind =
      "only map of version 1 with at most 64 f32 scalars is supported";
  program = sampleProgram();
  program.ops[0].steps[0].dtype = image::DType::f16;
  EXPECT_EQ(reasons(program), (std::vector<std::string>{kind, ""}));

  // 63 steps after 2 parameters are one too many.
  program = sampleProgram();
  program.ops[1].steps.assign(63, {image::ScalarOp::add, {0, 1}});
  EXPECT_EQ(reasons(program), (std::vector<std::string>{"", kind}));
  program.ops[1].steps.resize(62);
  EXPECT_EQ(reasons(program), (std::vector<std::string>{"", ""}));

  program = sampleProgram();
  program.requiredFeatures = {"telepathy"};
  const std::string feature = "the image requires a feature that is not known";
  EXPECT_EQ(reasons(program), (std::vector<std::string>{feature, feature}));
}

} // namespace
