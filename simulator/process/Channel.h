// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// One end of the stream between a client and a device.

#pragma once

#include "simulator/isa/Result.h"
#include "simulator/process/Protocol.h"

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

namespace glowplug::npu::process {

/// A descriptor that closes itself; -1 for none.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  Descriptor(Descriptor &&other) noexcept : number(other.release()) {}
  Descriptor &operator=(Descriptor &&other) noexcept;
  ~Descriptor();

  explicit operator bool() const { return number >= 0; }
  int get() const { return number; }
  int release();

private:
  int number;
};

struct Message {
  Kind kind;
  std::vector<std::byte> payload;
  Descriptor file; ///< that came with it, maybe none
};

using Clock = std::chrono::steady_clock;

/// The bytes of a value, and back; \p T is plain.
template <typename T>
std::span<const std::byte> bytesOf(const T &value) {
  return std::as_bytes(std::span(&value, 1));
}

/// Sends and receives whole messages over a socket. After a fault it is of no
/// more use.
class Channel {
public:
  /// Takes \p socket, a stream socket of the local family.
  explicit Channel(Descriptor socket);

  /// Sends \p parts as one payload, and \p file (or -1). A fault if not all has
  /// gone at \p deadline (none: waits for ever) or the other end is closed.
  std::optional<npu::Fault>
  send(Kind kind, std::initializer_list<std::span<const std::byte>> parts,
       int file, std::optional<Clock::time_point> deadline);

  /// The next message, with \p most bytes of payload at most; likewise. The
  /// end of the stream is a fault with an empty message.
  Result<Message> receive(std::uint64_t most,
                          std::optional<Clock::time_point> deadline);

private:
  std::optional<npu::Fault> wait(short events,
                                 std::optional<Clock::time_point> deadline);
  std::optional<npu::Fault> sendAll(std::span<const std::byte> bytes, int file,
                                    std::optional<Clock::time_point> deadline);
  std::optional<npu::Fault>
  receiveAll(std::span<std::byte> bytes, Descriptor *file,
             std::optional<Clock::time_point> deadline);

  Descriptor socket;
};

} // namespace glowplug::npu::process
