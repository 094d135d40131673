// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The folder of a report: hashes and signatures.

#include "core/conformance/report/Folder.h"
#include "core/conformance/report/Sign.h"
#include "core/support/FaultError.h"
#include "tests/unit/conformance/report/Samples.h"

#include "llvm/Support/Program.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace glowplug;
using namespace glowplug::conformance;
namespace fs = std::filesystem;

namespace {

using Texts = std::vector<std::string>;

class FolderTest : public ::testing::Test {
protected:
  FolderTest() {
    std::string pattern = ::testing::TempDir() + "folder-XXXXXX";
    place = mkdtemp(pattern.data());
    folder = (place / "a report").string();
    fs::create_directories(fs::path(folder) / "failures" / "wrong");
    write("failures/wrong/repro.c", "int main(void) { return 0; }\n");
    llvm::cantFail(writeReportFolder(reportOf(sampleRun()), folder));
  }
  ~FolderTest() override { fs::remove_all(place); }

  void write(const std::string &name, const std::string &text) const {
    std::ofstream(fs::path(folder) / name, std::ios::binary) << text;
  }
  Texts errors() const { return llvm::cantFail(verifyPath(folder)).errors; }
  static bool run(const std::string &command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }
  std::string at(const char *name) const { return (place / name).string(); }

  fs::path place;
  std::string folder;
};

TEST_F(FolderTest, HoldsWhatItHashes) {
  EXPECT_EQ(errors(), Texts{});
  for (const char *name : {reportFile, junitFile, pageFile, sumsFile})
    EXPECT_TRUE(fs::is_regular_file(fs::path(folder) / name)) << name;
  EXPECT_TRUE(run("cd '" + folder + "' && sha256sum --strict -c SHA256SUMS"));
  EXPECT_EQ(llvm::cantFail(verifyPath(folder + "/report.json")).errors,
            Texts{});
}

TEST_F(FolderTest, AChangedAnAddedAndAMissingFileAreFound) {
  write("failures/wrong/repro.c", "int main(void) { return 1; }\n");
  ASSERT_EQ(errors().size(), 1u);
  EXPECT_EQ(errors()[0].find("'failures/wrong/repro.c' has the hash "), 0u);
  fs::remove(fs::path(folder) / "failures/wrong/repro.c");
  write("more.txt", "");
  EXPECT_EQ(errors(), (Texts{"'failures/wrong/repro.c' of SHA256SUMS is not "
                             "there",
                             "'more.txt' is not in SHA256SUMS"}));
}

TEST_F(FolderTest, ThePluginAtHandIsCompared) {
  const std::string library = at("sample.so");
  std::ofstream(library) << "abc";
  Verification verification = llvm::cantFail(verifyPath(folder));
  verifyPlugin(verification, library);
  EXPECT_EQ(verification.errors,
            Texts{"'" + library +
                  "' has the hash ba7816bf8f01cfea414140de5dae2223b00361a396177"
                  "a9cb410ff61f20015ad, but the report is of " +
                  std::string(64, 'a')});
  RunData same = sampleRun();
  same.identity.plugin = llvm::cantFail(hashFile(library));
  EXPECT_EQ(same.identity.plugin.name, "sample.so");
  llvm::cantFail(writeReportFolder(reportOf(same), folder));
  verification = llvm::cantFail(verifyPath(folder));
  verifyPlugin(verification, library);
  EXPECT_EQ(verification.errors, Texts{});
}

TEST_F(FolderTest, WhatIsNoReportIsAFaultOfUse) {
  auto verification = verifyPath(at("none"));
  ASSERT_FALSE(verification);
  const Fault fault = faultOf(verification.takeError());
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_EQ(fault.message, "there is no report '" + at("none") + "'");
}

TEST_F(FolderTest, AFolderThatCannotBeWrittenIsAFault) {
  std::ofstream(place / "file") << "";
  const Fault fault =
      faultOf(writeReportFolder(reportOf(sampleRun()), at("file/below")));
  EXPECT_EQ(fault.kind, FaultKind::resources);
}

/// Keys of each tool, as its own command makes them.
class SignTest : public FolderTest,
                 public ::testing::WithParamInterface<Signer> {
protected:
  /// The key ring of whoever runs the test is not touched.
  SignTest() { setenv("GNUPGHOME", place.c_str(), 1); }
  ~SignTest() override { unsetenv("GNUPGHOME"); }

  /// Makes the pair NAME.sec and NAME.pub. False: the tool is not there.
  bool makeKeys(const std::string &name) const {
    const std::string key = at((name + ".sec").c_str());
    const std::string pub = at((name + ".pub").c_str());
    switch (GetParam()) {
    case Signer::minisign:
      return run("minisign -G -W -p '" + pub + "' -s '" + key + "'");
    case Signer::signify:
      return run("signify-openbsd -G -n -p '" + pub + "' -s '" + key + "'");
    case Signer::gpg:
      break;
    }
    const std::string home = at((name + ".home").c_str());
    fs::create_directories(home);
    fs::permissions(home, fs::perms::owner_all);
    const std::string gpg = "gpg --batch --homedir '" + home + "' ";
    return run(gpg + "--passphrase '' --quick-gen-key " + name +
               "@example.org ed25519 sign never") &&
           run(gpg + "--export-secret-keys -o '" + key + "'") &&
           run(gpg + "--export -o '" + pub + "'");
  }
};

TEST_P(SignTest, SignaturesHoldUntilSomethingChanges) {
  if (!makeKeys("ours") || !makeKeys("theirs"))
    GTEST_SKIP() << "there is no " << signerName(GetParam());
  EXPECT_FALSE(signerOf(folder));
  llvm::cantFail(signFolder(folder, GetParam(), at("ours.sec")));
  EXPECT_EQ(signerOf(folder), GetParam());
  llvm::cantFail(checkSignature(folder, at("ours.pub")));
  EXPECT_EQ(errors(), Texts{}) << "a signature is not one of the hashed files";

  Fault fault = faultOf(checkSignature(folder, at("theirs.pub")));
  EXPECT_EQ(fault.kind, FaultKind::model) << fault.message;
  std::ofstream(fs::path(folder) / sumsFile, std::ios::app) << "more\n";
  fault = faultOf(checkSignature(folder, at("ours.pub")));
  EXPECT_EQ(fault.kind, FaultKind::model) << fault.message;

  // A report that is written again is no longer signed.
  llvm::cantFail(writeReportFolder(reportOf(sampleRun()), folder));
  EXPECT_FALSE(signerOf(folder));
  fault = faultOf(checkSignature(folder, at("ours.pub")));
  EXPECT_EQ(fault.message, "there is no signature in '" + folder + "'");
}

TEST_P(SignTest, AKeyThatIsNotThereIsAFaultOfUse) {
  if (!makeKeys("ours"))
    GTEST_SKIP() << "there is no " << signerName(GetParam());
  const Fault fault = faultOf(signFolder(folder, GetParam(), at("none.sec")));
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_NE(fault.message.find(" failed with status "), std::string::npos);
}

TEST_P(SignTest, AToolThatIsMissingIsNamed) {
  const std::string before = std::getenv("PATH");
  setenv("PATH", at("nowhere").c_str(), 1);
  const Fault fault = faultOf(signFolder(folder, GetParam(), at("ours.sec")));
  setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(fault.kind, FaultKind::usage);
  EXPECT_EQ(fault.message.find("there is no program '"), 0u) << fault.message;
}

INSTANTIATE_TEST_SUITE_P(Tools, SignTest, ::testing::ValuesIn(signers()),
                         [](const auto &info) {
                           return signerName(info.param);
                         });

} // namespace
