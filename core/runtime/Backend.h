// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One opened backend of a plugin, with its answers as checked C++ records.
#pragma once

#include "core/runtime/AlignedBytes.h"
#include "core/runtime/Plugin.h"
#include "core/runtime/Schedule.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

class Executable;

/// A setting for create(): `--backend-option KEY=VALUE`.
struct BackendOption {
  std::string key, value;
};

struct BackendOptionInfo {
  std::string key, defaultValue, help;
};

/// One row of the operation table.
struct BackendOpInfo {
  uint32_t op;           ///< gp_image_attributes_*
  std::string composite; ///< Name, for a composite; else empty.
  uint32_t version;
  uint32_t dtypeMask;
};

struct BackendInfo {
  std::string name, version, target;
  uint32_t containerVersionMax = 0, opsetVersionMax = 0;
  std::vector<BackendOptionInfo> options;
  std::vector<BackendOpInfo> ops;
};

/// The answer to one op of a body.
struct Verdict {
  bool supported = false;
  bool splitEpilogue = false; ///< Only the epilogue is in the way.
  std::string reason;         ///< Why not; empty when supported.
};

/// What compile() made; all that load() needs.
struct CompiledProgram {
  AlignedBytes blob;
  std::vector<AlignedBytes> segments; ///< Made by the compiler.
  std::vector<uint32_t> keptSegments; ///< Indices of the program's segments.
  std::string requirement;
  uint64_t workspaceBytes = 0;
};

/// What load() is given. All bytes stay where they are, 64-byte aligned, until
/// the executable is destroyed.
struct LoadRequest {
  llvm::ArrayRef<uint8_t> blob;
  std::string requirement;
  /// The made segments, then the kept ones.
  std::vector<llvm::ArrayRef<uint8_t>> segments;
  uint32_t threads = 1;
  uint64_t workspaceBytes = 0; ///< As compile() gave it.
};

/// An opened backend. Calls are put in order, so that any thread may make
/// them. Errors are BackendErrors with the name of the backend; before that is
/// known, with the file of the plugin.
class Backend : public std::enable_shared_from_this<Backend> {
public:
  /// Opens a backend, asks what it is, and refuses one that cannot read what
  /// the host writes or contradicts its manifest.
  static llvm::Expected<std::shared_ptr<Backend>>
  create(std::shared_ptr<const Plugin> plugin,
         llvm::ArrayRef<BackendOption> options = {});
  /// Closes it, if close() has not.
  ~Backend();
  Backend(const Backend &) = delete;
  Backend &operator=(const Backend &) = delete;

  const BackendInfo &info() const { return description; }
  const std::string &name() const { return description.name; }

  /// Closes it: no other call may follow. Its executables are gone.
  llvm::Error close();

  /// From now on \p copy makes the host's only copy of what the plugin answers
  /// with, during the call: blobs, segments and programs. Set between calls.
  void copyAnswersWith(CopyBytes copy) { copyAnswer = std::move(copy); }

  /// One verdict per op of the program body of \p image, which has been
  /// verified and is 8-byte aligned. An op without an answer is not supported.
  llvm::Expected<std::vector<Verdict>> check(llvm::ArrayRef<uint8_t> image);

  /// Translates a verified, 8-byte aligned image. \p segments: one per segment
  /// of the program, 64-byte aligned.
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments);

  /// The verified description of its machine; nothing without the group
  /// "instr".
  llvm::Expected<std::optional<AlignedBytes>> machine();
  /// As machine(), but not verified.
  llvm::Expected<std::optional<AlignedBytes>> machineUnverified();

  /// Turns an image, as for compile(), into an instr program with its inputs
  /// and outputs, which is verified; nothing without the groups "instr" and
  /// "schedule".
  llvm::Expected<std::optional<InstrProgram>>
  schedule(llvm::ArrayRef<uint8_t> image,
           llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments);

  /// As schedule(), but the machine description and the program are not
  /// verified: for one that passes them on to a process that does so.
  llvm::Expected<std::optional<InstrProgram>>
  scheduleUnverified(llvm::ArrayRef<uint8_t> image,
                     llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments);

  /// Translates a program that schedule() gave; otherwise as compile().
  llvm::Expected<CompiledProgram> encode(const InstrProgram &program);

  /// Makes a compiled program ready to run.
  llvm::Expected<std::unique_ptr<Executable>> load(const LoadRequest &request);

private:
  friend class Executable;

  explicit Backend(std::shared_ptr<const Plugin> plugin)
      : plugin(std::move(plugin)) {}
  llvm::Error describe();
  llvm::Error checkDescription() const;
  /// Receives what \p body, which calls \p function, gives to a sink.
  llvm::Expected<CompiledProgram>
  compileWith(llvm::StringRef function, size_t segmentCount,
              llvm::function_ref<gp_status *(const gp_compile_sink &)> body);
  /// Calls the plugin under the lock; errors carry the name of the backend.
  llvm::Error call(llvm::StringRef function,
                   llvm::function_ref<gp_status *()> body);
  /// A BackendError: the plugin broke a rule in \p function.
  llvm::Error violation(llvm::StringRef function,
                        const llvm::Twine &message) const;

  std::shared_ptr<const Plugin> plugin;
  gp_backend *handle = nullptr;
  BackendInfo description;
  CopyBytes copyAnswer = [](llvm::ArrayRef<uint8_t> bytes) {
    return AlignedBytes(bytes);
  };
  std::mutex mutex;
};

} // namespace glowplug
