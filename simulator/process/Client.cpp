// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Starts a device, shares memory with it, and checks all of its answers.

#include "simulator/process/Client.h"

#include "simulator/isa/Config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace glowplug::npu::process {

using glowplug::process::bytesOf;
using glowplug::process::bytesOfText;
using npu::Fault;

/// Extents begin at multiples of it in the shared file.
static constexpr std::uint64_t page = 4096;

static std::chrono::milliseconds timeoutOf(const Options &options) {
  if (options.timeout.count() != 0)
    return options.timeout;
  if (options.units != 0)
    return std::chrono::hours(24);
  return std::chrono::minutes(10);
}

Result<std::unique_ptr<Client>> Client::start(const Options &options) {
  std::unique_ptr<Client> client(new Client(
      options,
      glowplug::process::Process::start({options.executable, {}, protocol},
                                        {.start = timeoutOf(options)})));
  if (client->isLost())
    return client->lost();
  return client;
}

Clock::time_point Client::deadline() const {
  return Clock::now() + timeoutOf(options);
}

/// The fault of a device that was given up.
Fault Client::lost() {
  unshare();
  return Fault{
      fmt::format("device {}: {}", options.executable, device.exit()->text)};
}

/// Gives the device up.
Fault Client::refuse(const std::string &why) {
  device.refuse(why);
  return lost();
}

Result<Message>
Client::ask(Kind kind, std::initializer_list<std::span<const std::byte>> parts,
            int shared, Kind expected, std::uint64_t most) {
  Message answer;
  // A fault's text may be longer than the answer.
  if (!device.send(static_cast<std::uint32_t>(kind), parts, shared,
                   deadline()) ||
      !device.receive(answer, std::max<std::uint64_t>(most, 1 << 16),
                      deadline()))
    return lost();
  if (answer.kind == static_cast<std::uint32_t>(Kind::Fault))
    return Fault{std::string(answer.text())};
  if (answer.kind != static_cast<std::uint32_t>(expected))
    return refuse(
        fmt::format("it answers with a message of kind {} instead of {}",
                    answer.kind, static_cast<std::uint32_t>(expected)));
  return answer;
}

void Client::unshare() {
  if (mapped)
    munmap(mapped, mappedBytes);
  mapped = nullptr;
  mappedBytes = 0;
  dram = {};
  file = Descriptor();
}

