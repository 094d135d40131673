// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The backends of one command: opens each when it is first asked for.

#pragma once

#include "core/runtime/ProgramBackend.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace glowplug {

/// A setting for create() of one backend.
struct NamedOption {
  std::string backend;
  BackendOption option;
};

struct BackendSetOptions {
  std::vector<std::string> folders; ///< Searched before the usual ones.
  /// Libraries of plugins, no two of one name. They take the place of plugins
  /// that the search finds under their names.
  std::vector<std::string> files;
  std::vector<NamedOption> options;
  BackendOpener opener = openInProcess;
  /// For those that load and run; empty: one backend does all.
  BackendOpener runOpener = {};
  /// Starts what `opener` waits for, if there is such a thing; may be empty.
  std::function<void(const PluginFile &file,
                     llvm::ArrayRef<BackendOption> options)>
      preparer = {};
};

/// Finds and opens backends by name.
class BackendSet {
public:
  explicit BackendSet(BackendSetOptions options = {})
      : options(std::move(options)) {}

  /// The backend \p name, opened once. A plugin that cannot be used is a
  /// BackendError; an unknown name is a fault of kind `usage`.
  llvm::Expected<std::shared_ptr<ProgramBackend>> open(llvm::StringRef name);

  /// The backend \p name to load and run programs: another object than that of
  /// open() if the options have an opener for it.
  llvm::Expected<std::shared_ptr<ProgramBackend>>
  openForRuns(llvm::StringRef name);

  /// open(\p name) will follow: starts what it would wait for, so that the
  /// caller may do something else meanwhile. Says nothing of what goes wrong.
  void prepare(llvm::StringRef name);

  /// Every name there is: those of files, then of the search, then reference.
  llvm::Expected<std::vector<std::string>> names();

  /// Which found plugins the files take the place of, one message each.
  llvm::Expected<std::vector<std::string>> replacements();

  /// Adds a backend made elsewhere; for tests.
  void add(std::shared_ptr<ProgramBackend> backend);

  /// What was found but cannot be used, one message each.
  const std::vector<std::string> &problems() const { return searchProblems; }

private:
  llvm::Error openFiles();
  llvm::Error claimName(const std::string &name, const std::string &file);
  llvm::Expected<std::shared_ptr<ProgramBackend>>
  openFound(llvm::StringRef name, const BackendOpener &opener);
  std::vector<BackendOption> optionsFor(llvm::StringRef name) const;

  BackendSetOptions options;
  using Opened = std::map<std::string, std::shared_ptr<ProgramBackend>>;
  Opened opened, openedForRuns;
  std::map<std::string, std::string> fileOf; // of a backend that has one
  std::vector<std::string> fileNames;        // of the backends of files
  std::vector<std::string> searchProblems;
  bool filesAreOpen = false;
};

/// The entry of \p known that is most like \p name; empty if none is near.
std::string nearestName(llvm::StringRef name,
                        llvm::ArrayRef<std::string> known);

} // namespace glowplug
