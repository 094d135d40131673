// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model of the NPU for a virtual platform: its program, its memory, and
// its counters.

#include "simulator/model/NpuTarget.h"

#include "simulator/isa/Access.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npu::model {

/// Programs of more commands, and memory of more bytes from one base register
/// on, are refused before room is taken for them.
static constexpr std::uint64_t mostCommands = std::uint64_t(1) << 26;
static constexpr std::int64_t mostExtent = std::int64_t(1) << 40;
/// Of memory without direct pointers, of which there is a copy.
static constexpr std::int64_t mostShadow = std::int64_t(1) << 32;

/// A burst of \p requester that the memory refuses.
static FaultRegisters busFault(std::uint32_t requester, bool isWrite) {
  return {NPU_FAULT_BUS,
          requester << NPU_FAULT_PLACE_REQUESTER_SHIFT |
              (isWrite ? NPU_FAULT_PLACE_WRITE_MASK : 0),
          0};
}

std::string NpuTarget::message() const {
  if (!text.empty() || commands.empty())
    return text;
  const auto result = npu.result();
  return result ? "" : result.message();
}

bool NpuTarget::fail(const FaultRegisters &fault, std::string why) {
  if (state.fault.code != NPU_FAULT_NONE)
    return false;
  state.fault = fault;
  text = std::move(why);
  return false;
}

/// The fault of the model as the registers tell it.
void NpuTarget::explain() {
  text = npu.result().message();
  if (const auto &conflict = npu.conflict())
    state.fault =
        faultOf(*conflict, commands[static_cast<std::size_t>(conflict->first)],
                commands[static_cast<std::size_t>(conflict->second)], config);
  else if (const auto semaphore = npu.overflow())
    state.fault = {.code = NPU_FAULT_SEMAPHORE,
                   .number = static_cast<std::uint32_t>(*semaphore)};
  else
    state.fault.code = NPU_FAULT_COMMAND;
}

bool NpuTarget::prepare() {
  const Setup &setup = state.setup();
  machine.bases = setup.bases;
  machine.programBase = setup.program;
  std::vector<Encoded> codes;
  if (setup.commands <= mostCommands)
    codes.resize(setup.commands);
  if (codes.size() != setup.commands ||
      !transfer(tlm::TLM_READ_COMMAND, setup.program,
                reinterpret_cast<std::uint8_t *>(codes.data()),
                codes.size() * sizeof(Encoded)))
    return fail(busFault(NPU_REQUESTER_FETCH, false),
                fmt::format("program: memory does not give {} commands at {}",
                            setup.commands, setup.program));
  Extents extents{};
  for (std::size_t n = 0; n < codes.size(); ++n)
    if (!take(static_cast<std::int64_t>(n), codes[n], extents))
      return false;
  for (int i = 0; i < baseRegisters; ++i)
    attach(i, extents[i]);
  return true;
}

/// Takes one command if it keeps the rules, and widens \p extents by what it
/// touches.
bool NpuTarget::take(std::int64_t number, const Encoded &code,
                     Extents &extents) {
  Extents any;
  any.fill(mostExtent);
  if (const auto fault = checkCommand(code, config, any))
    return fail({NPU_FAULT_COMMAND, 0, static_cast<std::uint32_t>(number)},
                fmt::format("command {}: {}", number, fault->message));
  const Command &command = commands.emplace_back(*decodeCommand(code));
  ofQueue[static_cast<std::size_t>(queueOf(command))].push_back(number);
  for (const Access &access : accessesOf(command, config))
    if (access.space == Space::Dram)
      extents[access.base] = std::max(extents[access.base], access.high());
  return true;
}

void NpuTarget::attach(int base, std::int64_t extent) {
  shadows[base].clear();
  memories.dram[base] = {};
  if (extent == 0)
    return;
  const auto size = static_cast<std::uint64_t>(extent);
  if (std::uint8_t *bytes = direct(machine.bases[base], size)) {
    memories.dram[base] = {bytes, size};
    return;
  }
  // What memory does not have shows at the first access.
  shadows[base].resize(extent <= mostShadow ? size : 0);
  memories.dram[base] = shadows[base];
}

/// Before an effect: brings the bytes of a load into the copy of its memory.
/// After it: takes those of a store out of it.
void NpuTarget::stage(std::int64_t number, bool isStore) {
  const Command &command = commands[static_cast<std::size_t>(number)];
  const auto refuse = [&](const Access &access, std::int64_t at) {
    fail(busFault(static_cast<std::uint32_t>(requesterOf(queueOf(command))),
                  access.write),
         fmt::format("command {}: memory does not answer at byte {} of base {}",
                     number, at, access.base));
    npu.stop();
  };
  for (const Access &access : accessesOf(command, config)) {
    if (access.space != Space::Dram)
      continue;
    const auto there =
        static_cast<std::int64_t>(memories.dram[access.base].size());
    if (access.high() > there)
      return refuse(access, there);
    if (access.write != isStore || shadows[access.base].empty())
      continue;
    std::int64_t last = 0;
    const bool isStaged = walkRuns(access, [&](std::int64_t at) {
      last = at;
      return stageRun(access, at);
    });
    if (!isStaged)
      return refuse(access, last);
  }
}

bool NpuTarget::stageRun(const Access &access, std::int64_t at) {
  return transfer(access.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND,
                  machine.bases[access.base] + static_cast<std::uint64_t>(at),
                  &shadows[access.base][static_cast<std::size_t>(at)],
                  static_cast<std::size_t>(access.run));
}

void NpuTarget::forget() {
  commands.clear();
  for (auto &numbers : ofQueue)
    numbers.clear();
  counted = {};
  fetched = 0;
}

template <typename T>
static std::uint64_t beatsOf(const T &command, const Config &config) {
  const Dram dram(config);
  std::uint64_t beats = 0;
  // Bases are multiples of a burst, so they do not matter.
  for (BurstWalker walker(command, {}, config); !walker.done();) {
    const Burst burst = walker.next();
    beats += static_cast<std::uint64_t>(dram.beats(burst.address, burst.bytes));
  }
  return beats;
}

/// Counts what has retired before cycle \p before of the contract.
void NpuTarget::count(Cycle before) {
  Counters &counters = state.counters;
  const std::vector<Record> &records = npu.soFar().records;
  if (records.size() != commands.size())
    return; // not started yet
  for (std::size_t q = 0; q < queueCount; ++q)
    while (counted[q] < ofQueue[q].size()) {
      const auto number = static_cast<std::size_t>(ofQueue[q][counted[q]]);
      const Cycle end = records[number].end;
      if (end == 0 || end >= before)
        break;
      ++counted[q];
      ++counters.retired[q];
      counters.cycles =
          std::max(counters.cycles, static_cast<std::uint64_t>(end));
      if (const auto *load = std::get_if<Load>(&commands[number]))
        counters.beatsRead += beatsOf(*load, config);
      else if (const auto *store = std::get_if<Store>(&commands[number]))
        counters.beatsWritten += beatsOf(*store, config);
    }
  const auto perCommand =
      static_cast<std::uint64_t>(burstBytes / config.dramBytesPerCycle);
  for (; fetched < records.size() && records[fetched].dispatched != 0 &&
         records[fetched].dispatched < before;
       ++fetched)
    counters.beatsRead += perCommand;
}

} // namespace glowplug::npu::model
