// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs of the plugin: what load() and run() take, and what they do not.

#include "hw/spec/Isa.h"
#include "tests/unit/backends/npu-sim/plugin/Testing.h"

#include <glowplug/glue/seal.h>
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <iomanip>
#include <sstream>

using namespace glowplug;
using namespace glowplug::npuplugintest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

std::string loadError(Backend &backend, const LoadRequest &request) {
  auto executable = backend.load(request);
  return executable ? "" : llvm::toString(executable.takeError());
}

} // namespace

TEST(NpuProgram, ComputesWhatItShould) {
  auto backend = npuBackend();
  const Loadable loadable = compileSmall(*backend);
  auto executable = llvm::cantFail(backend->load(loadable.request()));
  for (unsigned seed : {1u, 2u, 1u}) {
    const AlignedBytes input = someInput(seed);
    const auto at = [&](int c, int i, int j) {
      return int(static_cast<int8_t>(input.data()[(c * 12 + i) * 12 + j]));
    };
    const auto bytes = llvm::cantFail(runSmall(*executable, loadable, input));
    for (int i = 0; i < 10; ++i)
      for (int j = 0; j < 10; ++j) {
        int32_t expected = 0;
        for (int c = 0; c < 8; ++c)
          for (int k = 0; k < 9; ++k)
            expected += 3 * at(c, i + k / 3, j + k % 3);
        for (int c = 0; c < 8; ++c) {
          int32_t sum;
          std::memcpy(&sum, &bytes[size_t((c * 10 + i) * 10 + j) * 4], 4);
          ASSERT_EQ(sum, expected) << c << " " << i << " " << j;
        }
      }
    for (int c = 0; c < 8; ++c)
      for (int i = 0; i < 6; ++i)
        for (int j = 0; j < 6; ++j)
          ASSERT_EQ(
              int(static_cast<int8_t>(
                  bytes[outputBytes[0] + size_t((c * 6 + i) * 6 + j)])),
              std::max({at(c, 2 * i, 2 * j), at(c, 2 * i, 2 * j + 1),
                        at(c, 2 * i + 1, 2 * j), at(c, 2 * i + 1, 2 * j + 1)}));
  }
}

/// Loading is refused by what binds, and not by what does not.
TEST(NpuProgram, IsForOneConfiguration) {
  const std::string path = ::testing::TempDir() + "npu-program.json";
  const auto machine = [&](const char *text) {
    std::ofstream(path) << text;
    return npuBackend({{"npu", path}});
  };
  auto backend = npuBackend();
  const Loadable loadable = compileSmall(*backend);
  std::ostringstream hash;
  hash << std::hex << std::setfill('0') << std::setw(16) << npu::configHash({});
  EXPECT_THAT(
      loadError(*machine(R"({"array": {"rows": 8}})"), loadable.request()),
      AllOf(HasSubstr("incompatible"), HasSubstr(hash.str()),
            HasSubstr("array.rows=16"), HasSubstr("array.rows=8")));
  EXPECT_EQ(loadError(*machine(R"({"queue": {"depth": 1},
                                   "dram": {"banked": 1}})"),
                      loadable.request()),
            "");
  LoadRequest request = loadable.request();
  request.requirement = "";
  EXPECT_THAT(loadError(*backend, request),
              HasSubstr("the program is for '', but this is 'glowplug-npu "));
  std::remove(path.c_str());
}

TEST(NpuProgram, IsRefusedWhenItIsDamaged) {
  auto backend = npuBackend();
  const Loadable loadable = compileSmall(*backend);
  const llvm::ArrayRef<uint8_t> good = loadable.blob;
  LoadRequest request = loadable.request();
  for (size_t size = 0; size < good.size(); size += 41) {
    const AlignedBytes cut(good.take_front(size));
    request.blob = cut;
    EXPECT_NE(loadError(*backend, request), "") << size << " bytes";
  }
  // The opcode of command 1: after the seal and the heads of the blob and of
  // the program. The seal tells; under another one, the device's rules do.
  AlignedBytes damaged(good);
  damaged.data()[sizeof(gp_seal) + 16 + 128 + 64] = 99;
  request.blob = damaged;
  EXPECT_THAT(loadError(*backend, request), HasSubstr("the blob is damaged"));
  const gp_seal seal =
      gp_seal_of({damaged.data() + sizeof(gp_seal), good.size() - sizeof seal},
                 "npu-sim", request.segments.size());
  std::memcpy(damaged.data(), &seal, sizeof seal);
  EXPECT_THAT(loadError(*backend, request),
              HasSubstr("command 1: opcode: 99 is unknown"));

  request = loadable.request();
  request.segments.clear();
  EXPECT_THAT(loadError(*backend, request),
              HasSubstr("needs 1 segments, but got 0"));
}

TEST(NpuProgram, ChecksItsArguments) {
  auto backend = npuBackend();
  const Loadable loadable = compileSmall(*backend);
  auto executable = llvm::cantFail(backend->load(loadable.request()));
  EXPECT_THAT(llvm::toString(executable->run({}, {}, nullptr)),
              HasSubstr("needs 1 inputs and 2 outputs, but got 0 and 0"));
  const AlignedBytes half(inputBytes / 2);
  auto bytes = runSmall(*executable, loadable, half);
  ASSERT_FALSE(bool(bytes));
  EXPECT_THAT(llvm::toString(bytes.takeError()),
              HasSubstr("input 0: needs 1152 bytes, but has 576"));
}

TEST(NpuProgram, IsRefusedWithFloats) {
  ProgramBuilder p("floats");
  p.output(p.map(image::ScalarOp::exp, p.input("x", DType::f32, {4})));
  const AlignedBytes image{llvm::ArrayRef<uint8_t>(p.finish())};
  auto backend = npuBackend();
  const auto verdicts = llvm::cantFail(backend->check(image));
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_FALSE(verdicts[0].supported);
  EXPECT_THAT(verdicts[0].reason, HasSubstr("f32"));
  auto compiled = backend->compile(image, {});
  ASSERT_FALSE(bool(compiled));
  EXPECT_THAT(llvm::toString(compiled.takeError()), HasSubstr("unsupported"));
}
