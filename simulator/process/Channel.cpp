// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Messages over a socket, with deadlines; a descriptor may go with one.

#include "simulator/process/Channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace glowplug::npu::process {

using npu::Fault;

Descriptor &Descriptor::operator=(Descriptor &&other) noexcept {
  if (this != &other) {
    if (number >= 0)
      close(number);
    number = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (number >= 0)
    close(number);
}

int Descriptor::release() { return std::exchange(number, -1); }

Channel::Channel(Descriptor socket) : socket(std::move(socket)) {}

std::optional<Fault> Channel::wait(short events,
                                   std::optional<Clock::time_point> deadline) {
  while (true) {
    int milliseconds = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - Clock::now());
      if (left.count() <= 0)
        return Fault{"no answer in time"};
      milliseconds =
          static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30));
    }
    pollfd poller{socket.get(), events, 0};
    const int ready = poll(&poller, 1, milliseconds);
    if (ready > 0)
      return std::nullopt;
    if (ready < 0 && errno != EINTR)
      return Fault{fmt::format("poll: {}", std::strerror(errno))};
  }
}

std::optional<Fault>
Channel::sendAll(std::span<const std::byte> bytes, int file,
                 std::optional<Clock::time_point> deadline) {
  while (!bytes.empty()) {
    iovec part{const_cast<std::byte *>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (file >= 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr *head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(head), &file, sizeof file);
    }
    const ssize_t sent =
        sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      file = -1;
    } else if (errno == EAGAIN) {
      if (auto fault = wait(POLLOUT, deadline))
        return fault;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Fault{""};
    } else if (errno != EINTR) {
      return Fault{fmt::format("send: {}", std::strerror(errno))};
    }
  }
  return std::nullopt;
}

std::optional<Fault>
Channel::receiveAll(std::span<std::byte> bytes, Descriptor *file,
                    std::optional<Clock::time_point> deadline) {
  while (!bytes.empty()) {
    if (auto fault = wait(POLLIN, deadline))
      return fault;
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got =
        recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
      return Fault{""};
    if (got < 0 && errno != EINTR && errno != EAGAIN)
      return Fault{fmt::format("receive: {}", std::strerror(errno))};
    if (got < 0)
      continue;
    for (cmsghdr *head = CMSG_FIRSTHDR(&message); head;
         head = CMSG_NXTHDR(&message, head))
      if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
          head->cmsg_len == CMSG_LEN(sizeof(int))) {
        int number;
        std::memcpy(&number, CMSG_DATA(head), sizeof number);
        Descriptor came(number);
        if (file)
          *file = std::move(came);
      }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

std::optional<Fault>
Channel::send(Kind kind,
              std::initializer_list<std::span<const std::byte>> parts, int file,
              std::optional<Clock::time_point> deadline) {
  Frame frame{magic, kind, 0};
  for (const auto &part : parts)
    frame.bytes += part.size();
  if (auto fault = sendAll(bytesOf(frame), file, deadline))
    return fault;
  for (const auto &part : parts)
    if (auto fault = sendAll(part, -1, deadline))
      return fault;
  return std::nullopt;
}

Result<Message> Channel::receive(std::uint64_t most,
                                 std::optional<Clock::time_point> deadline) {
  Frame frame;
  Descriptor file;
  if (auto fault = receiveAll(std::as_writable_bytes(std::span(&frame, 1)),
                              &file, deadline))
    return *fault;
  if (frame.magic != magic)
    return Fault{fmt::format("a message begins with {:#x} instead of {:#x}",
                             frame.magic, magic)};
  if (frame.bytes > most)
    return Fault{
        fmt::format("a message has {} bytes, over {}", frame.bytes, most)};
  Message message{frame.kind, {}, std::move(file)};
  // Memory only for what comes.
  constexpr std::uint64_t step = 1 << 20;
  while (message.payload.size() < frame.bytes) {
    const std::size_t at = message.payload.size();
    message.payload.resize(at + std::min(step, frame.bytes - at));
    if (auto fault = receiveAll(std::span(message.payload).subspan(at), nullptr,
                                deadline))
      return *fault;
  }
  return message;
}

} // namespace glowplug::npu::process
