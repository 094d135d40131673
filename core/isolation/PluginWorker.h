// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A worker process that holds a plugin, as the host sees it.

#pragma once

#include "backend-api/process/Process.h"
#include "core/isolation/Parcel.h"
#include "core/isolation/Policy.h"
#include "core/isolation/Protocol.h"
#include "core/isolation/Repro.h"
#include "core/isolation/wire_generated.h"
#include "core/runtime/ProgramBackend.h"

#include <mutex>

namespace glowplug::isolation {

/// A request, ready to be sent.
template <typename T>
wire::AskUnion asking(T request) {
  wire::AskUnion ask;
  ask.Set(std::move(request));
  return ask;
}

/// What a call was answered with. Owns the bytes that `as` points to.
struct Answered {
  process::Message message;
  std::shared_ptr<Delivery> delivery;

  /// The reply, which is of type \p T.
  template <typename T>
  const T &as() const {
    return *flatbuffers::GetRoot<wire::Answer>(message.payload.data())
                ->template reply_as<T>();
  }
};

/// One worker. When it dies, is late or breaks the protocol, the call gives a
/// BackendError that says which call of which plugin it was; the worker is gone
/// then, and restart() makes another. Any thread may call; calls are put in
/// order.
class PluginWorker {
public:
  PluginWorker(const IsolationPolicy &policy, PluginFile file,
               std::vector<BackendOption> options);
  /// Closes the backend, and ends the worker. Waits for its end only if that
  /// may tell something, or if it has processes of its own to end.
  ~PluginWorker();
  PluginWorker(const PluginWorker &) = delete;
  PluginWorker &operator=(const PluginWorker &) = delete;

  /// Starts the process and opens the plugin in it. Nothing is left of the one
  /// before.
  llvm::Error restart();
  /// Starts the process, for restart() to go on with. Does not wait for it.
  void begin();
  bool isAlive() const { return process.exit() == nullptr; }

  /// What the backend says of itself.
  const BackendInfo &info() const { return description; }
  /// Whether it may write instr programs; if not, there is no need to ask.
  bool schedules() const { return mayHaveSchedules; }

  /// A call named \p function for messages, with \p file (or -1), that is
  /// answered by \p wanted. Failures of the plugin are BackendErrors. The call
  /// is kept if the policy says so and the plugin is to blame.
  llvm::Expected<Answered> call(llvm::StringRef function, wire::AskUnion ask,
                                int file, wire::Reply wanted);
  /// The same, and its file is that of \p parcel, which is sealed.
  llvm::Expected<Answered> call(llvm::StringRef function, wire::AskUnion ask,
                                Parcel &parcel, wire::Reply wanted);

  /// A BackendError: the plugin broke a rule in \p function, the last call.
  llvm::Error violation(llvm::StringRef function, const llvm::Twine &message);

  /// How many verdicts the plugin gave in the last call.
  uint32_t answersOfLastCall() const {
    return lastWords ? lastWords->answers : 0;
  }

  /// Later calls depend on the last one: it is kept along with them.
  void rememberLastCall();

  const IsolationPolicy &policy() const { return settings; }
  /// One for the same plugin, not started.
  std::shared_ptr<PluginWorker> another() const {
    return std::make_shared<PluginWorker>(settings, plugin, options);
  }

private:
  llvm::Expected<Answered> callLocked(llvm::StringRef function,
                                      wire::AskUnion ask, int file,
                                      wire::Reply wanted);
  llvm::Expected<Answered> receive(wire::Reply wanted,
                                   process::Deadline deadline);
  llvm::Error open();
  /// Why the process is gone, as an error of the last call.
  llvm::Error lost();
  /// \p message, and where the call is kept.
  std::string kept(const std::string &message);
  const std::string &subject() const;
  void warn(const std::string &what) const;
  void leave();

  IsolationPolicy settings;
  PluginFile plugin;
  std::vector<BackendOption> options;
  BackendInfo description;
  bool mayHaveSchedules = false;
  bool hasBegun = false; ///< The process starts, and has not been waited for.
  process::Process process;
  process::Descriptor lastWordsFile;
  LastWords *lastWords = nullptr;
  /// Those that the last one depends on, and the last one.
  std::vector<MadeCall> earlier;
  MadeCall last;
  std::mutex mutex;
};

} // namespace glowplug::isolation
