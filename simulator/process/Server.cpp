// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads and runs programs for a client.

#include "simulator/process/Server.h"

#include "simulator/cosim/Units.h"
#include "simulator/device/Execute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace glowplug::npu::process {

using glowplug::process::bytesOf;
using glowplug::process::bytesOfText;
using npu::Fault;

std::optional<Fault> SharedFile::open(const Descriptor &file) {
  close();
  const int seals = fcntl(file.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
    return Fault{"memory: the file must be sealed against shrinking"};
  struct stat status;
  if (fstat(file.get(), &status) != 0 || status.st_size <= 0)
    return Fault{"memory: the file is empty"};
  void *const at = mmap(nullptr, static_cast<std::size_t>(status.st_size),
                        PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED)
    return Fault{fmt::format("memory: {}", std::strerror(errno))};
  data = static_cast<std::uint8_t *>(at);
  size = static_cast<std::size_t>(status.st_size);
  return std::nullopt;
}

void SharedFile::close() {
  if (data)
    munmap(data, size);
  data = nullptr;
  size = 0;
}

/// Where the bytes of each base register lie must be within the file.
static std::optional<Fault> checkHead(const LoadHead &head,
                                      const Extents &extents,
                                      std::uint64_t fileBytes) {
  for (int i = 0; i < baseRegisters; ++i) {
    const auto extent = static_cast<std::uint64_t>(extents[i]);
    if (head.bases[i] % 64 != 0)
      return Fault{fmt::format("base {}: must be a multiple of 64, but is {}",
                               i, head.bases[i])};
    if (extent != 0 &&
        (head.offsets[i] > fileBytes || extent > fileBytes - head.offsets[i]))
      return Fault{fmt::format("base {}: {} bytes from {} on are not within a "
                               "file of {}",
                               i, extent, head.offsets[i], fileBytes)};
  }
  if (head.programBase % 64 != 0)
    return Fault{fmt::format("program: must lie at a multiple of 64, but is "
                             "at {}",
                             head.programBase)};
  return std::nullopt;
}

std::optional<Fault> Server::load(Message &message) {
  isLoaded = false;
  file.close();
  const std::span<const std::byte> payload = message.payload;
  LoadHead head;
  if (payload.size() < sizeof head)
    return Fault{fmt::format("load: has {} bytes, but its head {}",
                             payload.size(), sizeof head)};
  std::memcpy(&head, payload.data(), sizeof head);
  const auto rest = payload.subspan(sizeof head);
  if (head.configBytes > rest.size())
    return Fault{fmt::format("load: a configuration of {} bytes in {}",
                             head.configBytes, rest.size())};
  const auto config = readConfig(
      {reinterpret_cast<const char *>(rest.data()), head.configBytes});
  if (!config)
    return config.fault();
  const auto program = readProgram(rest.subspan(head.configBytes), *config);
  if (!program)
    return program.fault();
  if (message.file)
    if (auto fault = file.open(message.file))
      return fault;
  if (auto fault = checkHead(head, program->extents, file.bytes().size()))
    return fault;
  machine.config = *config;
  std::copy_n(head.bases, baseRegisters, machine.bases.begin());
  machine.programBase = head.programBase;
  commands.clear();
  commands.reserve(program->commands.size());
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  attach(head, program->extents);
  isLoaded = true;
  return std::nullopt;
}

void Server::attach(const LoadHead &head, const Extents &extents) {
  memories = std::make_unique<Memories>(machine.config);
  for (int i = 0; i < baseRegisters; ++i)
    if (extents[i] != 0)
      memories->dram[i] =
          file.bytes().subspan(static_cast<std::size_t>(head.offsets[i]),
                               static_cast<std::size_t>(extents[i]));
}

Hardware builtHardware() {
  return {cosim::makeArray, cosim::makeVector, cosim::makeDepthwise,
          cosim::makeLoad,  cosim::makeStore,  cosim::makeFetch,
          cosim::makeChip};
}

/// The hardware that is asked for, for the present configuration.
std::optional<Fault> Server::choose(UnitSet units) {
  npu.units = {};
  std::optional<Fault> fault;
  const auto choose = [&](UnitSet unit, auto &made, const auto &make,
                          auto *&chosen) {
    if ((units & unit) == 0 || fault)
      return;
    auto &entry = made[machine.config.arrayRows];
    if (!entry) {
      auto result = make(machine.config);
      if (!result) {
        fault = result.fault();
        return;
      }
      entry = std::move(*result);
    }
    chosen = entry.get();
  };
  choose(arrayUnit, arrays, hardware.array, npu.units.array);
  choose(depthwiseUnit, depthwises, hardware.depthwise, npu.units.vector);
  choose(vectorUnit, vectors, hardware.vector, npu.units.vector);
  choose(dmaUnit, loadAs, hardware.load, npu.units.loadA);
  choose(dmaUnit, loadWs, hardware.load, npu.units.loadW);
  choose(dmaUnit, stores, hardware.store, npu.units.store);
  choose(fetchUnit, fetches, hardware.fetch, npu.units.fetch);
  return fault;
}

std::optional<Fault> Server::check(const RunHead &head,
                                   const std::string &waveFile) const {
  if (!isLoaded)
    return Fault{"run: no program is loaded"};
  if (head.wantsCrcs != 0 && head.withData == 0)
    return Fault{"run: there are no CRCs without data"};
  if ((head.units & ~allUnits) != 0)
    return Fault{fmt::format("run: unknown units {:x}", head.units)};
  const bool hasChip = (head.units & chipUnit) != 0;
  if (head.memory.isAny() && !hasChip)
    return Fault{"run: only the chip has a memory that may be slow"};
  if (!waveFile.empty() && !hasChip)
    return Fault{"run: only the chip writes waves"};
  if (head.memory.stallPercent > 99 || head.memory.mostLatency > 10'000)
    return Fault{fmt::format("run: a memory that stalls in {} % of the cycles "
                             "and takes up to {}; at most 99 and 10000",
                             head.memory.stallPercent,
                             head.memory.mostLatency)};
  if (head.xSeed > mostXSeed || (head.xSeed != 0 && !hasChip))
    return Fault{fmt::format("run: only the chip has an x-seed, at most {}, "
                             "but got {}",
                             mostXSeed, head.xSeed)};
  if (head.watched == -1)
    return std::nullopt;
  if (head.withData == 0 || head.watched < 0 ||
      head.watched >= std::ssize(commands))
    return Fault{fmt::format("run: cannot watch command {} of {}{}",
                             head.watched, commands.size(),
                             head.withData == 0 ? " without data" : "")};
  const std::int64_t size = resultSize(commands[head.watched], machine.config);
  if (size > mostWatched)
    return Fault{fmt::format("run: command {} writes {} bytes, too many to "
                             "watch",
                             head.watched, size)};
  return std::nullopt;
}

std::optional<Fault> Server::run(std::span<const std::byte> payload) {
  RunHead head;
  if (payload.size() < sizeof head)
    return Fault{fmt::format("run: has {} bytes, but its head {}",
                             payload.size(), sizeof head)};
  std::memcpy(&head, payload.data(), sizeof head);
  const auto rest = payload.subspan(sizeof head);
  const std::string waveFile(reinterpret_cast<const char *>(rest.data()),
                             rest.size());
  if (auto fault = check(head, waveFile))
    return fault;
  if (head.withData != 0) {
    // Not 0, which would look right too often.
    std::fill(memories->scratchpad.begin(), memories->scratchpad.end(), 0xa5);
    std::fill(memories->accumulator.begin(), memories->accumulator.end(),
              0x5aa5c33c);
  }
  const auto ran =
      (head.units & chipUnit) != 0 ? runChip(head, waveFile) : runModel(head);
  if (!ran)
    return ran.fault();
  std::vector<RanRecord> records;
  records.reserve(commands.size());
  for (const Record &record : ran->timeline.records)
    records.push_back(
        {record.dispatched, record.start, record.frontFree, record.end});
  const RanHead answered{ran->timeline.cycles, ran->inHardware, records.size(),
                         ran->crcs.size(), ran->watched.size()};
  answer(Kind::Ran, {bytesOf(answered), std::as_bytes(std::span(records)),
                     std::as_bytes(std::span(ran->crcs)),
                     std::as_bytes(std::span(ran->watched))});
  return std::nullopt;
}

Result<Server::Ran> Server::runModel(const RunHead &head) {
  if (auto fault = choose(head.units))
    return *fault;
  npu.stopsAtConflicts = head.goesOn == 0;
  npu.lockstep = head.lockstep != 0;
  npu.wantsCrcs = head.wantsCrcs != 0;
  npu.watched = head.watched;
  npu.start(commands, machine, head.withData != 0 ? memories.get() : nullptr);
  sc_core::sc_start();
  auto timeline = npu.result();
  if (!timeline)
    return timeline.fault();
  return Ran{std::move(*timeline), npu.inHardware(), npu.crcs,
             npu.watchedBytes};
}

Result<Server::Ran> Server::runChip(const RunHead &head,
                                    const std::string &waveFile) {
  if (!chip || writeConfig(chipConfig) != writeConfig(machine.config)) {
    chip.reset();
    auto made = hardware.chip(machine.config);
    if (!made)
      return made.fault();
    chip = std::move(*made);
    chipConfig = machine.config;
  }
  std::vector<Encoded> program;
  for (const Command &command : commands)
    program.push_back(encodeCommand(command));
  Ran ran;
  ran.inHardware = std::ssize(commands);
  ran.crcs.resize(head.wantsCrcs != 0 ? commands.size() : 0);
  cosim::ChipOptions options;
  options.memory = head.memory;
  if (!waveFile.empty())
    options.waves = {waveFile, head.firstWave, head.lastWave};
  options.xSeed = static_cast<std::uint32_t>(head.xSeed);
  if (!ran.crcs.empty() || head.watched >= 0)
    options.retired = [&](std::int64_t number) {
      if (!ran.crcs.empty())
        ran.crcs[number] = resultCrc(commands[number], *memories);
      if (number == head.watched)
        ran.watched = resultBytes(commands[number], *memories);
    };
  auto timeline = chip->run(
      program, machine, head.withData != 0 ? memories.get() : nullptr, options);
  if (!timeline)
    return timeline.fault();
  ran.timeline = std::move(*timeline);
  return ran;
}

void Server::answer(Kind kind,
                    std::initializer_list<std::span<const std::byte>> parts) {
  isBroken = channel
                 .send(static_cast<std::uint32_t>(kind), parts, /*file=*/-1,
                       std::nullopt)
                 .has_value();
}

bool Server::serve() {
  while (!isBroken) {
    Message message;
    if (auto failure = channel.receive(message, mostPayload, std::nullopt))
      return failure->kind == glowplug::process::Failure::Kind::Closed;
    std::optional<Fault> fault;
    switch (static_cast<Kind>(message.kind)) {
    case Kind::Load:
      fault = load(message);
      if (!fault)
        answer(Kind::Loaded, {});
      break;
    case Kind::Run:
      fault = run(message.payload);
      break;
    default:
      fault = Fault{
          fmt::format("a device takes no message of kind {}", message.kind)};
    }
    if (fault)
      answer(Kind::Fault, {bytesOfText(fault->message)});
  }
  return false;
}

} // namespace glowplug::npu::process
