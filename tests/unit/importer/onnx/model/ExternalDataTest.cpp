// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// External data, and the ways to misuse it.

#include "tests/unit/importer/onnx/Testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// A folder with a model's data in it, and a secret beside it.
class ExternalData : public ::testing::Test {
protected:
  void SetUp() override {
    char name[] = "/tmp/glowplug-external-XXXXXX";
    root = mkdtemp(name);
    fs::create_directories(root / "model" / "sub");
    write(root / "secret", 64);
    write(root / "model" / "data", 64);
    write(root / "model" / "sub" / "data", 64);
  }
  void TearDown() override { fs::remove_all(root); }

  static void write(const fs::path &path, size_t bytes) {
    std::ofstream file(path, std::ios::binary);
    for (size_t i = 0; i < bytes; ++i)
      file.put(static_cast<char>(i));
  }

  using Entries = std::vector<std::pair<std::string, std::string>>;

  /// Imports a model whose constant, four floats, is where \p entries say.
  Outcome importWith(const Entries &entries, bool allow = true) {
    Model model;
    model.input("x", {4});
    onnx::TensorProto &tensor = model.initializer("c", {4});
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto &[key, value] : entries) {
      auto &entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
    model.node("Add", {"x", "c"}, {"y"});
    model.output("y");
    ImportOptions options;
    options.allowExternalData = allow;
    return import(model.bytes(), options, (root / "model").string());
  }

  void expectRefused(const Entries &entries, const char *message) {
    const Outcome outcome = importWith(entries);
    EXPECT_FALSE(outcome.imported);
    EXPECT_THAT(outcome.text, HasSubstr("tensor 'c': "));
    EXPECT_THAT(outcome.text, HasSubstr(message));
  }

  fs::path root;
};

TEST_F(ExternalData, IsOffUnlessAllowed) {
  const Outcome outcome = importWith({{"location", "data"}}, false);
  EXPECT_EQ(outcome.kind, FaultKind::unsupported);
  EXPECT_THAT(outcome.text, HasSubstr("unless external data is allowed"));
}

TEST_F(ExternalData, IsReadWithinTheFolder) {
  EXPECT_TRUE(importWith({{"location", "data"}}).imported);
  EXPECT_TRUE(importWith({{"location", "sub/data"},
                          {"offset", "48"},
                          {"length", "16"},
                          {"checksum", "unused"}})
                  .imported);
  EXPECT_TRUE(importWith({{"location", "sub/../data"}}).imported);
}

TEST_F(ExternalData, DoesNotLeaveTheFolder) {
  expectRefused({{"location", "../secret"}}, "not within the model's folder");
  expectRefused({{"location", "sub/../../secret"}},
                "not within the model's folder");
  expectRefused({{"location", (root / "secret").string()}},
                "not within the model's folder");
  expectRefused({{"location", "/proc/self/mem"}},
                "not within the model's folder");
  expectRefused({{"location", "//data"}}, "not within the model's folder");
}

TEST_F(ExternalData, DoesNotFollowLinks) {
  fs::create_symlink(root / "secret", root / "model" / "link");
  fs::create_symlink("data", root / "model" / "inner");
  fs::create_directory_symlink(root, root / "model" / "parent");
  fs::create_hard_link(root / "secret", root / "model" / "hard");
  expectRefused({{"location", "link"}}, "its path holds a link");
  expectRefused({{"location", "inner"}}, "its path holds a link");
  expectRefused({{"location", "parent/secret"}}, "its path holds a link");
  expectRefused({{"location", "hard"}}, "it has 2 links");
}

TEST_F(ExternalData, HasToBeARegularFile) {
  ASSERT_EQ(mkfifo((root / "model" / "pipe").c_str(), 0600), 0);
  expectRefused({{"location", "pipe"}}, "not a regular file");
  expectRefused({{"location", "sub"}}, "not a regular file");
  expectRefused({{"location", "."}}, "not a regular file");
  expectRefused({{"location", "none"}}, "No such file");
  expectRefused({{"location", "DATA"}}, "No such file");
  expectRefused({{"location", ""}}, "needs a location");
  expectRefused({{"location", std::string("data\0x", 6)}}, "needs a location");
  expectRefused({}, "needs a location");
}

TEST_F(ExternalData, RangesHaveToLieWithinTheFile) {
  auto withRange = [](const char *offset, const char *length) {
    return Entries{
        {"location", "data"}, {"offset", offset}, {"length", length}};
  };
  expectRefused(withRange("49", "16"), "it has 64 bytes, but the tensor is 16 "
                                       "bytes from 49");
  expectRefused(withRange("1000000000000000", "16"), "it has 64 bytes");
  expectRefused(withRange("18446744073709551615", "16"), "it has 64 bytes");
  expectRefused(withRange("18446744073709551616", "16"), "needs a number");
  expectRefused(withRange("-1", "16"), "needs a number for offset, but got "
                                       "'-1'");
  expectRefused(withRange("0", "-1"), "needs a number for length");
  expectRefused(withRange("0", "1152921504606846976"),
                "the length of external data is 1152921504606846976");
  expectRefused(withRange("0", "8"), "the length of external data is 8");
  expectRefused(withRange("0x10", "16"), "needs a number");
  expectRefused(withRange("", "16"), "needs a number");
  expectRefused(withRange(" 0", "16"), "needs a number");
}

TEST_F(ExternalData, KeysHaveToBeKnownAndGivenOnce) {
  expectRefused({{"location", "data"}, {"__class__", "x"}},
                "unknown key '__class__'");
  expectRefused({{"location", "data"}, {"location", "sub/data"}},
                "the key 'location' twice");
}

} // namespace
