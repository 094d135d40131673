// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A worker process, as the one that starts it sees it.

#pragma once

#include "backend-api/process/Channel.h"

#include <sys/types.h>

namespace glowplug::process {

/// What to start.
struct Command {
  std::string executable;
  std::vector<std::string> arguments; ///< without the name of the executable
  /// What the worker has to greet with: the name and version of its protocol.
  std::string protocol;
  /// Whether what it writes on its outputs also goes to standard error here.
  bool isShown = true;
  /// Stands before each line that is shown.
  std::string outputPrefix = {};
};

struct Limits {
  /// From the start to the greeting.
  std::chrono::milliseconds start = std::chrono::minutes(1);
  std::uint64_t memoryBytes = 0; ///< of address space; 0: no limit
};

/// How a worker ended. There is one such record for each.
struct Exit {
  enum class How : std::uint8_t {
    NotStarted,  ///< the system refused
    Exited,      ///< by itself, with `code`
    Signalled,   ///< a signal that was not ours
    Deadline,    ///< it was late, and killed
    OutOfMemory, ///< it met its limit, or the machine's
    Protocol,    ///< it did not keep to the protocol, and was killed
    Stopped,     ///< the caller ended it
  };
  How how = How::NotStarted;
  int code = 0, signal = 0;
  std::string text;   ///< all of it for people, in one line
  std::string errors; ///< the end of what it wrote on standard error
};

/// The number of a process. Its owner kills and reaps it with its group.
class Child {
public:
  explicit Child(pid_t number = -1) : number(number) {}
  Child(Child &&other) noexcept : number(std::exchange(other.number, -1)) {}
  Child &operator=(Child &&other) noexcept {
    if (this != &other) {
      end();
      number = std::exchange(other.number, -1);
    }
    return *this;
  }
  ~Child() { end(); }

  pid_t get() const { return number; }
  /// Waits up to \p patience for it to end; whether it has.
  bool hasEnded(std::chrono::milliseconds patience) const;
  /// Kills what is left of its group; its status as of waitpid.
  int end();
  /// The same, but does not wait: it is reaped when another process is started
  /// or dismissed.
  void dismiss();

private:
  pid_t number;
};

/// A worker with a channel to it. Once it has died, was late or did not keep to
/// the protocol, it is ended, every call gives false, and exit() says why. Any
/// number may live at once; one thread at a time uses one. The worker lives in
/// a process group of its own, has no input, and its descriptors are its
/// outputs and the channel.
class Process {
public:
  /// None: exit() says so.
  Process() : ended(Exit{}) {}
  /// Starts a worker and waits for its greeting. Ask exit() whether it did.
  static Process start(const Command &command, const Limits &limits = {});
  /// The same, but does not wait: awaitGreeting() comes before anything else.
  static Process begin(const Command &command, const Limits &limits = {});
  /// Waits for the greeting, for as long as \p limits of begin() say. Whether
  /// it came.
  bool awaitGreeting();

  /// Null while it is alive, as far as is known.
  const Exit *exit() const { return ended ? &*ended : nullptr; }
  pid_t id() const { return child.get(); }

  /// As those of Channel.
  bool send(std::uint32_t kind,
            std::initializer_list<std::span<const std::byte>> parts, int file,
            Deadline deadline);
  bool receive(Message &message, std::uint64_t most, Deadline deadline);

  /// Ends it because it did what its protocol forbids: \p why.
  const Exit &refuse(const std::string &why);
  /// Closes the channel, waits up to \p patience for the worker to go, and ends
  /// it then.
  const Exit &finish(std::chrono::milliseconds patience);
  /// Ends it at once, for one that has nothing left to do. What it has written
  /// is shown. Takes no time: its memory may be large, and is freed meanwhile.
  const Exit &dismiss();

private:
  std::optional<Exit> spawn(const Command &command);
  std::optional<Failure> greet();
  bool fail(const Failure &failure);
  /// Reaps, and writes the record.
  const Exit &record(Exit::How how, const std::string &why);

  Child child;
  Channel channel;
  std::string protocol; ///< that it has to greet with ...
  Deadline greetingDue; ///< ... until then
  std::uint64_t memoryBytes = 0;
  std::optional<Exit> ended;
};

} // namespace glowplug::process
