// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Devices that die, hang or give wrong answers, and clients that send nonsense:
// each is an error, and does no other harm.

#include "backend-api/process/Worker.h"
#include "simulator/process/Client.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace glowplug::process;
using namespace glowplug::npu;
using namespace glowplug::npu::process;
using namespace glowplug::npu::test;

namespace {

/// An executable that runs \p body in a shell, with the socket at 3.
class Script {
public:
  explicit Script(const std::string &body) {
    char name[] = "/tmp/npu-device-XXXXXX";
    const int file = mkstemp(name);
    path = name;
    const std::string text = "#!/bin/sh\n" + body + "\n";
    EXPECT_EQ(write(file, text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
    fchmod(file, 0700);
    close(file);
  }
  ~Script() { std::filesystem::remove(path); }

  Options options(int milliseconds = 20'000) const {
    Options options;
    options.executable = path;
    options.timeout = std::chrono::milliseconds(milliseconds);
    return options;
  }

  /// The fault of starting it, without its path.
  std::string startFault(int milliseconds = 20'000) const {
    const auto client = Client::start(options(milliseconds));
    EXPECT_FALSE(client);
    if (client)
      return "";
    const std::string begin = "device " + path + ": ";
    EXPECT_EQ(client.message().substr(0, begin.size()), begin);
    return client.message().substr(begin.size());
  }

private:
  std::string path;
};

/// The hello of a device as a shell prints it.
const std::string hello =
    R"(printf 'GPWK\000\000\000\000\014\000\000\000\000\000\000\000)"
    R"(npu-device 5' >&3)";

TEST(NpuProcessClient, AMissingExecutableIsAFault) {
  Options options;
  options.executable = "/nowhere/npu-device";
  const auto client = Client::start(options);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.message(), "device /nowhere/npu-device: it cannot be "
                              "started: No such file or directory");
}

TEST(NpuProcessClient, SomethingElseThanADeviceIsAFault) {
  EXPECT_EQ(Script("exit 7").startFault(), "it exited with status 7");
  EXPECT_EQ(Script("kill -9 $$").startFault(),
            "it was ended by signal 9 (Killed)");
  EXPECT_EQ(Script("echo I am a shell, not an NPU >&3").startFault(),
            "a message needs to begin with 0x4b575047, but got 0x6d612049");
  EXPECT_EQ(Script(R"(printf 'GPWK\000\000\000\000\014\000\000\000\000\000)"
                   R"(\000\000npu-device 9' >&3)")
                .startFault(),
            "it needs to speak 'npu-device 5', but speaks 'npu-device 9'");
  // Of another kind, and of a size that nobody has memory for.
  EXPECT_EQ(Script(R"(printf 'GPWK\004\000\000\000\000\000\000\000\000\000)"
                   R"(\000\000' >&3)")
                .startFault(),
            "it needs to greet, but sent a message of kind 4");
  EXPECT_EQ(Script(R"(printf 'GPWK\000\000\000\000\377\377\377\377\377\377)"
                   R"(\377\177' >&3)")
                .startFault(),
            "a message needs at most 256 bytes, but got 9223372036854775807");
}

TEST(NpuProcessClient, ADeviceThatHangsIsEndedInTime) {
  const auto begin = Clock::now();
  EXPECT_EQ(Script("exec sleep 100").startFault(200), "no answer in time");
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(20));
}

TEST(NpuProcessClient, ADeviceThatHangsLaterIsEndedToo) {
  const Script script(hello + "\nexec sleep 100");
  auto client = Client::start(script.options(500));
  ASSERT_TRUE(client) << client.message();
  const auto fault = (*client)->load({}, machineOf(Config{}));
  ASSERT_TRUE(fault);
  EXPECT_NE(fault->message.find("no answer in time"), std::string::npos);
  // It stays so, at once.
  const auto again = (*client)->run({});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.message(), fault->message);
  const auto load = (*client)->load({}, machineOf(Config{}));
  ASSERT_TRUE(load);
  EXPECT_EQ(load->message, fault->message);
}

