// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies from place to place in DRAM, by way of the scratchpad.

#include "backends/npu-sim/compiler/emit/Emitter.h"
#include "backends/npu-sim/compiler/emit/Transfer.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace glowplug::npusim {
namespace {

/// A dimension with its steps in bytes on both sides.
struct Dim {
  std::int64_t count, from, to;
};

/// Copies element by element along \p dims, from offset to offset.
class Copier {
public:
  Copier(Emitter &emitter, const View &from, const View &to)
      : e(emitter), source(from), target(to) {}

  void run() { split(0, {}, source.at.offset, target.at.offset); }

private:
  /// Splits dim \p d, which is blocked on one side or both, and all dims after
  /// it.
  void split(std::size_t d, std::vector<Dim> dims, std::int64_t from,
             std::int64_t to) {
    if (d == source.shape.size())
      return copy(std::move(dims), from, to);
    const auto dim = static_cast<int>(d);
    const std::int64_t size = source.shape[d];
    const bool fromBlocks = source.blocked == dim,
               toBlocks = target.blocked == dim;
    if (!fromBlocks && !toBlocks) {
      dims.push_back({size, source.strides[d], target.strides[d]});
      return split(d + 1, std::move(dims), from, to);
    }
    const std::int64_t lanes = fromBlocks ? source.lanes : target.lanes;
    const std::int64_t element = source.elementBytes;
    const std::int64_t fromLane = fromBlocks ? element : source.strides[d];
    const std::int64_t toLane = toBlocks ? element : target.strides[d];
    const std::int64_t fromBlock =
        fromBlocks ? source.strides[d] : lanes * fromLane;
    const std::int64_t toBlock = toBlocks ? target.strides[d] : lanes * toLane;
    const std::int64_t whole = size / lanes, rest = size % lanes;
    if (whole > 0) {
      std::vector<Dim> inner = dims;
      inner.push_back({whole, fromBlock, toBlock});
      inner.push_back({lanes, fromLane, toLane});
      split(d + 1, std::move(inner), from, to);
    }
    if (rest > 0) {
      dims.push_back({rest, fromLane, toLane});
      split(d + 1, std::move(dims), from + whole * fromBlock,
            to + whole * toBlock);
    }
  }

  void copy(std::vector<Dim> dims, std::int64_t from, std::int64_t to) {
    std::erase_if(dims, [](const Dim &dim) { return dim.count == 1; });
    // The innermost is that with the smallest steps, so that runs are long.
    const auto key = [](const Dim &dim) {
      return std::tuple(std::max(std::abs(dim.from), std::abs(dim.to)),
                        dim.from, dim.to, dim.count);
    };
    std::sort(dims.begin(), dims.end(),
              [&](const Dim &a, const Dim &b) { return key(a) < key(b); });
    piece(dims, dims.size(), from, to);
  }

  /// Copies dims 0 to \p depth - 1, cutting the outer ones until the rest fits.
  void piece(std::vector<Dim> dims, std::size_t depth, std::int64_t from,
             std::int64_t to) {
    std::int64_t bytes = source.elementBytes;
    for (std::size_t d = 0; d < depth; ++d)
      bytes *= dims[d].count;
    const std::int64_t room = e.regions.inputs.bytes() / 4;
    if (bytes <= room) {
      dims.resize(depth);
      return emit(dims, bytes, from, to);
    }
    const Dim outer = dims[depth - 1];
    const std::int64_t each = bytes / outer.count;
    const std::int64_t most = std::max<std::int64_t>(1, room / each);
    for (std::int64_t i = 0; i < outer.count; i += most) {
      std::vector<Dim> part = dims;
      part[depth - 1].count = std::min(most, outer.count - i);
      piece(part, part[depth - 1].count == 1 ? depth - 1 : depth,
            from + i * outer.from, to + i * outer.to);
    }
  }

  void emit(const std::vector<Dim> &dims, std::int64_t bytes, std::int64_t from,
            std::int64_t to) {
    const Place at = e.take(e.regions.inputs, bytes, "copied bytes");
    Transfer in({source.at.buffer, from}, at, source.elementBytes);
    Transfer out(at, {target.at.buffer, to}, source.elementBytes);
    std::vector<std::int64_t> steps; // in the scratchpad
    std::int64_t local = source.elementBytes;
    for (const Dim &dim : dims) {
      if (!isRepeated(dim))
        in.loop(dim.count, dim.from, local);
      out.loop(dim.count, local, dim.to);
      steps.push_back(local);
      local *= dim.count;
    }
    in.emit(e, npu::Queue::LoadA);
    for (std::size_t d = 0; d < dims.size(); ++d)
      if (isRepeated(dims[d]))
        repeat(dims, steps, d, at);
    out.emit(e, npu::Queue::Store);
  }

  static bool isRepeated(const Dim &dim) { return dim.from == 0; }

  /// Fills dim \p d, of which the first element is in the scratchpad, with the
  /// same; dims before it are full. DRAM would take its latency for each of the
  /// short runs that a repeated element is.
  void repeat(const std::vector<Dim> &dims,
              const std::vector<std::int64_t> &steps, std::size_t d, Place at) {
    Transfer copies(at, at + steps[d], source.elementBytes);
    for (std::size_t k = 0; k < dims.size(); ++k)
      if (k == d)
        copies.loop(dims[d].count - 1, 0, steps[d]);
      else if (k < d || !isRepeated(dims[k]))
        copies.loop(dims[k].count, steps[k], steps[k]);
    copies.emit(e, npu::Queue::LoadA);
  }

  Emitter &e;
  const View &source, &target;
};

/// Writes \p value to all bytes of a tensor that is alone in its place.
void fill(Emitter &e, const View &view, std::uint8_t value) {
  std::int64_t bytes = view.elementBytes;
  if (view.isBlocked())
    bytes =
        blockedBytes(view.shape, view.elementBytes, view.blocked, view.lanes);
  else
    bytes *= elementCount(view.shape);
  const std::int64_t run = std::min<std::int64_t>(bytes, 1024);
  const Place at = e.take(e.regions.inputs, run, "fill");
  e.fill(npu::Queue::LoadA, {at, gp_image_dtype_u8, {{run, 1}}}, value);
  Transfer out(at, view.at, run);
  out.loop(bytes / run, 0, run);
  out.emit(e, npu::Queue::Store);
  if (bytes % run != 0)
    Transfer(at, view.at + bytes / run * run, bytes % run)
        .emit(e, npu::Queue::Store);
}

} // namespace

void emitCopy(Emitter &e, const Job &job) {
  e.beginLayer(job.number, job.name, false);
  for (const View &result : job.results) {
    if (job.fill)
      fill(e, result, *job.fill);
    else
      Copier(e, job.operands[0], result).run();
  }
}

} // namespace glowplug::npusim
