// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options of create(), and what describe() says.

#include "tests/unit/backends/npu-sim/plugin/Testing.h"

#include <glowplug/image.h>

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

using namespace glowplug;
using namespace glowplug::npuplugintest;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

namespace {

/// A file with \p text, gone with the test.
class TextFile {
public:
  explicit TextFile(const std::string &text)
      : path(::testing::TempDir() + "npu-options-" +
             ::testing::UnitTest::GetInstance()->current_test_info()->name() +
             ".json") {
    std::ofstream(path) << text;
  }
  ~TextFile() { std::remove(path.c_str()); }

  const std::string path;
};

std::string errorOfFile(const std::string &text) {
  const TextFile file(text);
  return createError({{"npu", file.path}});
}

} // namespace

TEST(NpuOptions, DescribesItself) {
  const auto backend = npuBackend();
  const BackendInfo &info = backend->info();
  EXPECT_EQ(info.name, "npu-sim");
  EXPECT_EQ(info.target, "16x16 array, 256 KiB scratchpad, 64 KiB "
                         "accumulator, ideal DRAM of 16 bytes per cycle");
  std::vector<std::string> keys;
  for (const BackendOptionInfo &option : info.options)
    keys.push_back(option.key);
  EXPECT_THAT(keys, ::testing::IsSupersetOf(
                        {"npu", "device", "double-buffer", "check-races"}));
  // No op that computes has anything but integers.
  constexpr uint32_t integers = 1u << gp_image_dtype_i8 |
                                1u << gp_image_dtype_u8 |
                                1u << gp_image_dtype_i32;
  EXPECT_FALSE(info.ops.empty());
  for (const auto &op : info.ops)
    EXPECT_EQ(op.dtypeMask & ~integers, 0u) << op.op;
}

TEST(NpuOptions, ReadsTheMachineFromAFile) {
  const TextFile file(R"({"array": {"rows": 8}, "dram": {"banked": 1}})");
  EXPECT_EQ(npuBackend({{"npu", file.path}})->info().target,
            "8x8 array, 256 KiB scratchpad, 32 KiB accumulator, banked DRAM "
            "of 16 bytes per cycle");
}

TEST(NpuOptions, RefusesBadFiles) {
  EXPECT_THAT(createError({{"npu", "/no/such/file.json"}}),
              AllOf(HasSubstr("option 'npu': cannot open "
                              "'/no/such/file.json'"),
                    HasSubstr("No such file")));
  EXPECT_THAT(createError({{"npu", "/"}}), HasSubstr("option 'npu': cannot"));
  EXPECT_THAT(errorOfFile("{"), HasSubstr("not a JSON object"));
  EXPECT_THAT(errorOfFile(R"({"array": {"rows": 5}})"),
              HasSubstr("array.rows must be a power of two, but is 5"));
  EXPECT_THAT(errorOfFile(R"({"array": {"rows": 64}})"),
              HasSubstr("array.rows must lie in 4..32, but is 64"));
  EXPECT_THAT(errorOfFile(R"({"array": {"columns": 4}})"),
              HasSubstr("array.columns is not a parameter"));
  EXPECT_THAT(errorOfFile(std::string((1 << 20) + 1, ' ')),
              HasSubstr("has more than 1048576 bytes"));
}

TEST(NpuOptions, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(createError({{"nqu", "x"}}),
              AllOf(HasSubstr("unknown option 'nqu'"), HasSubstr("npu")));
  EXPECT_THAT(createError({{"device", "silicon"}}),
              HasSubstr("option 'device' is 'silicon'; expected in-process"));
  for (const char *key : {"double-buffer", "check-races"})
    EXPECT_THAT(createError({{key, "yes"}}),
                HasSubstr(std::string("option '") + key +
                          "' is 'yes'; expected on or off"));
  EXPECT_THAT(
      createError({{"rtl", "array,vectors"}, {"device", "process"}}),
      HasSubstr("option 'rtl': needs units of array, vector, depthwise, dma, "
                "fetch, chip, with commas, but got 'array,vectors'"));
  for (const char *value : {"1:2", "100:0:1", "1:10001:1", "1:2:3x", "-1:2:3"})
    EXPECT_THAT(createError({{"slow-memory", value}}),
                HasSubstr("; expected STALL:LATENCY:SEED"));
  EXPECT_THAT(createError({{"slow-memory", "1:2:3"}}),
              HasSubstr("option 'slow-memory' needs rtl=chip"));
  for (const char *value : {"-1", "2147483648", "1x", ""})
    EXPECT_THAT(createError({{"x-seed", value}}),
                HasSubstr("; expected a number from 0 to 2147483647"));
  EXPECT_THAT(createError({{"x-seed", "1"}}),
              HasSubstr("option 'x-seed' needs rtl=chip"));
  EXPECT_THAT(createError({{"rtl", "array"}}),
              HasSubstr("option 'rtl' needs device=process"));
  EXPECT_EQ(createError({{"npu", ""},
                         {"device", "in-process"},
                         {"double-buffer", "off"},
                         {"check-races", "on"}}),
            "");
}