/// A real device that leaves its number behind.
class Traced {
public:
  explicit Traced(int milliseconds) {
    auto started = Client::start(script.options(milliseconds));
    EXPECT_TRUE(started) << started.message();
    client = std::move(*started);
    std::ifstream(file) >> child;
    std::filesystem::remove(file);
    EXPECT_GT(child, 0);
    EXPECT_FALSE(client->load({}, machineOf(Config{})));
    EXPECT_TRUE(client->run({}));
  }

  std::unique_ptr<Client> client;
  pid_t child = -1;

private:
  std::string file = "/tmp/npu-device-" + std::to_string(getpid());
  Script script{"echo $$ > " + file + "\nexec " NPU_DEVICE " \"$@\""};
};

TEST(NpuProcessClient, ADeviceThatIsKilledIsAFault) {
  Traced device(20'000);
  ASSERT_EQ(kill(device.child, SIGKILL), 0);
  const auto outcome = device.client->run({});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.message().find("it was ended by signal 9 (Killed)"),
            std::string::npos)
      << outcome.message();
  EXPECT_TRUE(device.client->load({}, machineOf(Config{})));
}

TEST(NpuProcessClient, ADeviceThatStopsIsEndedInTime) {
  Traced device(2000);
  ASSERT_EQ(kill(device.child, SIGSTOP), 0);
  const auto outcome = device.client->run({});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.message().find("no answer in time"), std::string::npos);
  // Ended, not only left alone.
  EXPECT_NE(kill(device.child, 0), 0);
}

/// More than a socket holds, and nobody reads.
TEST(NpuProcessClient, ADeviceThatDoesNotReadIsEndedToo) {
  const Script script(hello + "\nexec sleep 100");
  auto client = Client::start(script.options(500));
  ASSERT_TRUE(client) << client.message();
  Program program;
  program.commands.resize(200'000, encodeCommand(commandsOf("sync store")[0]));
  const auto fault = (*client)->load(program, machineOf(Config{}));
  ASSERT_TRUE(fault);
  EXPECT_NE(fault->message.find("no answer in time"), std::string::npos);
}

TEST(NpuProcessClient, GarbageForRecordsIsAFault) {
  // Loaded, then Ran with a record that has only zeros, and too few bytes.
  const std::string loaded =
      R"(printf 'GPWK\002\000\000\000\000\000\000\000\000\000\000\000' >&3)";
  const std::string head =
      R"(printf 'GPWK\004\000\000\000\110\000\000\000\000\000\000\000' >&3)";
  const std::string longer =
      R"(printf 'GPWK\004\000\000\000\120\000\000\000\000\000\000\000' >&3)";
  const std::string zeros = "head -c 72 /dev/zero >&3";
  const std::string ran =
      R"(printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0)"
      R"(\001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >&3; head -c 40 /dev/zero >&3)";
  Program program;
  program.commands = {encodeCommand(commandsOf("sync store")[0])};
  for (const auto &[body, expected] :
       {std::pair(head + "\n" + zeros,
                  "it answers with 0 records and 0 CRCs for 1 commands"),
        std::pair(head + "\n" + ran,
                  "it answers with impossible times for command 0"),
        std::pair(longer + "\n" + zeros + "; head -c 8 /dev/zero >&3",
                  "it answers with 80 bytes for 1 commands")}) {
    const Script script(hello + "\n" + loaded + "\n" + body +
                        "\nexec sleep 100");
    auto client = Client::start(script.options());
    ASSERT_TRUE(client) << client.message();
    ASSERT_FALSE((*client)->load(program, machineOf(Config{})));
    const auto outcome = (*client)->run({});
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.message().find(expected), std::string::npos)
        << outcome.message();
  }
}

