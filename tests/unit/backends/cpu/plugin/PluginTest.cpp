// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU plugin as a host sees it: options, refusals, bad blobs.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include "core/runtime/Errors.h"
#include "core/runtime/Executable.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include <gmock/gmock.h>

using namespace glowplug;
using namespace glowplug::cputest;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

/// The message with which create() refuses \p options.
std::string createError(const Options &options) {
  auto plugin = llvm::cantFail(Plugin::open(CPU_PLUGIN));
  auto backend = Backend::create(plugin, options);
  if (backend)
    return "";
  return llvm::toString(backend.takeError());
}

void fillSmall(ProgramBuilder &b) {
  ValueId x = b.input("x", DType::f32, {16});
  b.output(b.map(image::ScalarOp::exp, x));
}

CompiledProgram compileSmall(const Options &options = {}) {
  ProgramBuilder b("small");
  fillSmall(b);
  return llvm::cantFail(cpuBackend(options)->compile(imageOf(b), {}));
}

/// The message with which load() refuses; empty if it does not.
std::string loadError(const CompiledProgram &compiled,
                      llvm::ArrayRef<uint8_t> blob,
                      const std::string &requirement) {
  AlignedBytes aligned(blob);
  auto executable = cpuBackend()->load({aligned, requirement, {}, 1});
  if (executable)
    return "";
  return llvm::toString(executable.takeError());
}

} // namespace

TEST(CpuPlugin, DescribesItself) {
  const BackendInfo &info = cpuBackend()->info();
  EXPECT_EQ(info.name, "cpu");
  EXPECT_THAT(info.target, HasSubstr("("));
  std::vector<std::string> keys;
  for (const BackendOptionInfo &option : info.options)
    keys.push_back(option.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"target", "features", "arithmetic",
                                            "kernels", "checks", "fault"}));
  // Every op kind but composites, which it takes for their bodies.
  EXPECT_EQ(info.ops.size(), 18u);
}

TEST(CpuPlugin, RefusesOptionsItDoesNotKnow) {
  EXPECT_THAT(createError({{"tarte", "host"}}),
              AllOf(HasSubstr("'tarte'"), HasSubstr("target")));
  EXPECT_THAT(createError({{"target", "z80"}}), HasSubstr("'z80'"));
  EXPECT_THAT(createError({{"features", "+avx3"}}), HasSubstr("'+avx3'"));
  EXPECT_THAT(createError({{"features", "avx2"}}), HasSubstr("'avx2'"));
  EXPECT_THAT(createError({{"arithmetic", "int4"}}), HasSubstr("'int4'"));
  EXPECT_EQ(createError({{"target", "x86-64"}, {"features", "+sse4.2"}}), "");
}

TEST(CpuPlugin, RefusesNewerOps) {
  ProgramBuilder b("small");
  fillSmall(b);
  b.lastOp().version = 2;
  AlignedBytes image{llvm::ArrayRef<uint8_t>(b.finish())};
  auto verdicts = cpuBackend()->check(image);
  ASSERT_TRUE(bool(verdicts));
  ASSERT_EQ(verdicts->size(), 1u);
  EXPECT_FALSE((*verdicts)[0].supported);
  EXPECT_THAT((*verdicts)[0].reason, HasSubstr("version 2 is newer than 1"));
  auto compiled = cpuBackend()->compile(image, {});
  ASSERT_FALSE(bool(compiled));
  EXPECT_THAT(llvm::toString(compiled.takeError()), HasSubstr("version 2"));
}

TEST(CpuPlugin, RefusesWhatNoMachineHasRoomFor) {
  ProgramBuilder b("huge");
  ValueId x = b.input("x", DType::f32, {1, 1});
  ValueId huge = b.broadcast(x, {int64_t(1) << 31, int64_t(1) << 29});
  b.output(b.reduce(image::ReduceKind::max, huge, {0, 1}));
  auto verdicts = cpuBackend()->check(imageOf(b));
  ASSERT_TRUE(bool(verdicts));
  ASSERT_EQ(verdicts->size(), 2u);
  EXPECT_THAT((*verdicts)[0].reason,
              HasSubstr("result 0 has more than 2^56 bytes"));
  EXPECT_THAT((*verdicts)[1].reason,
              HasSubstr("operand 0 has more than 2^56 bytes"));
}

TEST(CpuPlugin, RefusesUnknownFeaturesOfAnImage) {
  ProgramBuilder b("small");
  fillSmall(b);
  b.require("time-travel");
  AlignedBytes image{llvm::ArrayRef<uint8_t>(b.finish())};
  auto verdicts = cpuBackend()->check(image);
  ASSERT_TRUE(bool(verdicts));
  EXPECT_FALSE((*verdicts)[0].supported);
  EXPECT_THAT((*verdicts)[0].reason, HasSubstr("'time-travel'"));
  auto compiled = cpuBackend()->compile(image, {});
  ASSERT_FALSE(bool(compiled));
  llvm::consumeError(compiled.takeError());
}

