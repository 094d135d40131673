// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The worker's side: what a worker does first.

#include "backend-api/process/Worker.h"

#include <chrono>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

namespace glowplug::process {

static bool isStreamSocket(int number) {
  int kind = 0;
  socklen_t size = sizeof kind;
  return getsockopt(number, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 &&
         kind == SOCK_STREAM;
}

/// A signal of the terminal does not reach a worker's group, and a worker that
/// hangs does not read its channel: someone has to see that nobody waits.
static void endWithParent(int socket) {
  std::thread([socket] {
    pollfd polled{socket, 0, 0}; // tells of the end of the stream alone
    while (poll(&polled, 1, -1) <= 0)
      ;
    // Time for the worker to see it by itself and leave in order.
    std::this_thread::sleep_for(std::chrono::seconds(5));
    _exit(1);
  }).detach();
}

std::optional<Channel> beWorker(std::string_view protocol) {
  if (!isStreamSocket(channelDescriptor))
    return std::nullopt;
  fcntl(channelDescriptor, F_SETFD, FD_CLOEXEC);
  Channel channel{Descriptor(channelDescriptor)};
  std::set_new_handler([] { _exit(outOfMemoryStatus); });
  endWithParent(fcntl(channelDescriptor, F_DUPFD_CLOEXEC, 0));
  if (channel.send(greetingKind, {bytesOfText(protocol)}, -1, std::nullopt))
    return std::nullopt;
  return channel;
}

} // namespace glowplug::process