/// A device without a client: what it answers to any bytes.
class Device {
public:
  Device() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Descriptor theirs(ends[1]);
    socket = ends[0];
    channel.emplace(Descriptor(ends[0]));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), channelDescriptor);
    std::string name = NPU_DEVICE;
    char *arguments[] = {name.data(), nullptr};
    EXPECT_EQ(
        posix_spawn(&child, NPU_DEVICE, &actions, nullptr, arguments, environ),
        0);
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(receive().text(), protocol);
  }
  ~Device() {
    if (child > 0)
      kill(child, SIGKILL), waitpid(child, nullptr, 0);
  }

  Message receive() {
    Message message;
    EXPECT_FALSE(channel->receive(message, 1 << 20,
                                  Clock::now() + std::chrono::seconds(20)));
    return message;
  }

  /// The text of the fault with which it answers.
  std::string faultOf(Kind kind,
                      std::initializer_list<std::span<const std::byte>> parts,
                      int file = -1) {
    EXPECT_FALSE(channel->send(static_cast<std::uint32_t>(kind), parts, file,
                               std::nullopt));
    const Message message = receive();
    return message.kind == static_cast<std::uint32_t>(Kind::Fault)
               ? std::string(message.text())
               : "no fault";
  }

  void sendRaw(const void *bytes, std::size_t size) {
    EXPECT_EQ(::send(socket, bytes, size, MSG_NOSIGNAL),
              static_cast<ssize_t>(size));
  }

  /// Its exit status, or 1000 + signal.
  int end() {
    channel.reset();
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    child = -1;
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
  }

private:
  pid_t child = -1;
  int socket = -1;
  std::optional<Channel> channel;
};

/// A load without mistakes, to be spoilt.
struct Load {
  LoadHead head{};
  std::string config = writeConfig(Config{});
  std::vector<std::byte> program;

  Load() {
    Program some;
    some.extents[1] = 4096;
    some.commands = {encodeCommand(commandsOf("load load_a dram_base=1 "
                                              "run=64")[0])};
    program = writeProgram(some, Config{});
    head.configBytes = config.size();
  }

  std::string faultOn(Device &device, int file) const {
    return device.faultOf(
        Kind::Load, {bytesOf(head), std::as_bytes(std::span(config)), program},
        file);
  }
};

int memoryFile(std::size_t bytes, bool sealed) {
  const int file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  EXPECT_EQ(ftruncate(file, static_cast<off_t>(bytes)), 0);
  if (sealed)
    EXPECT_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK), 0);
  return file;
}

TEST(NpuProcessDevice, NonsenseInMessagesIsAFault) {
  Device device;
  EXPECT_EQ(device.faultOf(Kind::Ran, {}),
            "a device takes no message of kind 4");
  EXPECT_EQ(device.faultOf(static_cast<Kind>(77), {}),
            "a device takes no message of kind 77");
  EXPECT_EQ(device.faultOf(Kind::Run, {}), "run: has 0 bytes, but its head 56");
  EXPECT_EQ(device.faultOf(Kind::Run, {bytesOf(RunHead{})}),
            "run: no program is loaded");
  EXPECT_EQ(device.faultOf(Kind::Load, {bytesOf(RunHead{})}),
            "load: has 56 bytes, but its head 144");
  const Descriptor sealed(memoryFile(4096, true)),
      open(memoryFile(4096, false)), empty(memoryFile(0, true)),
      small(memoryFile(64, true));
  {
    Load load;
    load.head.configBytes = UINT64_MAX;
    EXPECT_EQ(load.faultOn(device, sealed.get()).substr(0, 55),
              "load: a configuration of 18446744073709551615 bytes in ");
  }
  {
    Load load;
    load.head.configBytes -= 1;
    EXPECT_EQ(load.faultOn(device, sealed.get()),
              "the configuration is not a JSON object");
  }
  {
    Load load;
    load.program.pop_back();
    EXPECT_EQ(load.faultOn(device, sealed.get()).substr(0, 11), "command 0: ");
  }
  {
    Load load;
    load.head.offsets[1] = UINT64_MAX - 100;
    EXPECT_EQ(load.faultOn(device, sealed.get()),
              "base 1: 4096 bytes from 18446744073709551515 on are not within "
              "a file of 4096");
  }
  {
    Load load;
    load.head.programBase = 1;
    EXPECT_EQ(load.faultOn(device, sealed.get()),
              "program: must lie at a multiple of 64, but is at 1");
  }
  const Load load;
  EXPECT_EQ(load.faultOn(device, -1),
            "base 1: 4096 bytes from 0 on are not within a file of 0");
  EXPECT_EQ(load.faultOn(device, open.get()),
            "memory: the file must be sealed against shrinking");
  EXPECT_EQ(load.faultOn(device, empty.get()), "memory: the file is empty");
  EXPECT_EQ(load.faultOn(device, small.get()),
            "base 1: 4096 bytes from 0 on are not within a file of 64");
  EXPECT_EQ(load.faultOn(device, STDIN_FILENO).substr(0, 8), "memory: ");
  // And it still works.
  EXPECT_EQ(load.faultOn(device, sealed.get()), "no fault");
  EXPECT_EQ(device.end(), 0);
}

