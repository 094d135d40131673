// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Starts a device, shares memory with it, and trusts none of its answers.

#include "simulator/process/Client.h"

#include "simulator/isa/Config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace glowplug::npu::process {

using npu::Fault;

/// Extents begin at multiples of it in the shared file.
static constexpr std::uint64_t page = 4096;

/// The descriptor that the device finds its socket at.
static constexpr int deviceSocket = 3;

static Result<pid_t> spawn(const std::string &executable, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // What SystemC prints must not mix with the client's output.
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, socket, deviceSocket);
  posix_spawn_file_actions_addclosefrom_np(&actions, deviceSocket + 1);
  const std::string number = std::to_string(deviceSocket);
  std::string name = executable, option = "--socket", value = number;
  char *const arguments[] = {name.data(), option.data(), value.data(), nullptr};
  pid_t child = -1;
  const int error = posix_spawn(&child, executable.c_str(), &actions, nullptr,
                                arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return Fault{fmt::format("{}: cannot be started: {}", executable,
                             std::strerror(error))};
  return child;
}

Result<std::unique_ptr<Client>> Client::start(const Options &options) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return Fault{fmt::format("socketpair: {}", std::strerror(errno))};
  Descriptor ours(ends[0]), theirs(ends[1]);
  // Clear of those that the device gets: dup2 onto itself would leave it to be
  // closed by exec.
  if (theirs.get() <= deviceSocket)
    theirs = Descriptor(fcntl(theirs.get(), F_DUPFD_CLOEXEC, deviceSocket + 1));
  const auto child = spawn(options.executable, theirs.get());
  if (!child)
    return child.fault();
  std::unique_ptr<Client> client(
      new Client(options, Channel(std::move(ours)), *child));
  theirs = Descriptor();
  const auto hello = client->answer(Kind::Hello, sizeof version);
  if (!hello)
    return hello.fault();
  std::uint32_t theirVersion = 0;
  if (hello->payload.size() == sizeof theirVersion)
    std::memcpy(&theirVersion, hello->payload.data(), sizeof theirVersion);
  if (theirVersion != version)
    return client->lose(fmt::format("it speaks version {} instead of {}",
                                    theirVersion, version));
  return client;
}

Client::~Client() {
  unshare();
  end();
}

/// Ends the process if it still is one.
void Client::end() {
  if (child <= 0)
    return;
  kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR)
    ;
  child = -1;
}

/// Gives the device up. What became of its process says more than \p why, if
/// that is empty.
Fault Client::lose(const std::string &why) {
  std::string reason = why;
  if (why.empty()) {
    reason = "it closed its stream";
    int status = 0;
    // It may take the kernel a moment from the end of the stream to that of
    // the process.
    for (int i = 0; i < 100 && child > 0; ++i) {
      if (waitpid(child, &status, WNOHANG) != child) {
        usleep(1000);
        continue;
      }
      child = -1;
      reason =
          WIFSIGNALED(status)
              ? fmt::format("it was ended by signal {} ({})", WTERMSIG(status),
                            strsignal(WTERMSIG(status)))
              : fmt::format("it has left with status {}", WEXITSTATUS(status));
    }
  }
  end();
  unshare();
  lost = Fault{fmt::format("device {}: {}", options.executable, reason)};
  return *lost;
}

Result<Message> Client::answer(Kind expected, std::uint64_t most) {
  // A fault's text may be longer than the answer.
  auto message =
      channel.receive(std::max<std::uint64_t>(most, 1 << 16), deadline());
  if (!message)
    return lose(message.message());
  if (message->kind == Kind::Fault)
    return Fault{
        std::string(reinterpret_cast<const char *>(message->payload.data()),
                    message->payload.size())};
  if (message->kind != expected)
    return lose(fmt::format(
        "it answers with a message of kind {} instead of {}",
        static_cast<unsigned>(message->kind), static_cast<unsigned>(expected)));
  return message;
}

Result<Message>
Client::ask(Kind kind, std::initializer_list<std::span<const std::byte>> parts,
            int shared, Kind expected, std::uint64_t most) {
  if (lost)
    return *lost;
  if (auto fault = channel.send(kind, parts, shared, deadline()))
    return lose(fault->message);
  return answer(expected, most);
}

void Client::unshare() {
  if (mapped)
    munmap(mapped, mappedBytes);
  mapped = nullptr;
  mappedBytes = 0;
  dram = {};
  file = Descriptor();
}

