// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A device in a process of its own, as its client sees it.

#pragma once

#include "backend-api/process/Process.h"
#include "simulator/cosim/WaveOptions.h"
#include "simulator/isa/Program.h"
#include "simulator/isa/Result.h"
#include "simulator/process/Protocol.h"
#include "simulator/timing/Replay.h"

#include <memory>
#include <optional>
#include <string>

namespace glowplug::npu::process {

using glowplug::process::Clock;
using glowplug::process::Descriptor;
using glowplug::process::Message;

struct Options {
  std::string executable; ///< the path of `npu-device`
  /// What an answer may take; one that comes later counts as none. 0: ten
  /// minutes, or a day with hardware, in which whole networks take hours.
  std::chrono::milliseconds timeout{};
  /// Hardware in the place of the model's engines.
  UnitSet units = 0;
  /// Conflicts on banks are let go, instead of a fault.
  bool goesOn = false;
  /// The clocks of units never stand still: slower, and nothing else may
  /// change.
  bool lockstep = false;
  SlowMemory memory{};     ///< of the chip, if that is a unit
  std::uint64_t xSeed = 0; ///< likewise; 0 to mostXSeed
};

/// What to run, and what to tell of it.
struct RunOptions {
  bool withData = false;     ///< else there are only times
  bool wantsCrcs = false;    ///< only with data
  std::int64_t watched = -1; ///< a command; only with data
  /// The signals of the chip, if that is a unit of a device with waves.
  std::optional<cosim::WaveOptions> waves = {};
};

struct Outcome {
  Timeline timeline;
  std::int64_t inHardware = 0; ///< commands that hardware did
  /// CRC-32 of what each command wrote, if wanted.
  std::vector<std::uint32_t> crcs;
  /// What the watched command wrote, when it had ended: as resultBytes().
  std::vector<std::uint8_t> watched;
};

/// Starts a device and speaks with it. When the device dies, is late or does
/// not speak the protocol, the call gives a fault, the process is ended, and
/// all later calls give the same fault. Only one call at a time.
class Client {
public:
  /// A fault if \p options.executable cannot be started, or is something else.
  static Result<std::unique_ptr<Client>> start(const Options &options);
  ~Client() { unshare(); }

  /// Takes \p program in place of the one before. Its memory is made anew,
  /// with zeros.
  std::optional<npu::Fault> load(const Program &program,
                                 const Machine &machine);

  /// Whether the device was given up: its process has ended.
  bool isLost() const { return device.exit() != nullptr; }

  /// The bytes at base register \p base of the program loaded, shared with the
  /// device; empty after a fault. Not to be touched during run().
  std::span<std::uint8_t> memory(int base) const { return dram[base]; }

  /// Runs the program loaded.
  Result<Outcome> run(const RunOptions &wanted);

private:
  Client(const Options &options, glowplug::process::Process device)
      : options(options), device(std::move(device)) {}

  Clock::time_point deadline() const;
  /// Sends a message and waits for one of \p expected. A fault of the device
  /// is one of the program: the device lives on.
  Result<Message> ask(Kind kind,
                      std::initializer_list<std::span<const std::byte>> parts,
                      int shared, Kind expected, std::uint64_t most);
  npu::Fault lost();
  npu::Fault refuse(const std::string &why);
  std::optional<npu::Fault> share(const Extents &extents);
  void unshare();

  Options options;
  glowplug::process::Process device;
  std::size_t commands = 0;
  bool isLoaded = false;
  Descriptor file;
  std::uint8_t *mapped = nullptr;
  std::size_t mappedBytes = 0;
  std::array<std::span<std::uint8_t>, baseRegisters> dram;
};

} // namespace glowplug::npu::process
