// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Damaged and hostile files are refused, and nothing crashes.

#include "core/artifact/Envelope.h"
#include "core/artifact/Read.h"
#include "tests/unit/artifact/Testing.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

using namespace glowplug;
using namespace glowplug::testing;

static std::string refusal(const FileBytes &file, size_t size) {
  llvm::Expected<Artifact> artifact =
      parseArtifact(file.bytes.take_front(size), file.owner);
  return artifact ? "" : message(artifact.takeError());
}

static std::string refusal(const FileBytes &file) {
  return refusal(file, file.bytes.size());
}

TEST(DamageTest, AcceptsTheUndamagedFile) {
  EXPECT_EQ(refusal(makeFile()), "");
}

TEST(DamageTest, RefusesEveryTruncation) {
  const FileBytes file = makeFile();
  for (size_t size = 0; size < file.bytes.size(); ++size)
    ASSERT_NE(refusal(file, size), "") << size;
  EXPECT_NE(refusal(file, 10).find("cut short"), std::string::npos);
  EXPECT_NE(refusal(file, file.bytes.size() - 1).find("cut short"),
            std::string::npos);
}

TEST(DamageTest, RefusesEveryFlippedBitThatMatters) {
  FileBytes file = makeFile();
  // Bytes between sections are the only ones that no hash covers.
  std::vector<bool> covered(file.bytes.size());
  std::fill_n(covered.begin(), sizeof(GpxHeader), true);
  GpxHeader header;
  std::memcpy(&header, file.bytes.data(), sizeof header);
  const size_t tableEnd =
      sizeof header + header.sectionCount * sizeof(GpxSection);
  std::fill_n(covered.begin(), tableEnd, true);
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    GpxSection row;
    std::memcpy(&row, file.bytes.data() + sizeof header + i * sizeof row,
                sizeof row);
    std::fill_n(covered.begin() + row.offset, row.bytes, true);
  }
  const size_t reserved = offsetof(GpxHeader, reserved);
  std::fill_n(covered.begin() + reserved, sizeof header.reserved, false);
  for (size_t i = 0; i < file.bytes.size(); ++i) {
    if (!covered[i])
      continue;
    file.bytes[i] ^= 1 << i % 8;
    ASSERT_NE(refusal(file), "") << "byte " << i;
    file.bytes[i] ^= 1 << i % 8;
  }
}

TEST(DamageTest, NamesAnotherVersion) {
  FileBytes file = makeFile();
  file.bytes[offsetof(GpxHeader, formatVersion)] = 1;
  const std::string error = refusal(file);
  EXPECT_NE(error.find("version is 1"), std::string::npos) << error;
  EXPECT_NE(error.find("reads version 2"), std::string::npos) << error;
}

TEST(DamageTest, NamesAForeignFile) {
  FileBytes file = makeFile();
  std::memcpy(file.bytes.data(),
              "\x7f"
              "ELF",
              4);
  EXPECT_NE(refusal(file).find("not a .gpx file"), std::string::npos);
}

TEST(DamageTest, RefusesATail) {
  const FileBytes file = makeFile();
  std::vector<uint8_t> longer(file.bytes.begin(), file.bytes.end());
  longer.push_back(0);
  llvm::Expected<Artifact> artifact = parseArtifact(longer, nullptr);
  ASSERT_FALSE(static_cast<bool>(artifact));
  EXPECT_NE(message(artifact.takeError()).find("tail"), std::string::npos);
}

TEST(DamageTest, RefusesOverlappingSections) {
  FileBytes file = makeFile();
  GpxSection row;
  uint8_t *at = file.bytes.data() + sizeof(GpxHeader) + 2 * sizeof row;
  std::memcpy(&row, at, sizeof row);
  row.offset -= 64;
  std::memcpy(at, &row, sizeof row);
  repairHashes(file.bytes);
  EXPECT_NE(refusal(file).find("overlaps"), std::string::npos) << refusal(file);
}

// An attacker fixes the hashes as well, so that only the checks of the plan
// remain. A plan that passes them is used as a session would use it.
TEST(DamageTest, SurvivesMutationsWithFittingHashes) {
  const FileBytes original = makeFile();
  std::mt19937 random(20240607);
  size_t accepted = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    FileBytes file = makeFile();
    GpxSection plan;
    std::memcpy(&plan, file.bytes.data() + sizeof(GpxHeader), sizeof plan);
    const int edits = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < edits; ++i) {
      // Mostly in the plan, sometimes anywhere after the magic.
      const bool anywhere = random() % 8 == 0;
      const size_t begin = anywhere ? 8 : plan.offset;
      const size_t size = anywhere ? file.bytes.size() - 8 : plan.bytes;
      const size_t at = begin + random() % size;
      static constexpr uint8_t special[] = {0, 1, 0x7f, 0x80, 0xff, 64};
      file.bytes[at] = random() % 2 != 0 ? special[random() % 6]
                                         : static_cast<uint8_t>(random());
    }
    repairHashes(file.bytes);
    llvm::Expected<Artifact> artifact = parseArtifact(file.bytes, file.owner);
    if (!artifact) {
      EXPECT_NE(message(artifact.takeError()), "");
      ++refused;
      continue;
    }
    ++accepted;
    const artifact::Plan &read = artifact->plan();
    for (uint32_t i = 0; read.parts() && i < read.parts()->size(); ++i) {
      const artifact::Part &part = *read.parts()->Get(i);
      EXPECT_LE(artifact->section(part.blob()).size(), file.bytes.size());
    }
    const artifact::Body &body = artifact->body();
    for (uint32_t i = 0; body.buffers() && i < body.buffers()->size(); ++i) {
      const artifact::Buffer &buffer = *body.buffers()->Get(i);
      if (buffer.place() == artifact::Place::arena) {
        EXPECT_LE(buffer.offset() + buffer.max_bytes(), body.arena_bytes());
      }
    }
  }
  // Some pass and some fail: names may change, but sizes may not.
  EXPECT_GT(accepted, 100u);
  EXPECT_GT(refused, 1000u);
}
