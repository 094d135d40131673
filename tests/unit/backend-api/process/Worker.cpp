// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A worker that misbehaves on demand: its first argument says how.

#include "backend-api/process/Worker.h"
#include "backend-api/process/Process.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sys/socket.h>

using namespace glowplug::process;

namespace {

const char *self;

/// Answers each message with itself until the stream ends.
int echo(Channel &channel) {
  Message message;
  while (!channel.receive(message, UINT64_MAX, std::nullopt))
    if (channel.send(message.kind, {message.payload}, -1, std::nullopt))
      return 1;
  return 0;
}

[[noreturn]] void hang() {
  while (true)
    pause();
}

int crash(Channel &) {
  std::fprintf(stderr, "first line\n\nlast\tline\n");
  std::signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
  return 0;
}

int writeGarbage(Channel &) {
  std::string text(1000, 'x');
  if (write(channelDescriptor, text.data(), text.size()) < 0)
    return 1;
  hang();
}

/// The first bytes of an answer that never ends.
int dieInMessage(Channel &) {
  const Frame frame{magic, 7, 1000};
  if (write(channelDescriptor, &frame, sizeof frame) < 0 ||
      write(channelDescriptor, "half", 4) < 0)
    return 1;
  _exit(3);
}

int closeChannel(Channel &) {
  shutdown(channelDescriptor, SHUT_RDWR);
  hang();
}

/// Takes memory until there is no more.
int takeMemory(Channel &) {
  std::vector<std::string> all;
  while (true)
    all.emplace_back(std::size_t(1) << 24, 'x');
}

int flood(Channel &channel) {
  const std::string line(99, '.');
  for (int i = 0; i < 200'000; ++i)
    std::fprintf(stderr, "%s\n", line.c_str());
  std::fprintf(stderr, "the end of the flood\n");
  return echo(channel);
}

int floodForEver(Channel &) {
  while (true)
    std::fprintf(stderr, "and on and on\n");
}

/// Leaves behind a process that has the channel and does not end.
int leaveChild(Channel &) {
  if (fork() == 0)
    hang();
  _exit(4);
}

/// Starts a worker that hangs, and answers with its number.
int startAnother(Channel &channel) {
  const Process other = Process::start({self, {"hang"}, "test 1"});
  const pid_t number = other.id();
  if (channel.send(1, {bytesOf(number)}, -1, std::nullopt))
    return 1;
  hang();
}

int exitWithSeven(Channel &) { return 7; }
int hangAfterGreeting(Channel &) { hang(); }

} // namespace

int main(int argc, char **argv) {
  self = argv[0];
  const std::string manner = argc > 1 ? argv[1] : "";
  if (manner == "silent")
    hang();
  auto channel = beWorker(manner == "stranger" ? "test\n2" : "test 1");
  if (!channel)
    return 2;
  const std::map<std::string, int (*)(Channel &)> manners = {
      {"echo", echo},
      {"exit", exitWithSeven},
      {"crash", crash},
      {"hang", hangAfterGreeting},
      {"garbage", writeGarbage},
      {"half", dieInMessage},
      {"close", closeChannel},
      {"memory", takeMemory},
      {"flood", flood},
      {"endless", floodForEver},
      {"child", leaveChild},
      {"another", startAnother}};
  const auto found = manners.find(manner);
  return found == manners.end() ? 2 : found->second(*channel);
}
