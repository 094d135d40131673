// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The bus to memory: which of the three DMA engines and the fetch unit gets
/// the next burst.

#pragma once

#include "simulator/timing/DmaTiming.h"

#include <optional>

namespace glowplug::npu {

/// The fetch unit: one burst a command, as many under way as configured.
class FetchTiming {
public:
  /// \p base is where the program lies in memory, a multiple of 64.
  FetchTiming(const Config &config, std::uint64_t base, std::int64_t commands);

  Cycle ready() const { return readyAt; }
  Burst burst() const {
    return {base + static_cast<std::uint64_t>(requested) * burstBytes,
            burstBytes, 0};
  }

  /// The bus takes the next command at \p at.
  void granted(Cycle at);
  /// The next command has gone to its queue at \p at.
  void dispatched(Cycle at);
  /// Commands requested so far.
  std::int64_t count() const { return requested; }

private:
  void prepare();

  std::uint64_t base;
  std::int64_t commands, depth, requested = 0, left = 0;
  Cycle readyAt = 0, granting = -1, freed = -1;
};

/// The number of the fetch unit among the requesters; 0..2 are the engines of
/// the queues load_a, load_w and store.
inline constexpr int fetchRequester = 3;

/// A granted burst that ended a command of a DMA engine, fetched a command, or
/// was requested from outside.
struct Grant {
  int requester;
  Cycle at;
  Cycle done; ///< of a fetched command or a burst from outside: when its last
              ///< beat has passed
};

/// A burst that hardware wants.
struct BusRequest {
  std::uint64_t address;
  std::int64_t bytes;
  Direction direction;
};

/// At every cycle in which the bus is free, the next requester that is ready,
/// in the order after the last one, gets one burst. The bus is free again when
/// the burst's beats have gone.
class Bus {
public:
  Bus(const Config &config, const Bases &bases, std::uint64_t programBase,
      std::int64_t commands);

  DmaTiming &dma(int requester) { return engines[requester]; }

  /// \p requester is hardware, which shows \p request in the cycle \p at and
  /// until it is granted; then each of its bursts is a Grant. It replaces the
  /// engine of that number, which gets no commands.
  void request(int requester, const BusRequest &request, Cycle at) {
    outside[requester] = {request, at};
  }

  FetchTiming &fetch() { return fetching; }

  /// Grants bursts before time \p limit until one of them is a Grant; returns
  /// nothing if none is. Before a new request at time t, there must have been
  /// calls with limits up to t, and none beyond.
  std::optional<Grant> runUntil(Cycle limit);

  /// Rows of DRAM that the bursts of \p requester had to open so far.
  std::int64_t rowsOpened(int requester) const { return opened[requester]; }

  /// Whether any requester still wants a burst.
  bool isIdle() const;

private:
  struct Outside {
    BusRequest burst{};
    Cycle ready = never;
  };
  Grant grantOutside(int requester, Cycle at);

  Dram dram;
  std::array<DmaTiming, 3> engines;
  FetchTiming fetching;
  std::array<Outside, 4> outside; ///< requests of hardware
  int last = fetchRequester;
  Cycle free = 0;
  std::array<std::int64_t, 4> opened{}; ///< rows, for each requester
};

/// The requester of a queue's DMA engine, or -1 for matrix and vector.
constexpr int requesterOf(Queue queue) {
  return queue == Queue::LoadA   ? 0
         : queue == Queue::LoadW ? 1
         : queue == Queue::Store ? 2
                                 : -1;
}

/// The queue of a requester of 0..2.
constexpr Queue queueOfRequester(int requester) {
  return requester == 0   ? Queue::LoadA
         : requester == 1 ? Queue::LoadW
                          : Queue::Store;
}

} // namespace glowplug::npu
