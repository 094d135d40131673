// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Artifacts go to a file and come back.

#include "core/artifact/Envelope.h"
#include "core/artifact/Read.h"
#include "core/artifact/Write.h"
#include "tests/unit/artifact/Testing.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

using namespace glowplug;
using namespace glowplug::testing;

static std::string contents(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

TEST(ArtifactFileTest, ComesBackAsItWas) {
  const Artifact before = makeArtifact();
  const std::string path = temporaryFile("back.gpx");
  ASSERT_EQ(message(writeArtifact(before, path)), "");
  llvm::Expected<Artifact> after = readArtifact(path);
  ASSERT_TRUE(static_cast<bool>(after)) << message(after.takeError());
  EXPECT_EQ(after->planBytes(), before.planBytes());
  ASSERT_EQ(after->sectionCount(), before.sectionCount());
  for (uint32_t i = 1; i <= before.sectionCount(); ++i) {
    EXPECT_EQ(after->section(i), before.section(i)) << "section " << i;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(after->section(i).data()) % 64, 0u);
  }
}

TEST(ArtifactFileTest, HasTheSameBytesEveryTime) {
  const std::string a = temporaryFile("a.gpx"), b = temporaryFile("b.gpx");
  ASSERT_EQ(message(writeArtifact(makeArtifact(), a)), "");
  ASSERT_EQ(message(writeArtifact(makeArtifact(), b)), "");
  EXPECT_FALSE(contents(a).empty());
  EXPECT_EQ(contents(a), contents(b));
}

TEST(ArtifactFileTest, StoresEqualSectionsOnce) {
  const Artifact artifact = makeArtifact();
  ASSERT_EQ(artifact.section(1), artifact.section(4));
  llvm::Expected<Artifact> read =
      parseArtifact(makeFile().bytes, makeFile().owner);
  const FileBytes file = makeFile();
  read = parseArtifact(file.bytes, file.owner);
  ASSERT_TRUE(static_cast<bool>(read)) << message(read.takeError());
  EXPECT_EQ(read->section(1).data(), read->section(4).data());
}

TEST(ArtifactFileTest, ReplacesAFileInOneStep) {
  const std::string path = temporaryFile("replaced.gpx");
  ASSERT_EQ(message(writeArtifact(makeArtifact(), path)), "");
  llvm::Expected<Artifact> first = readArtifact(path);
  ASSERT_TRUE(static_cast<bool>(first)) << message(first.takeError());
  ASSERT_EQ(message(writeArtifact(makeArtifact(), path)), "");
  // The first one still maps the file that was replaced.
  EXPECT_EQ(first->section(3).size(), 1000u);
  EXPECT_EQ(first->section(3).front(), 3);
}

TEST(ArtifactFileTest, LeavesNothingBehindWhereItCannotWrite) {
  const std::string error =
      message(writeArtifact(makeArtifact(), temporaryFile("no/such/f.gpx")));
  EXPECT_NE(error.find("cannot write"), std::string::npos) << error;
  const std::string folder = temporaryFile("folder.gpx");
  ASSERT_FALSE(llvm::sys::fs::create_directory(folder));
  EXPECT_NE(message(writeArtifact(makeArtifact(), folder)).find("folder"),
            std::string::npos);
}

TEST(ArtifactFileTest, RefusesWhatIsNoRegularFile) {
  const std::string pipe = temporaryFile("pipe.gpx");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(message(readArtifact(pipe).takeError()).find("regular"),
            std::string::npos);
  EXPECT_FALSE(looksLikeArtifact(pipe));
  EXPECT_NE(message(readArtifact("/").takeError()).find("regular"),
            std::string::npos);
  EXPECT_NE(message(readArtifact(temporaryFile("none")).takeError()), "");
}

TEST(ArtifactFileTest, IsKnownByItsFirstBytes) {
  const std::string path = temporaryFile("known.bin");
  ASSERT_EQ(message(writeArtifact(makeArtifact(), path)), "");
  EXPECT_TRUE(looksLikeArtifact(path));
  EXPECT_FALSE(looksLikeArtifact(temporaryFile("none")));
}
