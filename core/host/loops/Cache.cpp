// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder of compiled models that several processes may share.

#include "core/host/loops/Cache.h"

#include "core/artifact/Read.h"
#include "core/artifact/Write.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fcntl.h>
#include <sys/stat.h>

using namespace glowplug;
namespace fs = llvm::sys::fs;

static constexpr llvm::StringLiteral suffix = ".gpx";

llvm::Expected<ModelCache> ModelCache::open(const CacheOptions &options) {
  if (std::error_code error = fs::create_directories(options.folder))
    return makeFault(FaultKind::usage,
                     "cannot make the cache '" + options.folder +
                         "': " + error.message(),
                     options.folder);
  return ModelCache(options);
}

std::string ModelCache::pathOf(llvm::StringRef name) const {
  llvm::SmallString<128> path(options.folder);
  llvm::sys::path::append(path, name + suffix);
  return path.str().str();
}

std::optional<Artifact> ModelCache::read(llvm::StringRef name,
                                         const Sha256 &model) const {
  const std::string path = pathOf(name);
  if (!fs::exists(path))
    return std::nullopt;
  llvm::Expected<Artifact> artifact = readArtifact(path);
  if (!artifact) {
    llvm::consumeError(artifact.takeError());
    // Unless another process has done so, or put a good one in its place: then
    // that one is compiled again.
    fs::remove(path);
    return std::nullopt;
  }
  // Entries are found by their names, so a file that was copied over another
  // would pass all other checks.
  const auto *origin = artifact->plan().model_sha256();
  if (!origin ||
      !std::equal(origin->begin(), origin->end(), model.begin(), model.end())) {
    fs::remove(path);
    return std::nullopt;
  }
  // The time of the last change is that of the last use: many systems do not
  // record when a file is read.
  utimensat(AT_FDCWD, path.c_str(), /*now*/ nullptr, 0);
  return std::move(*artifact);
}

std::optional<Artifact> ModelCache::find(const CacheKey &key) const {
  std::optional<Artifact> found = read(key.base, key.model);
  if (!found && !key.withOffers.empty())
    found = read(key.withOffers, key.model);
  return found;
}

/// Whether an input of \p artifact was bound to a value that \p request only
/// offers. Whether a model needs a value does not depend on the value, so an
/// artifact without one holds for all offers.
static bool usesOffers(const CompileRequest &request,
                       const Artifact &artifact) {
  const auto *inputs = artifact.plan().inputs();
  for (uint32_t i = 0; inputs && i < inputs->size(); ++i) {
    const artifact::Port &input = *inputs->Get(i);
    if (input.bound_section() != 0 &&
        request.bindings.count(input.name() ? input.name()->str() : "") == 0)
      return true;
  }
  return false;
}

llvm::Error ModelCache::store(const CacheKey &key,
                              const CompileRequest &request,
                              const Artifact &artifact) const {
  const bool offered = usesOffers(request, artifact);
  if (llvm::Error error =
          writeArtifact(artifact, pathOf(offered ? key.withOffers : key.base)))
    return error;
  trim();
  return llvm::Error::success();
}

namespace {

/// A file of the cache.
struct Entry {
  std::string path;
  uint64_t bytes = 0;
  llvm::sys::TimePoint<> used;
};

} // namespace

/// The entries of \p folder. Removes what a process that died has left there.
static std::vector<Entry> entriesOf(const std::string &folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; file != end && !error;
       file.increment(error)) {
    const llvm::StringRef name = llvm::sys::path::filename(file->path());
    const llvm::StringRef key = name.take_while(llvm::isHexDigit);
    fs::file_status status;
    if (key.size() != 64 || fs::status(file->path(), status))
      continue; // not ours, or just removed by another process
    const auto used = status.getLastModificationTime();
    if (name.drop_front(key.size()) == suffix)
      entries.push_back({file->path(), status.getSize(), used});
    else if (name.ends_with(".tmp") &&
             used + std::chrono::hours(24) < std::chrono::system_clock::now())
      fs::remove(file->path());
  }
  return entries;
}

void ModelCache::trim() const {
  std::vector<Entry> entries = entriesOf(options.folder);
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.used, a.path) > std::tie(b.used, b.path);
  });
  // Removing does no harm to those who have mapped an entry.
  uint64_t total = 0;
  for (const Entry &entry : entries)
    if ((total += entry.bytes) > options.maxBytes)
      fs::remove(entry.path);
}
