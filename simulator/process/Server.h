// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The device's side: serves the SystemC model over a channel.

#pragma once

#include "backend-api/process/Channel.h"
#include "simulator/cosim/Chip.h"
#include "simulator/isa/Result.h"
#include "simulator/model/Npu.h"
#include "simulator/process/Protocol.h"

#include <functional>
#include <map>
#include <memory>

namespace glowplug::npu::process {

using glowplug::process::Channel;
using glowplug::process::Descriptor;
using glowplug::process::Message;

/// The bytes of a file that another process shares.
class SharedFile {
public:
  SharedFile() = default;
  SharedFile(const SharedFile &) = delete;
  SharedFile &operator=(const SharedFile &) = delete;
  ~SharedFile() { close(); }

  /// Maps all of \p file. A fault if it could shrink later.
  std::optional<npu::Fault> open(const Descriptor &file);
  void close();
  std::span<std::uint8_t> bytes() const { return {data, size}; }

private:
  std::uint8_t *data = nullptr;
  std::size_t size = 0;
};

/// Makes a unit of hardware for machines of \p config, or says why not.
using UnitMaker = std::function<Result<std::unique_ptr<model::HardwareUnit>>(
    const Config &config)>;

/// Likewise fetch and dispatch.
using FetchMaker = std::function<Result<std::unique_ptr<model::FetchUnit>>(
    const Config &config)>;

/// Likewise a whole chip.
using ChipMaker =
    std::function<Result<std::unique_ptr<cosim::Chip>>(const Config &config)>;

/// The hardware that a device comes with.
struct Hardware {
  UnitMaker array, vector, depthwise, load, store;
  FetchMaker fetch;
  ChipMaker chip;
};

/// That of hw/rtl.
Hardware builtHardware();

/// Serves one client. SystemC elaborates once in a process, so there is one of
/// it.
class Server {
public:
  explicit Server(Channel channel, Hardware hardware = builtHardware())
      : channel(std::move(channel)), hardware(std::move(hardware)) {}

  /// Answers until the stream ends: gives true then, and false after a fault of
  /// the stream. Nothing that the client says is trusted.
  bool serve();

private:
  std::optional<npu::Fault> load(Message &message);
  /// Answers with Ran, or says why not.
  std::optional<npu::Fault> run(std::span<const std::byte> payload);
  std::optional<npu::Fault> check(const struct RunHead &head,
                                  const std::string &waveFile) const;
  std::optional<npu::Fault> choose(UnitSet units);
  /// What came of a run.
  struct Ran {
    Timeline timeline;
    std::int64_t inHardware = 0;
    std::vector<std::uint32_t> crcs;
    std::vector<std::uint8_t> watched;
  };
  Result<Ran> runModel(const struct RunHead &head);
  Result<Ran> runChip(const struct RunHead &head, const std::string &waveFile);
  void answer(Kind kind,
              std::initializer_list<std::span<const std::byte>> parts);
  void attach(const struct LoadHead &head, const Extents &extents);

  Channel channel;
  Hardware hardware;
  bool isBroken = false; ///< an answer could not be sent
  model::Npu npu{"npu", Config{}};
  Machine machine;
  std::vector<Command> commands;
  bool isLoaded = false;
  SharedFile file;
  std::unique_ptr<Memories> memories;
  /// Units for each number of rows, made when they are first asked for.
  using Made = std::map<int, std::unique_ptr<model::HardwareUnit>>;
  Made arrays, vectors, depthwises, loadAs, loadWs, stores;
  std::map<int, std::unique_ptr<model::FetchUnit>> fetches;
  std::unique_ptr<cosim::Chip> chip; ///< for chipConfig
  Config chipConfig;
};

} // namespace glowplug::npu::process
