// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The file that a run appends its records to, so that it can be stopped, or
/// die, and go on where it was.

#pragma once

#include "core/conformance/record/Record.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <memory>
#include <mutex>

namespace glowplug::conformance {

/// What makes two runs the same run: "level" is "quick", "plugin sha256" is
/// some hash. A journal is continued by a run of an equal key only.
using RunKey = std::map<std::string, std::string>;

/// The first line holds the key, each other line one record. Lines end with a
/// line feed; a last line without one, or one that is no record, was torn when
/// its writer ended, and does not count.
class Journal {
public:
  /// Opens the journal at \p path, or makes it. Faults: `usage` if it is of
  /// another run (both values are named) or another process writes to it,
  /// `model` if a line before the last one is broken, `resources` if the file
  /// cannot be written.
  static llvm::Expected<std::unique_ptr<Journal>>
  open(const std::string &path, const RunKey &key, unsigned syncEvery = 64);

  /// Closes the file; what was appended since the last sync may be lost if the
  /// machine fails, but not if the process does.
  ~Journal();
  Journal(const Journal &) = delete;
  Journal &operator=(const Journal &) = delete;

  /// The records that were there when the journal was opened, in the order in
  /// which they were written. Their names differ.
  const std::vector<CaseRecord> &earlier() const { return records; }

  /// Appends \p record, and syncs the file after each `syncEvery` records.
  /// After an error (of kind `resources`: the disk is full) the journal holds
  /// what it held before. May be called from any thread.
  llvm::Error append(const CaseRecord &record);

  /// Makes what was appended safe. May be called from any thread.
  llvm::Error sync();

private:
  Journal(std::string path, int file, unsigned syncEvery)
      : path(std::move(path)), file(file), syncEvery(syncEvery) {}
  llvm::Error resume(const RunKey &key);
  llvm::Error write(const std::string &line);

  const std::string path;
  const int file; ///< Locked for this process.
  const unsigned syncEvery;
  std::vector<CaseRecord> records;
  std::mutex mutex;      ///< Of what follows.
  uint64_t bytes = 0;    ///< Of the complete lines.
  unsigned unsynced = 0; ///< Records.
};

} // namespace glowplug::conformance
