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

std::uint32_t resultCrc(const Command &command, const Memories &m) {
  std::uint32_t crc = crcStart;
  const auto r = static_cast<std::size_t>(m.config.arrayRows);
  for (const Access &access : accessesOf(command, m.config)) {
    if (!access.write)
      continue;
    const std::array<std::int32_t, 4> count{
        static_cast<std::int32_t>(access.count[0]),
        static_cast<std::int32_t>(access.count[1]),
        static_cast<std::int32_t>(access.count[2]),
        static_cast<std::int32_t>(access.count[3])};
    forEach(count, [&](const auto &i) {
      const std::int64_t at = access.begin + offsetOf(i, access.step);
      const auto run = static_cast<std::size_t>(access.run);
      switch (access.space) {
      case Space::Scratchpad:
        crc = addToCrc(crc, &m.scratchpad[at], run);
        break;
      case Space::Accumulator:
        crc = addToCrc(crc, &m.accumulator[at * r],
                       run * r * sizeof(std::int32_t));
        break;
      case Space::Dram:
        crc = addToCrc(crc, &m.dram[access.base][at], run);
        break;
      }
    });
  }
  return ~crc;
}

} // namespace glowplug::npu
