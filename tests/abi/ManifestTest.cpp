// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Manifests, and the search for plugins by them.

#include "core/runtime/Backend.h"
#include "core/runtime/PluginSearch.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

using namespace glowplug;

namespace {

/// A manifest that this host takes, with some keys set to other JSON values or
/// (empty) left out.
std::string manifestText(std::map<std::string, std::string> changes = {}) {
  std::map<std::string, std::string> keys = {
      {"name", "\"hostile\""},
      {"library", "\"hostile.so\""},
      {"abi_major", "0"},
      {"abi_minor", "4"},
      {"container_version", "2"},
      {"opset_version", "1"},
      {"sanitizer", llvm::formatv("\"{0}\"", hostSanitizer())}};
  for (auto &[key, value] : changes)
    keys[key] = value;
  std::string text;
  for (auto &[key, value] : keys)
    if (!value.empty())
      text += (text.empty() ? "{\"" : ",\"") + key + "\":" + value;
  return text + "}";
}

std::string messageOf(const std::string &text) {
  auto manifest = parseManifest(text, "dir/x.json");
  if (!manifest)
    return llvm::toString(manifest.takeError());
  return llvm::toString(checkManifest(*manifest));
}

TEST(ManifestTest, ReadsEveryKey) {
  auto manifest = parseManifest(manifestText({{"more", "[1]"}}), "dir/x.json");
  ASSERT_TRUE(static_cast<bool>(manifest));
  EXPECT_EQ(manifest->file, "dir/x.json");
  EXPECT_EQ(manifest->name, "hostile");
  EXPECT_EQ(manifest->library, "dir/hostile.so");
  EXPECT_EQ(manifest->abiMajor, 0u);
  EXPECT_EQ(manifest->abiMinor, 4u);
  EXPECT_EQ(manifest->containerVersion, 2u);
  EXPECT_EQ(manifest->opsetVersion, 1u);
  EXPECT_EQ(messageOf(manifestText()), "");
}

TEST(ManifestTest, SaysWhetherBlobsAreChecked) {
  auto isUnchecked = [](const std::string &value) {
    auto manifest =
        parseManifest(manifestText({{"blob", value}}), "dir/x.json");
    return manifest ? manifest->hasUncheckedBlobs
                    : (llvm::consumeError(manifest.takeError()), false);
  };
  EXPECT_FALSE(isUnchecked("")); // the key is missing
  EXPECT_FALSE(isUnchecked("\"checked\""));
  EXPECT_TRUE(isUnchecked("\"code\""));
  EXPECT_EQ(messageOf(manifestText({{"blob", "\"data\""}})),
            "dir/x.json: key 'blob' needs \"checked\" or \"code\", but is "
            "\"data\"");
  EXPECT_EQ(messageOf(manifestText({{"blob", "true"}})),
            "dir/x.json: key 'blob' needs a string that is not empty, but is "
            "true");
}

TEST(ManifestTest, RefusesWhatIsNoManifest) {
  EXPECT_NE(messageOf("{").find("dir/x.json: is not JSON: "),
            std::string::npos);
  EXPECT_EQ(messageOf("[]"), "dir/x.json: is not a JSON object");
  EXPECT_EQ(messageOf(std::string(60'000, '[')),
            "dir/x.json: is not JSON: arrays and objects nest 60000 deep, and "
            "the limit is 100");
  for (const char *key : {"name", "library", "sanitizer"}) {
    const std::string start = std::string("dir/x.json: key '") + key +
                              "' needs a string that is not empty, but is ";
    EXPECT_EQ(messageOf(manifestText({{key, ""}})), start + "missing");
    EXPECT_EQ(messageOf(manifestText({{key, "3"}})), start + "3");
    EXPECT_EQ(messageOf(manifestText({{key, "\"\""}})), start + "\"\"");
  }
  for (const char *key :
       {"abi_major", "abi_minor", "container_version", "opset_version"}) {
    const std::string start =
        std::string("dir/x.json: key '") + key +
        "' needs an integer from 0 to 4294967295, but is ";
    EXPECT_EQ(messageOf(manifestText({{key, ""}})), start + "missing");
    EXPECT_EQ(messageOf(manifestText({{key, "-1"}})), start + "-1");
    EXPECT_EQ(messageOf(manifestText({{key, "4294967296"}})),
              start + "4294967296");
    EXPECT_EQ(messageOf(manifestText({{key, "\"1\""}})), start + "\"1\"");
  }
  for (const char *library : {"\"../x.so\"", "\"/x.so\"", "\"a/x.so\""})
    EXPECT_EQ(messageOf(manifestText({{"library", library}})),
              "dir/x.json: key 'library' needs a file name without a folder, "
              "but is " +
                  std::string(library));
}

TEST(ManifestTest, RefusesAnotherAbiAndAnotherSanitizerBeforeLoading) {
  EXPECT_EQ(
      messageOf(manifestText({{"abi_major", "1"}})),
      "dir/x.json: abi_major and abi_minor say 1.4, but the host has 0.4");
  EXPECT_EQ(
      messageOf(manifestText({{"abi_minor", "5"}})),
      "dir/x.json: abi_major and abi_minor say 0.5, but the host has 0.4");
  EXPECT_EQ(messageOf(manifestText({{"sanitizer", "\"dowsing\""}})),
            "dir/x.json: sanitizer is 'dowsing', but the host is built with '" +
                hostSanitizer().str() + "'");
}

/// A folder of its own for manifests and copies of the good plugin.
class PluginFolderTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("gp-plugins", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(llvm::StringRef name) {
    llvm::SmallString<128> file = folder;
    llvm::sys::path::append(file, name);
    return file.str().str();
  }
  void write(llvm::StringRef name, llvm::StringRef text) {
    std::error_code error;
    llvm::raw_fd_ostream(path(name), error) << text;
    ASSERT_FALSE(error);
  }
  void addLibrary(llvm::StringRef name) {
    ASSERT_FALSE(
        llvm::sys::fs::copy_file(HOSTILE_PLUGINS "/good.so", path(name)));
  }
  /// What comes of opening \p library and creating its backend.
  std::string messageOfUse(llvm::StringRef library) {
    auto plugin = Plugin::open(path(library));
    if (!plugin)
      return llvm::toString(plugin.takeError());
    auto backend = Backend::create(*plugin);
    return backend ? "" : llvm::toString(backend.takeError());
  }

  llvm::SmallString<128> folder;
};

TEST_F(PluginFolderTest, FindsPluginsByNameInTheOrderOfTheSearch) {
  write("b.json", manifestText({{"name", "\"beta\""}}));
  write("a.json", manifestText({{"name", "\"alpha\""}}));
  write("c.json",
        manifestText({{"name", "\"beta\""}, {"library", "\"c.so\""}}));
  write("d.json", "{}");
  write("e.txt", "not looked at");
  const std::vector<std::string> folders = {path("absent"), folder.str().str()};
  FoundPlugins found = findPlugins(folders);
  ASSERT_EQ(found.plugins.size(), 2u);
  EXPECT_EQ(found.plugins[0].name, "alpha");
  EXPECT_EQ(found.plugins[1].name, "beta");
  EXPECT_EQ(found.plugins[1].library, path("hostile.so"));
  ASSERT_EQ(found.problems.size(), 1u);
  EXPECT_EQ(found.problems[0],
            path("d.json") + ": key 'name' needs a string that is not empty, "
                             "but is missing");
  EXPECT_TRUE(static_cast<bool>(findPlugin("beta", folders)));
  auto absent = findPlugin("gamma", folders);
  ASSERT_FALSE(static_cast<bool>(absent));
  EXPECT_EQ(llvm::toString(absent.takeError()),
            "gamma: no plugin of this name in " + llvm::join(folders, ":") +
                "; there are alpha, beta\n  " + found.problems[0]);
}

TEST_F(PluginFolderTest, LooksWhereTheEnvironmentSays) {
  ASSERT_EQ(setenv("GLOWPLUG_PLUGIN_PATH", "/first::/second", 1), 0);
  auto folders = pluginSearchFolders({"/mine"});
  ASSERT_EQ(unsetenv("GLOWPLUG_PLUGIN_PATH"), 0);
  ASSERT_EQ(folders.size(), 4u);
  EXPECT_EQ(folders[0], "/mine");
  EXPECT_EQ(folders[1], "/first");
  EXPECT_EQ(folders[2], "/second");
  EXPECT_TRUE(llvm::StringRef(folders[3]).ends_with("lib/glowplug/plugins"));
  EXPECT_EQ(pluginSearchFolders().size(), 1u);
}

TEST_F(PluginFolderTest, AManifestBesideTheLibraryCounts) {
  addLibrary("hostile.so");
  EXPECT_EQ(messageOfUse("hostile.so"), "") << "it need not be there";
  write("hostile.json", manifestText());
  EXPECT_EQ(messageOfUse("hostile.so"), "");
  write("hostile.json", manifestText({{"abi_minor", "7"}}));
  EXPECT_EQ(messageOfUse("hostile.so"),
            path("hostile.json") +
                ": abi_major and abi_minor say 0.7, but the host has 0.4");
  write("hostile.json", manifestText({{"library", "\"other.so\""}}));
  EXPECT_EQ(messageOfUse("hostile.so"),
            path("hostile.json") +
                ": library is 'other.so', but it lies beside 'hostile.so'");
}

TEST_F(PluginFolderTest, RefusesAPluginThatContradictsItsManifest) {
  addLibrary("hostile.so");
  auto messageWith = [&](const char *key, const char *value) {
    write("hostile.json", manifestText({{key, value}}));
    return messageOfUse("hostile.so");
  };
  auto expected = [&](const char *key, const char *manifest,
                      const char *plugin) {
    return llvm::formatv("{0}: {1} is '{2}' in the manifest {3}, but the "
                         "plugin says '{4}'",
                         path("hostile.so"), key, manifest,
                         path("hostile.json"), plugin)
        .str();
  };
  EXPECT_EQ(messageWith("name", "\"friendly\""),
            expected("name", "friendly", "hostile"));
  EXPECT_EQ(messageWith("container_version", "3"),
            expected("container_version", "3", "2"));
  EXPECT_EQ(messageWith("opset_version", "9"),
            expected("opset_version", "9", "1"));
}

TEST_F(PluginFolderTest, RefusesAManifestOfAbsurdSize) {
  write("x.json", std::string(70000, ' '));
  auto manifest = readManifest(path("x.json"));
  ASSERT_FALSE(static_cast<bool>(manifest));
  EXPECT_EQ(llvm::toString(manifest.takeError()),
            path("x.json") + ": has 70000 bytes, more than 65536");
}

} // namespace
