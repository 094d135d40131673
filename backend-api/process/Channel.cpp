// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Messages over a socket, with deadlines; a descriptor may go with one.

#include "backend-api/process/Channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace glowplug::process {

static Failure systemFailure(const char *call) {
  return {Failure::Kind::System,
          std::string(call) + ": " + std::strerror(errno)};
}

std::optional<Failure> Channel::wait(short events, Deadline deadline) {
  if (!socket) // poll would wait for ever
    return Failure{Failure::Kind::Closed, "the stream was closed"};
  while (true) {
    int milliseconds = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - Clock::now());
      if (left.count() <= 0)
        return Failure{Failure::Kind::Late, "no answer in time"};
      milliseconds =
          static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30));
    }
    pollfd polled[] = {{socket.get(), events, 0},
                       {errors.descriptor(), POLLIN, 0}};
    if (poll(polled, std::size(polled), milliseconds) < 0 && errno != EINTR)
      return systemFailure("poll");
    if (polled[1].revents != 0)
      errors.drain();
    if (polled[0].revents != 0)
      return std::nullopt;
  }
}

/// Puts \p file into the control part of \p message.
static void attach(int file, msghdr &message, std::span<char> control) {
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr *const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof file);
  std::memcpy(CMSG_DATA(head), &file, sizeof file);
}

std::optional<Failure> Channel::sendAll(std::span<const std::byte> bytes,
                                        int file, Deadline deadline) {
  while (!bytes.empty()) {
    iovec part{const_cast<std::byte *>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (file >= 0)
      attach(file, message, control);
    const ssize_t sent =
        sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      file = -1;
    } else if (errno == EAGAIN) {
      if (auto failure = wait(POLLOUT, deadline))
        return failure;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Failure{Failure::Kind::Closed, "the stream was closed"};
    } else if (errno != EINTR) {
      return systemFailure("send");
    }
  }
  return std::nullopt;
}

/// Takes the descriptors that came with \p message: all are closed but the last
/// one, which goes to \p file if that is not null.
static void detach(msghdr &message, Descriptor *file) {
  for (cmsghdr *head = CMSG_FIRSTHDR(&message); head;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
        head->cmsg_len != CMSG_LEN(sizeof(int)))
      continue;
    int number = -1;
    std::memcpy(&number, CMSG_DATA(head), sizeof number);
    Descriptor came(number);
    if (file)
      *file = std::move(came);
  }
}

std::optional<Failure> Channel::receiveAll(std::span<std::byte> bytes,
                                           Descriptor *file,
                                           Deadline deadline) {
  while (!bytes.empty()) {
    if (auto failure = wait(POLLIN, deadline))
      return failure;
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
      return Failure{Failure::Kind::Closed, "the stream was closed"};
    if (got < 0 && errno != EINTR && errno != EAGAIN)
      return systemFailure("receive");
    if (got < 0)
      continue;
    detach(message, file);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

std::optional<Failure>
Channel::send(std::uint32_t kind,
              std::initializer_list<std::span<const std::byte>> parts, int file,
              Deadline deadline) {
  Frame frame{magic, kind, 0};
  for (const auto &part : parts)
    frame.bytes += part.size();
  if (auto failure = sendAll(bytesOf(frame), file, deadline))
    return failure;
  for (const auto &part : parts)
    if (auto failure = sendAll(part, -1, deadline))
      return failure;
  return std::nullopt;
}

static std::string hex(std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", number);
  return text;
}

std::optional<Failure> Channel::receive(Message &message, std::uint64_t most,
                                        Deadline deadline) {
  Frame frame;
  message = {};
  if (auto failure = receiveAll(std::as_writable_bytes(std::span(&frame, 1)),
                                &message.file, deadline))
    return failure;
  if (frame.magic != magic)
    return Failure{Failure::Kind::Garbage, "a message needs to begin with " +
                                               hex(magic) + ", but got " +
                                               hex(frame.magic)};
  if (frame.bytes > most)
    return Failure{Failure::Kind::Garbage,
                   "a message needs at most " + std::to_string(most) +
                       " bytes, but got " + std::to_string(frame.bytes)};
  message.kind = frame.kind;
  // Memory only for what comes: the size may be a lie.
  constexpr std::uint64_t step = 1 << 20;
  while (message.payload.size() < frame.bytes) {
    const std::size_t at = message.payload.size();
    message.payload.resize(at + std::min(step, frame.bytes - at));
    if (auto failure = receiveAll(std::span(message.payload).subspan(at),
                                  nullptr, deadline))
      return failure;
  }
  return std::nullopt;
}

} // namespace glowplug::process