TEST(NpuProcessDevice, ARunThatCannotBeIsAFault) {
  Device device;
  const Descriptor file(memoryFile(4096, true));
  EXPECT_EQ(Load().faultOn(device, file.get()), "no fault");
  const auto faultOf = [&](const RunHead &head) {
    return device.faultOf(Kind::Run, {bytesOf(head)});
  };
  EXPECT_EQ(faultOf({0, 1, 0, 0, 0, -1, {}}),
            "run: there are no CRCs without data");
  EXPECT_EQ(faultOf({1, 1, 0, 0, 64, -1, {}}), "run: unknown units 40");
  const RunHead noChip{1, 1, 0, 0, dmaUnit, -1, {}};
  EXPECT_EQ(device.faultOf(Kind::Run,
                           {bytesOf(noChip), bytesOfText("/tmp/waves.fst")}),
            "run: only the chip writes waves");
  EXPECT_EQ(faultOf({1, 1, 0, 0, 0, -2, {}}),
            "run: cannot watch command -2 of 1");
  EXPECT_EQ(faultOf({1, 1, 0, 0, 0, 1, {}}),
            "run: cannot watch command 1 of 1");
  EXPECT_EQ(faultOf({0, 0, 0, 0, 0, 0, {}}),
            "run: cannot watch command 0 of 1 without data");
  EXPECT_EQ(faultOf({1, 1, 0, 0, arrayUnit, -1, {1, 0, 0}}),
            "run: only the chip has a memory that may be slow");
  EXPECT_EQ(faultOf({1, 1, 0, 0, chipUnit, -1, {100, 1, 0}}),
            "run: a memory that stalls in 100 % of the cycles and takes up to "
            "1; at most 99 and 10000");
  EXPECT_EQ(faultOf({1, 1, 0, 0, vectorUnit, -1, {}, 0, 0, 1}),
            "run: only the chip has an x-seed, at most 2147483647, but got 1");
  EXPECT_EQ(faultOf({1, 1, 0, 0, chipUnit, -1, {}, 0, 0, mostXSeed + 1}),
            "run: only the chip has an x-seed, at most 2147483647, but got "
            "2147483648");
  EXPECT_EQ(faultOf({1, 1, 0, 0, arrayUnit | vectorUnit, -1, {}}), "no fault");
  EXPECT_EQ(device.end(), 0);
}

TEST(NpuProcessDevice, AStreamThatIsNoneEndsIt) {
  Device device;
  device.sendRaw("neither magic nor kind nor size", 31);
  EXPECT_EQ(device.end(), 1);
  Device greedy;
  const Frame frame{magic, 1, UINT64_MAX};
  greedy.sendRaw(&frame, sizeof frame);
  EXPECT_EQ(greedy.end(), 1);
}

TEST(NpuProcessDevice, AnEndWithinAMessageEndsIt) {
  Device device;
  const Frame frame{magic, 1, mostPayload};
  device.sendRaw(&frame, sizeof frame);
  EXPECT_EQ(device.end(), 0);
}

} // namespace
