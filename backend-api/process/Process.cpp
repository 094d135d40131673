// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Starts workers, and finds out what became of them.

#include "backend-api/process/Process.h"

#include "backend-api/process/Worker.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

extern char **environ;

namespace glowplug::process {

using std::chrono::milliseconds;

//===----------------------------------------------------------------------===//
// Children
//===----------------------------------------------------------------------===//

bool Child::hasEnded(milliseconds patience) const {
  const auto until = Clock::now() + patience;
  while (true) {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(number), &info,
               WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid != 0)
      return true;
    if (Clock::now() >= until)
      return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

int Child::end() {
  int status = 0;
  if (number <= 0)
    return status;
  // Until it is reaped, its number belongs to nobody else.
  kill(-number, SIGKILL);
  kill(number, SIGKILL);
  while (waitpid(number, &status, 0) < 0 && errno == EINTR)
    ;
  number = -1;
  return status;
}

namespace {

/// Processes that have been killed, but not reaped.
struct Dismissed {
  std::mutex mutex;
  std::vector<pid_t> numbers;

  /// Those of this process. They outlive its static objects.
  static Dismissed &all() {
    static auto *const all = new Dismissed;
    return *all;
  }

  void add(pid_t number) {
    const std::lock_guard lock(mutex);
    numbers.push_back(number);
  }
  void reap() {
    const std::lock_guard lock(mutex);
    std::erase_if(numbers, [](pid_t number) {
      return waitpid(number, nullptr, WNOHANG) != 0;
    });
  }
};

} // namespace

void Child::dismiss() {
  if (number <= 0)
    return;
  kill(-number, SIGKILL);
  kill(number, SIGKILL);
  Dismissed::all().reap();
  Dismissed::all().add(std::exchange(number, -1));
}

//===----------------------------------------------------------------------===//
// Start
//===----------------------------------------------------------------------===//

namespace {

/// What posix_spawn is told.
class SpawnSettings {
public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings &) = delete;
  SpawnSettings &operator=(const SpawnSettings &) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  /// \p socket and \p errors are above those that the worker gets: a duplicate
  /// onto itself would be closed by exec.
  void connect(int socket, int errors) {
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, socket, channelDescriptor);
    posix_spawn_file_actions_addclosefrom_np(&actions, channelDescriptor + 1);
  }

  /// A group of its own, and signals as a shell would give them.
  void isolate() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
                                              POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

/// Two ends; none if the system refuses.
struct Ends {
  Descriptor ours, theirs;

  Ends(int (*make)(int[2])) {
    int ends[2];
    if (make(ends) != 0)
      return;
    ours = Descriptor(ends[0]);
    const Descriptor low(ends[1]);
    theirs =
        Descriptor(fcntl(low.get(), F_DUPFD_CLOEXEC, channelDescriptor + 1));
  }
};

} // namespace

static Exit notStarted(int error) {
  return {Exit::How::NotStarted, 0, 0,
          std::string("it cannot be started: ") + std::strerror(error), ""};
}

std::optional<Exit> Process::spawn(const Command &command) {
  Ends socket([](int ends[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
  });
  Ends errors([](int ends[2]) { return pipe2(ends, O_CLOEXEC); });
  if (!socket.theirs || !errors.theirs)
    return notStarted(errno);
  SpawnSettings settings;
  settings.connect(socket.theirs.get(), errors.theirs.get());
  settings.isolate();
  std::vector<std::string> words = command.arguments;
  words.insert(words.begin(), command.executable);
  std::vector<char *> arguments;
  for (std::string &word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t number = -1;
  const int error =
      posix_spawn(&number, command.executable.c_str(), &settings.actions,
                  &settings.attributes, arguments.data(), environ);
  if (error != 0)
    return notStarted(error);
  child = Child(number);
  channel = Channel(
      std::move(socket.ours),
      Tail(std::move(errors.ours), command.isShown, command.outputPrefix));
  if (memoryBytes == 0)
    return std::nullopt;
  const rlimit limit{memoryBytes, memoryBytes};
  if (prlimit(number, RLIMIT_AS, &limit, nullptr) != 0)
    return notStarted(errno);
  return std::nullopt;
}

/// For one line of text, whatever a worker has sent.
static std::string printable(std::string_view text) {
  std::string result(text);
  for (char &c : result)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = '?';
  return result;
}

std::optional<Failure> Process::greet() {
  Message greeting;
  if (auto failure = channel.receive(greeting, 256, greetingDue))
    return failure;
  if (greeting.kind != greetingKind)
    return Failure{Failure::Kind::Garbage,
                   "it needs to greet, but sent a message of kind " +
                       std::to_string(greeting.kind)};
  if (greeting.text() != protocol)
    return Failure{Failure::Kind::Garbage,
                   "it needs to speak '" + protocol + "', but speaks '" +
                       printable(greeting.text()) + "'"};
  return std::nullopt;
}

Process Process::start(const Command &command, const Limits &limits) {
  Process process = begin(command, limits);
  process.awaitGreeting();
  return process;
}

Process Process::begin(const Command &command, const Limits &limits) {
  Dismissed::all().reap();
  Process process;
  process.protocol = command.protocol;
  process.greetingDue = Clock::now() + limits.start;
  process.memoryBytes = limits.memoryBytes;
  process.ended = process.spawn(command);
  return process;
}

bool Process::awaitGreeting() {
  if (ended)
    return false;
  const auto failure = greet();
  return !failure || fail(*failure);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

bool Process::send(std::uint32_t kind,
                   std::initializer_list<std::span<const std::byte>> parts,
                   int file, Deadline deadline) {
  if (ended)
    return false;
  const auto failure = channel.send(kind, parts, file, deadline);
  return !failure || fail(*failure);
}

bool Process::receive(Message &message, std::uint64_t most, Deadline deadline) {
  if (ended)
    return false;
  const auto failure = channel.receive(message, most, deadline);
  return !failure || fail(*failure);
}

//===----------------------------------------------------------------------===//
// Ends
//===----------------------------------------------------------------------===//

/// What a status of waitpid says.
static Exit exitOf(int status, std::uint64_t memoryBytes) {
  const std::string limit =
      memoryBytes == 0 ? ""
                       : " (its memory was limited to " +
                             std::to_string(memoryBytes >> 20) + " MiB)";
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const char *const name = sigdescr_np(signal);
    return {Exit::How::Signalled, 0, signal,
            "it was ended by signal " + std::to_string(signal) + " (" +
                (name ? name : "unknown") + ")" + limit,
            ""};
  }
  const int code = WEXITSTATUS(status);
  if (code == outOfMemoryStatus)
    return {Exit::How::OutOfMemory, code, 0, "it ran out of memory" + limit,
            ""};
  return {Exit::How::Exited, code, 0,
          "it exited with status " + std::to_string(code), ""};
}

const Exit &Process::record(Exit::How how, const std::string &why) {
  const int status = child.end();
  ended = why.empty() ? exitOf(status, memoryBytes) : Exit{how, 0, 0, why, ""};
  channel.tail().drain();
  ended->errors = channel.tail().text();
  if (const std::string last = channel.tail().lastLines(); !last.empty())
    ended->text += "; it last said: " + printable(last);
  channel = {};
  return *ended;
}

bool Process::fail(const Failure &failure) {
  using Kind = Failure::Kind;
  // The stream ends a moment before the process does.
  const bool isClosed = failure.kind == Kind::Closed;
  if (failure.kind != Kind::Garbage &&
      child.hasEnded(milliseconds(isClosed ? 1000 : 0)))
    record(Exit::How::Exited, "");
  else if (failure.kind == Kind::Late)
    record(Exit::How::Deadline, failure.text);
  else
    record(Exit::How::Protocol,
           isClosed ? "it closed its channel" : failure.text);
  return false;
}

const Exit &Process::refuse(const std::string &why) {
  return ended ? *ended : record(Exit::How::Protocol, why);
}

const Exit &Process::finish(milliseconds patience) {
  if (ended)
    return *ended;
  channel.close();
  const auto until = Clock::now() + patience;
  while (!child.hasEnded(milliseconds(1)) && Clock::now() < until)
    channel.tail().drain();
  return record(Exit::How::Stopped, child.hasEnded(milliseconds(0))
                                        ? ""
                                        : "it did not end when asked");
}

const Exit &Process::dismiss() {
  if (ended)
    return *ended;
  channel.tail().drain();
  child.dismiss();
  ended = Exit{Exit::How::Stopped, 0, 0, "it was dismissed", ""};
  channel = {};
  return *ended;
}

} // namespace glowplug::process