TEST(CpuPlugin, RefusesCodeForAnotherMachine) {
  // Something that this machine does not have.
  std::string missing;
  const llvm::StringMap<bool, llvm::MallocAllocator> features =
      llvm::sys::getHostCPUFeatures();
  for (const char *name : {"amx-tile", "sse4a", "tbm"})
    if (features.contains(name) && !features.lookup(name))
      missing = name;
  ASSERT_NE(missing, "");
  CompiledProgram compiled = compileSmall({{"features", "+" + missing}});
  EXPECT_THAT(loadError(compiled, compiled.blob, compiled.requirement),
              AllOf(HasSubstr("'" + missing + "'"),
                    HasSubstr(llvm::sys::getHostCPUName().str())));
  EXPECT_THAT(loadError(compiled, compiled.blob, "glowplug-cpu-1;mips;x;"),
              AllOf(HasSubstr("'mips'"), HasSubstr("linux")));
  EXPECT_THAT(loadError(compiled, compiled.blob, "glowplug-cpu-0;a;b;"),
              HasSubstr("glowplug-cpu-0"));
  EXPECT_THAT(loadError(compiled, compiled.blob, ""), HasSubstr("''"));
}

TEST(CpuPlugin, RefusesDamagedBlobs) {
  CompiledProgram compiled = compileSmall();
  llvm::ArrayRef<uint8_t> good = compiled.blob;
  EXPECT_EQ(loadError(compiled, good, compiled.requirement), "");
  EXPECT_THAT(loadError(compiled, {}, compiled.requirement),
              HasSubstr("malformed program: only 0 bytes"));
  for (size_t size = 1; size < good.size(); size += 37)
    EXPECT_NE(loadError(compiled, good.take_front(size), compiled.requirement),
              "")
        << size << " bytes";
  // Each field of the header in turn, each record, the head of the object.
  for (size_t at = 0; at < 384; ++at) {
    std::vector<uint8_t> bytes(good);
    bytes[at] = static_cast<uint8_t>(bytes[at] + 0x81);
    loadError(compiled, bytes, compiled.requirement); // must return
  }
}

TEST(CpuPlugin, RefusesWrongCounts) {
  CompiledProgram compiled = compileSmall();
  auto executable = llvm::cantFail(
      cpuBackend()->load({compiled.blob, compiled.requirement, {}, 1}));
  llvm::Error error = executable->run({}, {}, nullptr);
  EXPECT_THAT(llvm::toString(std::move(error)),
              HasSubstr("needs 1 inputs and 1 outputs, but got 0 and 0"));
}

TEST(CpuPlugin, ManyThreadsGiveTheSameBits) {
  Random random(1);
  ProgramBuilder b("threads");
  ValueId x = b.input("x", DType::f32, {1, 64, 96, 96});
  ValueId w = b.input("w", DType::f32, {64, 64, 3, 3});
  ConvOptions options;
  options.padsLow = options.padsHigh = {1, 1};
  ValueId y = b.conv(x, w, options);
  for (int i = 0; i < 20; ++i)
    y = b.map(image::ScalarOp::tanh, y);
  b.output(y);
  b.output(b.reduce(image::ReduceKind::sum, y, {3}));
  AlignedBytes image = imageOf(b);
  std::vector<Tensor> inputs{randomTensor(random, DType::f32, {1, 64, 96, 96}),
                             randomTensor(random, DType::f32, {64, 64, 3, 3})};
  const unsigned threads[] = {1, 2, 3, 7, 16};
  auto results = runOnCpu(image, inputs, threads);
  ASSERT_EQ(results.size(), std::size(threads));
  for (size_t run = 1; run < results.size(); ++run)
    for (size_t i = 0; i < results[0].size(); ++i)
      EXPECT_TRUE(results[run][i].bytes() == results[0][i].bytes())
          << threads[run] << " threads";
}

/// The inaccurate arithmetics exist to fail a comparison: they must be far
/// outside of the bound that fp32 keeps.
TEST(CpuPlugin, PoorArithmeticExceedsTheBoundOfTheGoodOne) {
  Random random(2);
  constexpr int64_t depth = 256;
  Tensor weights = randomTensor(random, DType::f32, {32, depth / 4, 2, 2});
  Tensor x = randomTensor(random, DType::f32, {1, depth / 4, 9, 9});
  AlignedBytes segment(weights.bytes());
  ProgramBuilder b("arithmetic");
  uint32_t index = b.addSegment(segment);
  ValueId input = b.input("x", DType::f32, x.shape());
  ValueId w = b.constantSegment(DType::f32, weights.shape(), index, 0);
  b.output(b.conv(input, w));
  b.output(b.matmul(b.reshape(input, {81, depth / 4}),
                    b.reshape(w, {depth / 4, 128})));
  llvm::ArrayRef<uint8_t> segments[] = {segment};
  AlignedBytes image = imageOf(b);
  std::vector<Tensor> expected = runReference(image, x, segments);
  auto errors = [&](const char *arithmetic) {
    std::vector<Tensor> actual =
        runOnCpu(image, x, {1}, {{"arithmetic", arithmetic}}, segments).at(0);
    std::vector<double> worst;
    for (size_t i = 0; i < expected.size(); ++i) {
      std::vector<double> a = toDoubles(actual[i]), e = toDoubles(expected[i]);
      double error = 0;
      for (size_t k = 0; k < a.size(); ++k)
        error = std::max(error, std::abs(a[k] - e[k]));
      worst.push_back(error);
    }
    return worst;
  };
  std::vector<double> good = errors("fp32");
  // Sums of 256 (64) products of at most 4.
  EXPECT_LT(good[0], 256 * 4 * 257 * 0x1p-24);
  EXPECT_LT(good[1], 64 * 4 * 65 * 0x1p-24);
  for (const char *arithmetic : {"bf16", "tf32", "fp16-accumulate"}) {
    std::vector<double> poor = errors(arithmetic);
    EXPECT_GT(poor[0], 50 * good[0]) << arithmetic;
    EXPECT_GT(poor[1], 50 * good[1]) << arithmetic;
  }
}