std::optional<Fault> Client::share(const Extents &extents) {
  unshare();
  for (const std::int64_t extent : extents)
    mappedBytes +=
        (static_cast<std::uint64_t>(extent) + page - 1) / page * page;
  if (mappedBytes == 0)
    return std::nullopt;
  file =
      Descriptor(memfd_create("glowplug-npu", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ftruncate(file.get(), static_cast<off_t>(mappedBytes)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return Fault{fmt::format("{} bytes of shared memory: {}", mappedBytes,
                             std::strerror(errno))};
  void *const at = mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED)
    return Fault{fmt::format("{} bytes of shared memory: {}", mappedBytes,
                             std::strerror(errno))};
  mapped = static_cast<std::uint8_t *>(at);
  std::size_t next = 0;
  for (int i = 0; i < baseRegisters; ++i) {
    const auto extent = static_cast<std::size_t>(extents[i]);
    dram[i] = {mapped + next, extent};
    next += (extent + page - 1) / page * page;
  }
  return std::nullopt;
}

std::optional<Fault> Client::load(const Program &program,
                                  const Machine &machine) {
  if (lost)
    return lost;
  isLoaded = false;
  if (auto fault = share(program.extents))
    return fault;
  const std::string config = writeConfig(machine.config);
  const std::vector<std::byte> bytes = writeProgram(program, machine.config);
  LoadHead head{};
  for (int i = 0; i < baseRegisters; ++i) {
    head.bases[i] = machine.bases[i];
    head.offsets[i] =
        mapped ? static_cast<std::uint64_t>(dram[i].data() - mapped) : 0;
  }
  head.programBase = machine.programBase;
  head.configBytes = config.size();
  const auto loaded =
      ask(Kind::Load, {bytesOf(head), std::as_bytes(std::span(config)), bytes},
          file.get(), Kind::Loaded, 0);
  if (!loaded)
    return loaded.fault();
  commands = program.commands.size();
  isLoaded = true;
  return std::nullopt;
}

/// Whether a command can have lived like that.
static bool isPossible(const RanRecord &record, std::int64_t cycles) {
  return record.dispatched >= 0 && record.start > record.dispatched &&
         record.frontFree > record.start && record.end > record.start &&
         record.end <= cycles;
}

/// Reads the payload of Ran, of which the size is not yet known to be right.
static Result<Outcome> readOutcome(std::span<const std::byte> payload,
                                   std::size_t commands, bool wantsCrcs) {
  RanHead head;
  const std::size_t crcs = wantsCrcs ? commands : 0;
  if (payload.size() !=
      sizeof head + commands * sizeof(RanRecord) + crcs * sizeof(std::uint32_t))
    return Fault{fmt::format("it answers with {} bytes for {} commands",
                             payload.size(), commands)};
  std::memcpy(&head, payload.data(), sizeof head);
  if (head.records != commands || head.crcs != crcs)
    return Fault{fmt::format("it answers with {} records and {} CRCs for {} "
                             "commands",
                             head.records, head.crcs, commands)};
  Outcome outcome;
  outcome.timeline.cycles = head.cycles;
  outcome.inHardware = head.inHardware;
  outcome.timeline.records.resize(commands);
  const std::byte *at = payload.data() + sizeof head;
  std::int64_t last = 0;
  for (std::size_t n = 0; n < commands; ++n, at += sizeof(RanRecord)) {
    RanRecord record;
    std::memcpy(&record, at, sizeof record);
    if (!isPossible(record, head.cycles))
      return Fault{fmt::format("it answers with impossible times for command "
                               "{}: {}, {}, {}, {} of {}",
                               n, record.dispatched, record.start,
                               record.frontFree, record.end, head.cycles)};
    last = std::max(last, record.end);
    outcome.timeline.records[n] = {record.dispatched, record.start,
                                   record.frontFree, record.end};
  }
  if (last != head.cycles)
    return Fault{fmt::format("it answers with {} cycles, but its last command "
                             "ends at {}",
                             head.cycles, last)};
  outcome.crcs.resize(crcs);
  if (crcs != 0)
    std::memcpy(outcome.crcs.data(), at, crcs * sizeof(std::uint32_t));
  return outcome;
}

Result<Outcome> Client::run(bool withData, bool wantsCrcs) {
  if (lost)
    return *lost;
  if (!isLoaded)
    return Fault{"no program is loaded"};
  const RunHead head{withData, wantsCrcs, options.rtlArray, options.rtlVector};
  const auto ran = ask(
      Kind::Run, {bytesOf(head)}, -1, Kind::Ran,
      sizeof(RanHead) + commands * (sizeof(RanRecord) + sizeof(std::uint32_t)));
  if (!ran)
    return ran.fault();
  auto outcome = readOutcome(ran->payload, commands, wantsCrcs);
  if (!outcome)
    return lose(outcome.message());
  return outcome;
}

} // namespace glowplug::npu::process
