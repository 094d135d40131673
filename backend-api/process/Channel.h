// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One end of the stream of messages between a process and its worker.

#pragma once

#include "backend-api/process/Descriptor.h"
#include "backend-api/process/Tail.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace glowplug::process {

using Clock = std::chrono::steady_clock;
/// Until when to wait; for ever without a value.
using Deadline = std::optional<Clock::time_point>;

/// The head of a message on the stream. Both ends run on one machine: numbers
/// are as the machine has them.
struct Frame {
  std::uint32_t magic;
  std::uint32_t kind;
  std::uint64_t bytes; ///< of the payload, which follows
};
inline constexpr std::uint32_t magic = 0x4b575047; // "GPWK"

/// The first message of a worker names its protocol. Protocols number their own
/// messages from 1 on.
inline constexpr std::uint32_t greetingKind = 0;

struct Message {
  std::uint32_t kind = greetingKind;
  std::vector<std::byte> payload;
  Descriptor file; ///< that came with it, maybe none

  std::string_view text() const {
    return {reinterpret_cast<const char *>(payload.data()), payload.size()};
  }
};

/// Why a message has not gone or come.
struct Failure {
  enum class Kind : std::uint8_t { Closed, Late, Garbage, System };
  Kind kind;
  std::string text;
};

/// The bytes of a value.
template <typename T>
  requires std::is_trivially_copyable_v<T>
std::span<const std::byte> bytesOf(const T &value) {
  return std::as_bytes(std::span(&value, 1));
}
inline std::span<const std::byte> bytesOfText(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Sends and receives whole messages over a socket. After a failure it is of no
/// more use.
class Channel {
public:
  Channel() = default;
  /// Takes \p socket, a stream socket of the local family. While it waits it
  /// reads \p tail, so that an other end that writes there goes on.
  explicit Channel(Descriptor socket, Tail tail = {})
      : socket(std::move(socket)), errors(std::move(tail)) {}

  /// Sends \p parts as one payload, and \p file (or -1).
  std::optional<Failure>
  send(std::uint32_t kind,
       std::initializer_list<std::span<const std::byte>> parts, int file,
       Deadline deadline);

  /// Receives the next message, with \p most bytes of payload at most.
  std::optional<Failure> receive(Message &message, std::uint64_t most,
                                 Deadline deadline);

  void close() { socket.reset(); }
  Tail &tail() { return errors; }

private:
  std::optional<Failure> wait(short events, Deadline deadline);
  std::optional<Failure> sendAll(std::span<const std::byte> bytes, int file,
                                 Deadline deadline);
  std::optional<Failure> receiveAll(std::span<std::byte> bytes,
                                    Descriptor *file, Deadline deadline);

  Descriptor socket;
  Tail errors;
};

} // namespace glowplug::process
