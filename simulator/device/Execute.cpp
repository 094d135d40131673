// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transfers, squares, and checksums.

#include "simulator/device/Execute.h"

#include "simulator/device/Crc.h"
#include "simulator/device/Effects.h"
#include "simulator/isa/Access.h"

#include <array>

namespace glowplug::npu {

/// Calls \p visit(i0, i1, i2, i3) for all indices, the first innermost.
template <typename F>
static void forEach(const std::array<std::int32_t, 4> &count, F visit) {
  for (std::int64_t i3 = 0; i3 < count[3]; ++i3)
    for (std::int64_t i2 = 0; i2 < count[2]; ++i2)
      for (std::int64_t i1 = 0; i1 < count[1]; ++i1)
        for (std::int64_t i0 = 0; i0 < count[0]; ++i0)
          visit(std::array<std::int64_t, 4>{i0, i1, i2, i3});
}

template <typename T>
static std::int64_t offsetOf(const std::array<std::int64_t, 4> &index,
                             const std::array<T, 4> &step) {
  return index[0] * step[0] + index[1] * step[1] + index[2] * step[2] +
         index[3] * step[3];
}

static void apply(const Sync &, Memories &) {}

static void apply(const Load &c, Memories &m) {
  const std::uint8_t *source = m.dram[c.dramBase].data() + c.dramOffset;
  forEach(c.count, [&](const auto &i) {
    std::memcpy(&m.scratchpad[c.spadAddr + offsetOf(i, c.spadStep)],
                source + offsetOf(i, c.dramStep),
                static_cast<std::size_t>(c.run));
  });
}

static void apply(const Store &c, Memories &m) {
  std::uint8_t *target = m.dram[c.dramBase].data() + c.dramOffset;
  forEach(c.count, [&](const auto &i) {
    std::memcpy(target + offsetOf(i, c.dramStep),
                &m.scratchpad[c.spadAddr + offsetOf(i, c.spadStep)],
                static_cast<std::size_t>(c.run));
  });
}

static void apply(const Copy &c, Memories &m) {
  // Reads see the state before the command.
  std::vector<std::uint8_t> bytes;
  forEach(c.count, [&](const auto &i) {
    const std::uint8_t *at = &m.scratchpad[c.srcAddr + offsetOf(i, c.srcStep)];
    bytes.insert(bytes.end(), at, at + c.run);
  });
  std::size_t next = 0;
  forEach(c.count, [&](const auto &i) {
    std::memcpy(&m.scratchpad[c.dstAddr + offsetOf(i, c.dstStep)], &bytes[next],
                static_cast<std::size_t>(c.run));
    next += static_cast<std::size_t>(c.run);
  });
}

static void apply(const Fill &c, Memories &m) {
  forEach(c.count, [&](const auto &i) {
    std::memset(&m.scratchpad[c.dstAddr + offsetOf(i, c.dstStep)], c.value,
                static_cast<std::size_t>(c.run));
  });
}

static void apply(const FillWords &c, Memories &m) {
  forEach(c.count, [&](const auto &i) {
    const std::int64_t at = c.dstAddr + offsetOf(i, c.dstStep);
    for (std::int64_t byte = 0; byte < c.run; byte += 4)
      m.setWord(at + byte, c.value);
  });
}

static void apply(const Transpose &c, Memories &m) {
  const std::int64_t r = m.config.arrayRows;
  std::array<std::array<std::uint8_t, 32>, 32> square;
  for (std::int64_t i1 = 0; i1 < c.count[1]; ++i1)
    for (std::int64_t i0 = 0; i0 < c.count[0]; ++i0) {
      const std::int64_t source =
          c.srcAddr + i0 * c.srcStep[0] + i1 * c.srcStep[1];
      const std::int64_t target =
          c.dstAddr + i0 * c.dstStep[0] + i1 * c.dstStep[1];
      for (std::int64_t row = 0; row < r; ++row)
        for (std::int64_t lane = 0; lane < r; ++lane)
          square[lane][row] = m.scratchpad[source + row * c.srcRowStep + lane];
      for (std::int64_t row = 0; row < r; ++row)
        std::memcpy(&m.scratchpad[target + row * c.dstRowStep],
                    square[row].data(), static_cast<std::size_t>(r));
    }
}

void execute(const Command &command, Memories &memories) {
  std::visit([&](const auto &c) { apply(c, memories); }, command);
}

/// Bytes of one entry of \p access: of a byte, or of a row of sums.
static std::int64_t entryBytes(const Access &access, const Config &config) {
  return access.space == Space::Accumulator ? std::int64_t(config.arrayRows) * 4
                                            : 1;
}

/// Calls \p take with the place of each run that \p command writes, in order.
template <typename Take>
static void forEachResult(const Command &command, const Config &config,
                          Take take) {
  for (const Access &access : accessesOf(command, config)) {
    if (!access.write)
      continue;
    std::array<std::int32_t, 4> count;
    for (std::size_t d = 0; d < count.size(); ++d)
      count[d] = static_cast<std::int32_t>(access.count[d]);
    forEach(count, [&](const auto &i) {
      take(access, access.begin + offsetOf(i, access.step));
    });
  }
}

/// The bytes of a run of \p access at \p place.
static std::span<const std::uint8_t>
bytesAt(const Access &access, std::int64_t place, const Memories &m) {
  const std::int64_t each = entryBytes(access, m.config);
  const std::uint8_t *begin = nullptr;
  switch (access.space) {
  case Space::Scratchpad:
    begin = m.scratchpad.data();
    break;
  case Space::Accumulator:
    begin = reinterpret_cast<const std::uint8_t *>(m.accumulator.data());
    break;
  case Space::Dram:
    begin = m.dram[access.base].data();
    break;
  }
  return {begin + place * each, static_cast<std::size_t>(access.run * each)};
}

std::uint32_t resultCrc(const Command &command, const Memories &m) {
  std::uint32_t crc = crcStart;
  forEachResult(command, m.config,
                [&](const Access &access, std::int64_t place) {
                  const auto bytes = bytesAt(access, place, m);
                  crc = addToCrc(crc, bytes.data(), bytes.size());
                });
  return ~crc;
}

std::vector<std::uint8_t> resultBytes(const Command &command,
                                      const Memories &m) {
  std::vector<std::uint8_t> all;
  forEachResult(command, m.config,
                [&](const Access &access, std::int64_t place) {
                  const auto bytes = bytesAt(access, place, m);
                  all.insert(all.end(), bytes.begin(), bytes.end());
                });
  return all;
}

ResultPlace resultPlace(const Command &command, const Config &config,
                        std::int64_t index) {
  ResultPlace found{};
  forEachResult(command, config, [&](const Access &access, std::int64_t place) {
    const std::int64_t each = entryBytes(access, config);
    if (index >= 0 && index < access.run * each)
      found = {access.space, access.base, place + index / each, index % each};
    index -= access.run * each;
  });
  return found;
}

std::int64_t resultSize(const Command &command, const Config &config) {
  std::int64_t all = 0;
  for (const Access &access : accessesOf(command, config)) {
    if (!access.write)
      continue;
    std::int64_t size = access.run * entryBytes(access, config);
    for (const std::int64_t count : access.count)
      size = size > INT64_MAX / 2 / count ? INT64_MAX / 2 : size * count;
    all = std::min(all + size, INT64_MAX / 2);
  }
  return all;
}

} // namespace glowplug::npu
