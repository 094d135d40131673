// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One rule finds the private folder from wherever the code lies.

#include "core/support/LibraryFolder.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace glowplug;

namespace {

TEST(LibraryFolder, isTheSameForProgramsAndLibrariesOfAPrefix) {
  for (const char *file :
       {"/usr/bin/glowplug", "/usr/lib/libglowplug.so.0",
        "/usr/lib/x86_64-linux-gnu/libglowplug.so.0",
        "/usr/lib64/libglowplug.so.0", "/usr/libexec/glowplug/program",
        "/usr/lib/glowplug/libglowplug-compiler.so"})
    EXPECT_EQ(libraryFolderFor(file), "/usr/lib/glowplug") << file;
  EXPECT_EQ(libraryFolderFor("/opt/lib/team/bin/glowplug"),
            "/opt/lib/team/lib/glowplug");
}

TEST(LibraryFolder, isBesideAProgramThatIsInNoPrefix) {
  EXPECT_EQ(libraryFolderFor("/srv/library/app/run"),
            "/srv/library/lib/glowplug");
  EXPECT_EQ(libraryFolderFor("/run"), "/lib/glowplug");
}

TEST(LibraryFolder, ofThisTestIsThatOfTheBuild) {
  const std::filesystem::path self =
      std::filesystem::canonical("/proc/self/exe");
  EXPECT_EQ(libraryFolder(),
            self.parent_path().parent_path() / "lib" / "glowplug");
}

} // namespace
