// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The messages between a client and a device in a process of its own.
///
/// The messages are those of a worker process
/// (`backend-api/process/Channel.h`). Both ends run on one machine and are of
/// one version: numbers are as the machine has them. The client asks with Load
/// or Run, and the device answers each with Loaded or Ran, or with Fault. The
/// end of the stream ends the device.

#pragma once

#include "simulator/cosim/SlowMemory.h"

#include <cstdint>

namespace glowplug::npu::process {

/// Parts of the machine for which hardware can stand, one bit each. The vector
/// unit has the depthwise engine, which can also be alone; the chip is all of
/// it, so that nothing of the model is left.
using UnitSet = std::uint32_t;
inline constexpr UnitSet arrayUnit = 1, vectorUnit = 2, depthwiseUnit = 4,
                         dmaUnit = 8, fetchUnit = 16, chipUnit = 32,
                         allUnits = 63;

/// The units by the names that users give.
inline constexpr struct {
  const char *name;
  UnitSet unit;
} unitNames[] = {{"array", arrayUnit},         {"vector", vectorUnit},
                 {"depthwise", depthwiseUnit}, {"dma", dmaUnit},
                 {"fetch", fetchUnit},         {"chip", chipUnit}};

/// Stalls up to 99 %, latencies up to 10,000 cycles.
using cosim::SlowMemory;

/// Seeds of bits in what a chip does not reset; 0 for none.
inline constexpr std::uint64_t mostXSeed = 0x7fff'ffff;

/// A watched command with more results than this is refused.
inline constexpr std::int64_t mostWatched = std::int64_t(1) << 26;

/// What a device greets with; changes with every change of this file.
inline constexpr char protocol[] = "npu-device 5";

enum class Kind : std::uint32_t {
  Load = 1, ///< LoadHead, the configuration as JSON, the program file
  Loaded,   ///< nothing
  Run,      ///< RunHead
  Ran,      ///< RanHead, records, CRCs, watched bytes
  Fault,    ///< text
};

/// Payloads over this are refused.
inline constexpr std::uint64_t mostPayload = std::uint64_t(1) << 31;

/// Takes a program in place of the one before. With it comes the descriptor of
/// a file with the bytes of the base registers, which is sealed so that it
/// cannot shrink; no file if no base register has an extent.
struct LoadHead {
  std::uint64_t bases[8];   ///< addresses, multiples of 64
  std::uint64_t offsets[8]; ///< where their bytes begin in the file
  std::uint64_t programBase;
  std::uint64_t configBytes; ///< the rest of the payload is the program file
};

/// Runs the program that was loaded.
struct RunHead {
  std::uint8_t withData;  ///< else there are only times
  std::uint8_t wantsCrcs; ///< only with data
  std::uint8_t goesOn;    ///< at conflicts on banks, instead of a fault
  std::uint8_t lockstep;  ///< the clocks of units never stand still
  UnitSet units;          ///< hardware in the place of the model's engines
  std::int64_t watched;   ///< a command, or -1 for none; only with data
  SlowMemory memory;      ///< only of the chip
  /// The commands whose signals are wanted, if the rest of the payload is not
  /// empty: the path of a file for them; only of the chip.
  std::int64_t firstWave = 0, lastWave = 0;
  std::uint64_t xSeed = 0; ///< only of the chip; up to mostXSeed
};

/// The timeline: a RanRecord for each command, then, if wanted, a CRC-32 of
/// what each of them wrote, and the bytes that the watched one wrote.
struct RanHead {
  std::int64_t cycles;
  std::int64_t inHardware; ///< commands that hardware did
  std::uint64_t records, crcs, watchedBytes;
};

struct RanRecord {
  std::int64_t dispatched, start, frontFree, end;
};

} // namespace glowplug::npu::process
