// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When the buffers of a blob are in use.

#include "backends/npu-sim/runtime/Statistics.h"

#include "simulator/isa/Access.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace glowplug::npusim {

using npu::Cycle;

namespace {

struct Times {
  Cycle first = std::numeric_limits<Cycle>::max();
  Cycle last = 0;

  /// Returns whether this was something new.
  bool join(const Times &other) {
    const bool isNew = other.first < first || other.last > last;
    first = std::min(first, other.first);
    last = std::max(last, other.last);
    return isNew;
  }
};

/// Slots 0 to n - 1, each with the times of all runs of slots that it was in. A
/// tree: leaves are slots, and a node holds what was joined to all leaves below
/// it (`whole`), and everything joined to any of them (`any`).
class TimesOfSlots {
public:
  explicit TimesOfSlots(std::size_t slots)
      : leaves(slots), whole(2 * slots), any(2 * slots) {}

  /// Joins \p times to the slots from \p begin to before \p end.
  void join(std::size_t begin, std::size_t end, const Times &times) {
    forEachCover(begin, end, [&](std::size_t node) {
      whole[node].join(times);
      // What a node holds, the ones above it hold too.
      for (; node != 0 && any[node].join(times); node /= 2)
        continue;
    });
  }

  /// All that was joined to one of the slots or more.
  Times find(std::size_t begin, std::size_t end) const {
    Times result;
    forEachCover(begin, end, [&](std::size_t node) {
      result.join(any[node]);
      for (; node != 0; node /= 2)
        result.join(whole[node]);
    });
    return result;
  }

private:
  template <typename F>
  void forEachCover(std::size_t begin, std::size_t end, F visit) const {
    for (begin += leaves, end += leaves; begin < end; begin /= 2, end /= 2) {
      if (begin % 2 == 1)
        visit(begin++);
      if (end % 2 == 1)
        visit(--end);
    }
  }

  std::size_t leaves;
  std::vector<Times> whole, any;
};

/// The places where buffers of one layer begin and end, and what happens
/// between them.
class LayerMap {
public:
  explicit LayerMap(std::vector<std::int64_t> borders)
      : places(sorted(std::move(borders))), slots(places.size()) {}

  void touch(std::int64_t low, std::int64_t high, const Times &times) {
    const auto begin = std::upper_bound(places.begin(), places.end(), low);
    const auto end = std::lower_bound(places.begin(), places.end(), high);
    const auto first = begin - places.begin();
    slots.join(static_cast<std::size_t>(std::max<std::ptrdiff_t>(first - 1, 0)),
               static_cast<std::size_t>(end - places.begin()), times);
  }

  Times find(const BufferInfo &buffer) const {
    return slots.find(indexOf(buffer.begin),
                      indexOf(std::int64_t(buffer.begin) + buffer.bytes));
  }

private:
  static std::vector<std::int64_t> sorted(std::vector<std::int64_t> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

  std::size_t indexOf(std::int64_t place) const {
    return static_cast<std::size_t>(
        std::lower_bound(places.begin(), places.end(), place) - places.begin());
  }

  std::vector<std::int64_t> places; ///< slot i is from places[i] to the next
  TimesOfSlots slots;
};

std::vector<BufferUse> differentBuffers(const Blob &blob) {
  std::vector<const BufferInfo *> order;
  for (const BufferInfo &buffer : blob.buffers)
    order.push_back(&buffer);
  const auto key = [](const BufferInfo *b) {
    return std::tie(b->layer, b->begin, b->bytes, b->name);
  };
  // Alike ones keep their order, which is that of their addresses.
  std::sort(order.begin(), order.end(), [&](auto *a, auto *b) {
    return std::tuple_cat(key(a), std::tuple(a)) <
           std::tuple_cat(key(b), std::tuple(b));
  });
  order.erase(std::unique(order.begin(), order.end(),
                          [&](auto *a, auto *b) { return key(a) == key(b); }),
              order.end());
  std::sort(order.begin(), order.end());
  std::vector<BufferUse> uses;
  for (const BufferInfo *buffer : order)
    uses.push_back({buffer});
  return uses;
}

} // namespace

std::vector<BufferUse> bufferUsesOf(const Blob &blob,
                                    std::span<const npu::Command> commands,
                                    const npu::Timeline &timeline,
                                    const npu::Config &config) {
  std::vector<BufferUse> uses = differentBuffers(blob);
  std::vector<std::vector<std::int64_t>> borders(blob.layers.size());
  for (const BufferUse &use : uses)
    for (std::int64_t bytes : {std::uint32_t(0), use.buffer->bytes})
      borders[use.buffer->layer].push_back(use.buffer->begin + bytes);
  std::vector<LayerMap> layers;
  for (std::vector<std::int64_t> &of : borders)
    layers.emplace_back(std::move(of));

  for (std::size_t n = 0; n < commands.size(); ++n) {
    const npu::Record &record = timeline.records[n];
    for (const npu::Access &access : npu::accessesOf(commands[n], config))
      if (access.space == npu::Space::Scratchpad)
        layers[npu::headerOf(commands[n]).layer].touch(
            access.low(), access.high(), {record.start, record.end});
  }
  for (BufferUse &use : uses) {
    const Times times = layers[use.buffer->layer].find(*use.buffer);
    if (times.first <= times.last) {
      use.first = times.first;
      use.last = times.last;
    }
  }
  return uses;
}

} // namespace glowplug::npusim