std::optional<Fault> Client::share(const Extents &extents) {
  unshare();
  for (const std::int64_t extent : extents)
    mappedBytes +=
        (static_cast<std::uint64_t>(extent) + page - 1) / page * page;
  if (mappedBytes == 0)
    return std::nullopt;
  file =
      Descriptor(memfd_create("glowplug-npu", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ftruncate(file.get(), static_cast<off_t>(mappedBytes)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return Fault{fmt::format("{} bytes of shared memory: {}", mappedBytes,
                             std::strerror(errno))};
  void *const at = mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED)
    return Fault{fmt::format("{} bytes of shared memory: {}", mappedBytes,
                             std::strerror(errno))};
  mapped = static_cast<std::uint8_t *>(at);
  std::size_t next = 0;
  for (int i = 0; i < baseRegisters; ++i) {
    const auto extent = static_cast<std::size_t>(extents[i]);
    dram[i] = {mapped + next, extent};
    next += (extent + page - 1) / page * page;
  }
  return std::nullopt;
}

std::optional<Fault> Client::load(const Program &program,
                                  const Machine &machine) {
  if (isLost())
    return lost();
  isLoaded = false;
  if (auto fault = share(program.extents))
    return fault;
  const std::string config = writeConfig(machine.config);
  const std::vector<std::byte> bytes = writeProgram(program, machine.config);
  LoadHead head{};
  for (int i = 0; i < baseRegisters; ++i) {
    head.bases[i] = machine.bases[i];
    head.offsets[i] =
        mapped ? static_cast<std::uint64_t>(dram[i].data() - mapped) : 0;
  }
  head.programBase = machine.programBase;
  head.configBytes = config.size();
  const auto loaded =
      ask(Kind::Load, {bytesOf(head), std::as_bytes(std::span(config)), bytes},
          file.get(), Kind::Loaded, 0);
  if (!loaded)
    return loaded.fault();
  commands = program.commands.size();
  isLoaded = true;
  return std::nullopt;
}

/// Whether the times of a command are possible.
static bool isPossible(const RanRecord &record, std::int64_t cycles) {
  return record.dispatched >= 0 && record.start > record.dispatched &&
         record.frontFree > record.start && record.end > record.start &&
         record.end <= cycles;
}

/// Reads the payload of Ran, of which the size is not yet known to be right.
static Result<Outcome> readOutcome(std::span<const std::byte> payload,
                                   std::size_t commands,
                                   const RunOptions &wanted) {
  RanHead head;
  const std::size_t crcs = wanted.wantsCrcs ? commands : 0;
  const std::size_t fixed =
      sizeof head + commands * sizeof(RanRecord) + crcs * sizeof(std::uint32_t);
  if (payload.size() < fixed || (payload.size() > fixed && wanted.watched < 0))
    return Fault{fmt::format("it answers with {} bytes for {} commands",
                             payload.size(), commands)};
  std::memcpy(&head, payload.data(), sizeof head);
  if (head.records != commands || head.crcs != crcs)
    return Fault{fmt::format("it answers with {} records and {} CRCs for {} "
                             "commands",
                             head.records, head.crcs, commands)};
  if (head.watchedBytes != payload.size() - fixed)
    return Fault{fmt::format("it answers with {} watched bytes, but says {}",
                             payload.size() - fixed, head.watchedBytes)};
  Outcome outcome;
  outcome.timeline.cycles = head.cycles;
  outcome.inHardware = head.inHardware;
  outcome.timeline.records.resize(commands);
  const std::byte *at = payload.data() + sizeof head;
  std::int64_t last = 0;
  for (std::size_t n = 0; n < commands; ++n, at += sizeof(RanRecord)) {
    RanRecord record;
    std::memcpy(&record, at, sizeof record);
    if (!isPossible(record, head.cycles))
      return Fault{fmt::format("it answers with impossible times for command "
                               "{}: {}, {}, {}, {} of {}",
                               n, record.dispatched, record.start,
                               record.frontFree, record.end, head.cycles)};
    last = std::max(last, record.end);
    outcome.timeline.records[n] = {record.dispatched, record.start,
                                   record.frontFree, record.end};
  }
  if (last != head.cycles)
    return Fault{fmt::format("it answers with {} cycles, but its last command "
                             "ends at {}",
                             head.cycles, last)};
  outcome.crcs.resize(crcs);
  if (crcs != 0)
    std::memcpy(outcome.crcs.data(), at, crcs * sizeof(std::uint32_t));
  const auto *watched =
      reinterpret_cast<const std::uint8_t *>(payload.data() + fixed);
  outcome.watched.assign(watched, watched + head.watchedBytes);
  return outcome;
}

Result<Outcome> Client::run(const RunOptions &wanted) {
  if (isLost())
    return lost();
  if (!isLoaded)
    return Fault{"no program is loaded"};
  const cosim::WaveOptions waves =
      wanted.waves.value_or(cosim::WaveOptions{"", 0, 0});
  const RunHead head{wanted.withData,  wanted.wantsCrcs, options.goesOn,
                     options.lockstep, options.units,    wanted.watched,
                     options.memory,   waves.first,      waves.last,
                     options.xSeed};
  const std::uint64_t watched = wanted.watched < 0 ? 0 : mostWatched;
  const auto ran =
      ask(Kind::Run, {bytesOf(head), bytesOfText(waves.file)}, -1, Kind::Ran,
          sizeof(RanHead) +
              commands * (sizeof(RanRecord) + sizeof(std::uint32_t)) + watched);
  if (!ran)
    return ran.fault();
  auto outcome = readOutcome(ran->payload, commands, wanted);
  if (!outcome)
    return refuse(outcome.message());
  return outcome;
}

} // namespace glowplug::npu::process
