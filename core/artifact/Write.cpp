// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes a .gpx file.

#include "core/artifact/Write.h"

#include "core/artifact/Envelope.h"
#include "core/support/WriteFile.h"

#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <map>

using namespace glowplug;

namespace {

/// A file that is laid out, but not written.
struct Layout {
  GpxHeader header{};
  std::vector<GpxSection> table;
  /// What each row holds; empty if the bytes are those of a row before it.
  std::vector<llvm::ArrayRef<uint8_t>> contents;
};

llvm::ArrayRef<uint8_t> bytesOf(llvm::ArrayRef<GpxSection> table) {
  return {reinterpret_cast<const uint8_t *>(table.data()),
          table.size() * sizeof(GpxSection)};
}

Layout layOut(const Artifact &artifact) {
  Layout layout;
  std::vector<llvm::ArrayRef<uint8_t>> all{artifact.planBytes()};
  for (uint32_t i = 1; i <= artifact.sectionCount(); ++i)
    all.push_back(artifact.section(i));

  uint64_t end = sizeof(GpxHeader) + all.size() * sizeof(GpxSection);
  std::map<Sha256, uint64_t> offsets;
  for (llvm::ArrayRef<uint8_t> bytes : all) {
    GpxSection row{};
    row.bytes = bytes.size();
    row.hash = sha256(bytes);
    auto [place, isNew] =
        offsets.try_emplace(row.hash, llvm::alignTo(end, gpxAlignment));
    row.offset = place->second;
    if (isNew)
      end = row.offset + row.bytes;
    layout.table.push_back(row);
    layout.contents.push_back(isNew ? bytes : llvm::ArrayRef<uint8_t>());
  }

  std::memcpy(layout.header.magic, gpxMagic, sizeof gpxMagic);
  layout.header.formatVersion = gpxFormatVersion;
  layout.header.sectionCount = static_cast<uint32_t>(all.size());
  layout.header.fileBytes = end;
  layout.header.tableHash = sha256(bytesOf(layout.table));
  return layout;
}

} // namespace

void glowplug::writeArtifact(const Artifact &artifact, llvm::raw_ostream &os) {
  const Layout layout = layOut(artifact);
  auto write = [&](llvm::ArrayRef<uint8_t> bytes) {
    os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  };
  write({reinterpret_cast<const uint8_t *>(&layout.header),
         sizeof layout.header});
  write(bytesOf(layout.table));
  uint64_t at = sizeof(GpxHeader) + layout.table.size() * sizeof(GpxSection);
  for (size_t i = 0; i < layout.table.size(); ++i) {
    if (layout.contents[i].empty())
      continue;
    os.write_zeros(static_cast<unsigned>(layout.table[i].offset - at));
    write(layout.contents[i]);
    at = layout.table[i].offset + layout.contents[i].size();
  }
  os.write_zeros(static_cast<unsigned>(layout.header.fileBytes - at));
}

llvm::Error glowplug::writeArtifact(const Artifact &artifact,
                                    llvm::StringRef path) {
  return writeFile(path,
                   [&](llvm::raw_ostream &os) { writeArtifact(artifact, os); });
}
