// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a .gpx file.

#include "core/artifact/Read.h"

#include "core/artifact/Envelope.h"
#include "core/artifact/VerifyPlan.h"

#include "llvm/Support/FileSystem.h"

#include <cstring>
#include <map>

using namespace glowplug;
namespace fs = llvm::sys::fs;

namespace glowplug {

/// Fills an artifact from the bytes of a file.
class ArtifactReader {
public:
  explicit ArtifactReader(llvm::ArrayRef<uint8_t> bytes) : bytes(bytes) {}

  llvm::Expected<Artifact> read(std::shared_ptr<const void> owner);

private:
  llvm::Error readHeader();
  llvm::Error readTable();

  llvm::ArrayRef<uint8_t> bytes;
  GpxHeader header{};
  std::vector<llvm::ArrayRef<uint8_t>> sections; // the plan first
};

} // namespace glowplug

llvm::Error ArtifactReader::readHeader() {
  if (bytes.size() < sizeof header)
    return llvm::createStringError("file is cut short: it has " +
                                   llvm::Twine(bytes.size()) +
                                   " bytes, less than its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, gpxMagic, sizeof gpxMagic) != 0)
    return llvm::createStringError("this is not a .gpx file");
  if (header.formatVersion != gpxFormatVersion)
    return llvm::createStringError(
        "format version is " + llvm::Twine(header.formatVersion) +
        ", but this program reads version " + llvm::Twine(gpxFormatVersion) +
        "; compile the model again");
  if (header.fileBytes != bytes.size())
    return llvm::createStringError(
        "file is cut short or has a tail: it has " + llvm::Twine(bytes.size()) +
        " bytes, but its header says " + llvm::Twine(header.fileBytes));
  const uint64_t room = (bytes.size() - sizeof header) / sizeof(GpxSection);
  if (header.sectionCount == 0 || header.sectionCount > gpxMaxSections ||
      header.sectionCount > room)
    return llvm::createStringError("header says " +
                                   llvm::Twine(header.sectionCount) +
                                   " sections, which do not fit the file");
  return llvm::Error::success();
}

llvm::Error ArtifactReader::readTable() {
  llvm::ArrayRef<uint8_t> table = bytes.slice(
      sizeof header, size_t{header.sectionCount} * sizeof(GpxSection));
  if (sha256(table) != header.tableHash)
    return llvm::createStringError(
        "file is damaged: the hash of its section table does not fit");
  std::map<std::pair<uint64_t, uint64_t>, Sha256> hashes;
  uint64_t end = sizeof header + table.size();
  for (uint32_t i = 0; i < header.sectionCount; ++i) {
    GpxSection row;
    std::memcpy(&row, table.data() + size_t{i} * sizeof row, sizeof row);
    if (row.offset % gpxAlignment != 0 || row.offset > bytes.size() ||
        row.bytes > bytes.size() - row.offset)
      return llvm::createStringError(
          "section " + llvm::Twine(i) + " of " + llvm::Twine(row.bytes) +
          " bytes at " + llvm::Twine(row.offset) +
          " does not lie in the file at a multiple of 64");
    llvm::ArrayRef<uint8_t> content = bytes.slice(row.offset, row.bytes);
    // Rows may share their bytes, and then are looked at once; others follow
    // each other, so that no file takes longer than its size.
    auto [known, isNew] = hashes.try_emplace({row.offset, row.bytes});
    if (isNew) {
      if (row.offset < end)
        return llvm::createStringError("section " + llvm::Twine(i) +
                                       " overlaps another one");
      end = row.offset + row.bytes;
      known->second = sha256(content);
    }
    if (known->second != row.hash)
      return llvm::createStringError("file is damaged: the hash of section " +
                                     llvm::Twine(i) + " does not fit");
    sections.push_back(content);
  }
  return llvm::Error::success();
}

llvm::Expected<Artifact>
ArtifactReader::read(std::shared_ptr<const void> owner) {
  if (llvm::Error error = readHeader())
    return std::move(error);
  if (llvm::Error error = readTable())
    return std::move(error);
  std::vector<uint64_t> sizes;
  for (llvm::ArrayRef<uint8_t> section : llvm::ArrayRef(sections).drop_front())
    sizes.push_back(section.size());
  if (llvm::Error error = verifyPlan(sections.front(), sizes))
    return std::move(error);
  Artifact artifact;
  artifact.bytes = sections.front();
  artifact.sections.assign(sections.begin() + 1, sections.end());
  artifact.owners.push_back(std::move(owner));
  return artifact;
}

llvm::Expected<Artifact>
glowplug::parseArtifact(llvm::ArrayRef<uint8_t> bytes,
                        std::shared_ptr<const void> owner) {
  return ArtifactReader(bytes).read(std::move(owner));
}

llvm::Expected<Artifact> glowplug::readArtifact(llvm::StringRef path) {
  auto failure = [&](const llvm::Twine &why) {
    return llvm::createStringError("cannot read '" + path + "': " + why);
  };
  fs::file_status status;
  if (std::error_code code = fs::status(path, status))
    return failure(code.message());
  if (!fs::is_regular_file(status)) // opening a pipe would block
    return failure("it is not a regular file");
  llvm::Expected<fs::file_t> file = fs::openNativeFileForRead(path);
  if (!file)
    return failure(llvm::toString(file.takeError()));
  std::error_code code;
  auto mapping = std::make_shared<fs::mapped_file_region>();
  if (status.getSize() != 0)
    *mapping = fs::mapped_file_region(*file, fs::mapped_file_region::readonly,
                                      status.getSize(), 0, code);
  fs::closeFile(*file);
  if (code)
    return failure(code.message());
  llvm::ArrayRef<uint8_t> bytes;
  if (status.getSize() != 0)
    bytes = {reinterpret_cast<const uint8_t *>(mapping->const_data()),
             mapping->size()};
  llvm::Expected<Artifact> artifact = parseArtifact(bytes, mapping);
  if (!artifact)
    return failure(llvm::toString(artifact.takeError()));
  return artifact;
}

bool glowplug::looksLikeArtifact(llvm::StringRef path) {
  if (!fs::is_regular_file(path))
    return false;
  llvm::Expected<fs::file_t> file = fs::openNativeFileForRead(path);
  if (!file) {
    llvm::consumeError(file.takeError());
    return false;
  }
  char start[3] = {};
  llvm::Expected<size_t> count = fs::readNativeFile(*file, start);
  fs::closeFile(*file);
  if (!count) {
    llvm::consumeError(count.takeError());
    return false;
  }
  return *count == sizeof start && std::memcmp(start, gpxMagic, 3) == 0;
}
