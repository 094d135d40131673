// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a run is made of: files by their contents, and the machine.

#include "core/conformance/report/Suite.h"
#include "core/support/FaultError.h"
#include "tests/unit/conformance/report/Samples.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace glowplug;
using namespace glowplug::conformance;
namespace fs = std::filesystem;

namespace {

TEST(Suite, HeadersAreThoseOfTheSdk) {
  unsigned found = 0;
  for (const fs::directory_entry &entry : fs::directory_iterator(SDK_HEADERS)) {
    const HashedFile file = llvm::cantFail(hashFile(entry.path().string()));
    EXPECT_TRUE(llvm::is_contained(abiHeaders(), file)) << file.name;
    ++found;
  }
  EXPECT_EQ(found, abiHeaders().size());
  EXPECT_GE(found, 2u);
}

TEST(Suite, HoldsThisProgram) {
  const Identity identity = llvm::cantFail(suiteIdentity());
  const HashedFile self =
      llvm::cantFail(hashFile(fs::read_symlink("/proc/self/exe").string()));
  EXPECT_TRUE(llvm::is_contained(identity.suiteFiles, self));
  EXPECT_EQ(identity.profiles.size(), suiteProfiles().size());
}

TEST(Suite, AReportOfThisSuiteIsSound) {
  RunData run = sampleRun();
  const Identity suite = llvm::cantFail(suiteIdentity());
  run.identity.suiteFiles = suite.suiteFiles;
  run.identity.headers = suite.headers;
  run.identity.suite = suite.suite;
  run.identity.profiles = suite.profiles;
  run.environments[0].machine = thisMachine();
  llvm::cantFail(makeReport(run));
}

TEST(Suite, PluginsAreKnownByTheirContents) {
  std::string pattern = ::testing::TempDir() + "plugin-XXXXXX";
  const fs::path folder = mkdtemp(pattern.data());
  std::ofstream(folder / "mine.so") << "abc";
  Identity identity;
  llvm::cantFail(addPluginFiles(identity, (folder / "mine.so").string()));
  EXPECT_EQ(identity.plugin.name, "mine.so");
  EXPECT_EQ(identity.plugin.sha256.substr(0, 8), "ba7816bf");
  EXPECT_EQ(identity.manifest.sha256, "");
  std::ofstream(folder / "mine.json") << "{}";
  llvm::cantFail(addPluginFiles(identity, (folder / "mine.so").string()));
  EXPECT_EQ(identity.manifest.name, "mine.json");
  EXPECT_EQ(identity.manifest.sha256.substr(0, 8), "44136fa3");
  const Fault fault =
      faultOf(addPluginFiles(identity, (folder / "none.so").string()));
  EXPECT_EQ(fault.kind, FaultKind::usage);
  fs::remove_all(folder);
}

TEST(Suite, TheMachineSaysWhatItIs) {
  const Machine machine = thisMachine();
  EXPECT_EQ(machine.kernel.find("Linux "), 0u);
  EXPECT_GT(machine.memoryBytes, uint64_t{1} << 28);
  EXPECT_TRUE(llvm::is_sorted(machine.features));
  Machine other = machine;
  EXPECT_EQ(other.sha256(), machine.sha256());
  ++other.memoryBytes;
  EXPECT_NE(other.sha256(), machine.sha256());
}

TEST(Suite, RunsAreToldApartByAllThatVerdictsDependOn) {
  const Identity identity = sampleRun().identity;
  const RunKey key = runKey(identity);
  const auto differs = [&](auto change) {
    Identity other = identity;
    change(other);
    return runKey(other) != key;
  };
  EXPECT_TRUE(differs([](Identity &one) { one.suite = "2"; }));
  EXPECT_TRUE(
      differs([](Identity &one) { one.suiteFiles[0].sha256[0] = 'f'; }));
  EXPECT_TRUE(differs([](Identity &one) { one.headers[0].sha256[0] = 'f'; }));
  EXPECT_TRUE(differs([](Identity &one) { one.pluginVersion = "2"; }));
  EXPECT_TRUE(differs([](Identity &one) { one.plugin.sha256[0] = 'f'; }));
  EXPECT_TRUE(differs([](Identity &one) { one.manifest.sha256[0] = 'f'; }));
  EXPECT_TRUE(differs([](Identity &one) { one.options.clear(); }));
  EXPECT_TRUE(differs([](Identity &one) { one.level = "quick"; }));
  EXPECT_TRUE(differs([](Identity &one) { one.seed = 43; }));
  EXPECT_TRUE(differs([](Identity &one) { one.shards = 2; }));
  EXPECT_TRUE(differs([](Identity &one) { one.filter = {"ops/*"}; }));
}

} // namespace
