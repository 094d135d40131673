// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases from files, good and damaged, and what is said of their signatures.

#include "simulator/player/Case.h"
#include "simulator/device/Crc.h"
#include "simulator/player/Play.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <span>

using namespace glowplug::npu;
using namespace glowplug::npu::player;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// A folder with a case that stores nothing; tests change its files.
class CaseTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "case-XXXXXX";
    ASSERT_TRUE(mkdtemp(name.data()));
    folder = name;
    writeGood();
  }
  void TearDown() override { fs::remove_all(folder); }

  void writeGood() const {
    write("player.hex", head(/*registers=*/1, /*regions=*/1));
    write("preload.hex", "// what is in memory\n@00000010\n01 02 03 // three\n"
                         "@20 ff\n");
    write("commands.hex", std::string(126, '0') + "01\n");
  }

  static std::string word(std::uint64_t value) {
    return fmt::format("{:016x} // a word\n", value);
  }

  static std::string head(std::uint64_t registers, std::uint64_t regions) {
    std::string text;
    for (const std::uint64_t value :
         {std::uint64_t{1}, std::uint64_t{64}, std::uint64_t{64},
          std::uint64_t{1}, registers, regions, ~std::uint64_t{0},
          std::uint64_t{0}})
      text += word(value);
    return text + word(8) + word(configHash(Config{})) + word(0x10) + word(3) +
           word(crcOf({1, 2, 3})) + word(0xa5);
  }

  static std::uint32_t crcOf(std::vector<std::uint8_t> bytes) {
    return ~addToCrc(crcStart, bytes.data(), bytes.size());
  }

  void write(const std::string &name, const std::string &text) const {
    std::ofstream(folder / name) << text;
  }

  /// What is said of the case as it is now.
  std::string fault() const {
    const auto made = readCase(folder);
    return made ? "" : made.message();
  }

  fs::path folder;
};

TEST_F(CaseTest, TheCrcIsTheOneOfZlib) {
  EXPECT_EQ(crcOf({'1', '2', '3', '4', '5', '6', '7', '8', '9'}), 0xcbf43926u);
}

TEST_F(CaseTest, IsRead) {
  const auto made = readCase(folder);
  ASSERT_TRUE(made) << made.message();
  EXPECT_EQ(made->memory.size(), 64u);
  EXPECT_EQ(made->memory[0x12], 3);
  EXPECT_EQ(made->memory[0x20], 0xff);
  EXPECT_EQ(made->commands.size(), 1u);
  EXPECT_EQ(made->registers.at(8), configHash(Config{}));
  EXPECT_FALSE(judge(*made, made->memory));
}

TEST_F(CaseTest, DamagedFilesAreRefused) {
  const std::string good = head(1, 1);
  const struct {
    const char *file;
    std::string text, says;
  } damages[] = {
      {"player.hex", "", "needs 8 words at least, but has 0"},
      {"player.hex", "2" + good.substr(1), "has format"},
      {"player.hex", "x" + good.substr(1), "needs 16 hexadecimal digits"},
      {"player.hex", good + word(0), "which is not what 1 registers"},
      {"player.hex", head(2, 1), "which is not what 2 registers"},
      {"player.hex", head(~std::uint64_t{0}, 1), "which is not what"},
      {"preload.hex", "@40\n00\n", "address 64 is past the memory of 64 bytes"},
      {"preload.hex", "@zz\n00\n", "'@zz' is no address"},
      {"preload.hex", "123\n", "needs 2 hexadecimal digits, but has '123'"},
      {"preload.hex", "-1\n", "needs 2 hexadecimal digits"},
      {"commands.hex", "", "has 0 commands, but player.hex says 1"},
      {"commands.hex", "01\n", "needs 128 hexadecimal digits, but has 2"},
  };
  for (const auto &damage : damages) {
    writeGood();
    write(damage.file, damage.text);
    EXPECT_THAT(fault(), HasSubstr(damage.says));
    EXPECT_THAT(fault(), HasSubstr(damage.file));
  }
  writeGood();
  fs::remove(folder / "preload.hex");
  EXPECT_THAT(fault(), HasSubstr("preload.hex: cannot be read"));
}

TEST_F(CaseTest, SignaturesAreJudged) {
  const auto made = readCase(folder);
  ASSERT_TRUE(made) << made.message();
  Case changed = *made;
  auto memory = made->memory;
  memory[0x11] ^= 4;
  EXPECT_THAT(judge(changed, memory)->message, HasSubstr("has the CRC"));
  std::fill_n(memory.begin() + 0x10, 3, 0xa5);
  EXPECT_EQ(judge(changed, memory)->message,
            "signature region 0 was never written");
  changed.regions[0].bytes = 0;
  EXPECT_EQ(judge(changed, memory)->message, "signature region 0 is empty");
  changed.regions[0] = {62, 3, 0, 0};
  EXPECT_THAT(judge(changed, memory)->message, HasSubstr("3 bytes at 62"));
  changed.regions[0] = {1, ~std::uint64_t{0}, 0, 0};
  EXPECT_THAT(judge(changed, memory)->message, HasSubstr("at 1, but"));
  changed.regions.clear();
  EXPECT_EQ(judge(changed, memory)->message, "there is no signature region");
}

TEST_F(CaseTest, OnlyItsMachinePlaysIt) {
  auto made = readCase(folder);
  ASSERT_TRUE(made) << made.message();
  const auto played = playInOrder(*made, Config{});
  ASSERT_TRUE(played) << played.message();
  EXPECT_EQ(played->memory, made->memory);
  Config other;
  other.arrayRows = 8;
  EXPECT_THAT(playInOrder(*made, other).message(),
              HasSubstr("but the machine is"));
  made->registers[0] = 65;
  EXPECT_THAT(playInOrder(*made, Config{}).message(),
              HasSubstr("base register 0 is 65, past the memory of 64"));
  made->registers.clear();
  EXPECT_THAT(playInOrder(*made, Config{}).message(),
              HasSubstr("no register 8"));
}

} // namespace
