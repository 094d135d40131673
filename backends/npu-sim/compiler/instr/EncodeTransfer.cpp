// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transfers and fills as commands.

#include "backends/npu-sim/compiler/instr/Encoder.h"

#include <glowplug/glue/dtype.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace glowplug::npusim {

std::int32_t InstructionEncoder::narrow(std::int64_t value, const char *field) {
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max())
    fail(std::string(field) + ": " + std::to_string(value) +
         " needs more than 32 bits");
  return static_cast<std::int32_t>(value);
}

namespace {

struct Loop {
  std::int64_t size, step;
};

/// A loop of both sides.
struct PairLoop {
  std::int64_t size, a, b;
};

constexpr std::int64_t mostRun = 65535, mostCount = 65535;

std::int64_t elementBytes(const Tile &tile) {
  return static_cast<std::int64_t>(gp_dtype_bytes(tile.dtype));
}

/// The loops of a pattern, outermost first; a dim of several blocks has two.
std::vector<Loop> loopsOf(const Tile &tile) {
  std::vector<Loop> loops;
  const auto add = [&](std::int64_t size, std::int64_t step) {
    if (size > 1)
      loops.push_back({size, step});
  };
  for (const TileDim &dim : tile.dims) {
    add((dim.size + dim.block - 1) / dim.block, dim.stride);
    if (dim.block > 1)
      add(std::min(dim.block, dim.size), dim.inner);
  }
  return loops;
}

/// Loops of both sides at once, innermost first; nothing where their sizes
/// have no common factors.
bool join(std::vector<Loop> a, std::vector<Loop> b,
          std::vector<PairLoop> &joined) {
  while (!a.empty() && !b.empty()) {
    const std::int64_t size = std::min(a.back().size, b.back().size);
    if (a.back().size % size != 0 || b.back().size % size != 0)
      return false;
    joined.push_back({size, a.back().step, b.back().step});
    for (std::vector<Loop> *loops : {&a, &b}) {
      Loop &loop = loops->back();
      loop.size /= size;
      loop.step *= size;
      if (loop.size == 1)
        loops->pop_back();
    }
  }
  return true;
}

/// A run of bytes and the loops around it, innermost first.
struct Pattern {
  std::int64_t run = 1;
  std::vector<PairLoop> loops;
};

Pattern merge(std::int64_t element, const std::vector<PairLoop> &loops) {
  Pattern pattern{element, {}};
  for (const PairLoop &loop : loops) {
    auto &made = pattern.loops;
    if (made.empty() && loop.a == pattern.run && loop.b == pattern.run &&
        pattern.run * loop.size <= mostRun)
      pattern.run *= loop.size;
    else if (!made.empty() && loop.a == made.back().a * made.back().size &&
             loop.b == made.back().b * made.back().size &&
             made.back().size * loop.size <= mostCount)
      made.back().size *= loop.size;
    else
      made.push_back(loop);
  }
  return pattern;
}

} // namespace

npu::Result<npu::Command> InstructionEncoder::copy(const Tile &source,
                                                   const Tile &target) {
  problem.clear();
  const Places::Address from = places.of(source);
  const Places::Address to = places.of(target);
  std::vector<PairLoop> loops;
  need(join(loopsOf(source), loopsOf(target), loops),
       "blocks of source and target that divide each other are needed");
  const Pattern pattern = merge(elementBytes(source), loops);
  if (pattern.loops.size() > 4)
    fail("count: needs at most 4 loops around a run, but got " +
         std::to_string(pattern.loops.size()));
  if (!problem.empty())
    return npu::Fault{problem};
  // Fields of all three commands have one form.
  const auto set = [&](auto &command, auto &fromStep, auto &toStep) {
    command.run = narrow(pattern.run, "run");
    for (std::size_t i = 0; i < pattern.loops.size(); ++i) {
      command.count[i] = narrow(pattern.loops[i].size, "count");
      fromStep[i] = narrow(pattern.loops[i].a, "step of the source");
      toStep[i] = narrow(pattern.loops[i].b, "step of the target");
    }
  };
  npu::Command made;
  if (from.space == dramSpace) {
    npu::Load load;
    load.dramBase = from.base;
    load.dramOffset = from.at;
    load.spadAddr = narrow(to.at, "spad_addr");
    set(load, load.dramStep, load.spadStep);
    made = load;
  } else if (to.space == dramSpace) {
    npu::Store store;
    store.dramBase = to.base;
    store.dramOffset = to.at;
    store.spadAddr = narrow(from.at, "spad_addr");
    set(store, store.spadStep, store.dramStep);
    made = store;
  } else {
    npu::Copy local;
    local.srcAddr = narrow(from.at, "src_addr");
    local.dstAddr = narrow(to.at, "dst_addr");
    set(local, local.srcStep, local.dstStep);
    made = local;
  }
  if (!problem.empty())
    return npu::Fault{problem};
  return made;
}

npu::Result<npu::Command>
InstructionEncoder::fill(const Tile &target,
                         std::span<const std::uint8_t> value) {
  problem.clear();
  const bool isOneByte =
      std::equal(value.begin() + 1, value.end(), value.begin());
  need(isOneByte || value.size() == sizeof(std::int32_t),
       "value: needs elements of 4 bytes, or whose bytes are all the same");
  std::vector<PairLoop> loops;
  join(loopsOf(target), loopsOf(target), loops);
  const Pattern pattern = merge(elementBytes(target), loops);
  if (pattern.loops.size() > 4)
    fail("count: needs at most 4 loops around a run, but got " +
         std::to_string(pattern.loops.size()));
  if (!problem.empty())
    return npu::Fault{problem};
  const auto complete = [&](auto command) -> npu::Command {
    command.dstAddr = narrow(places.of(target).at, "dst_addr");
    command.run = narrow(pattern.run, "run");
    for (std::size_t i = 0; i < pattern.loops.size(); ++i) {
      command.count[i] = narrow(pattern.loops[i].size, "count");
      command.dstStep[i] = narrow(pattern.loops[i].b, "dst_step");
    }
    return command;
  };
  npu::Fill bytes;
  bytes.value = value[0];
  npu::FillWords words;
  if (!isOneByte)
    std::memcpy(&words.value, value.data(), sizeof words.value);
  const npu::Command made = isOneByte ? complete(bytes) : complete(words);
  if (!problem.empty())
    return npu::Fault{problem};
  return made;
}

} // namespace glowplug::npusim
