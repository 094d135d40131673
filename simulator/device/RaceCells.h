// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Something known of each byte (or row) of a memory.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace glowplug::npu {

/// A \p Cell for each unit of a memory. Up to \p Width units in a granule that
/// always were visited together share one, which is what makes it fast.
template <typename Cell, int Width>
class RaceCells {
public:
  /// Calls \p see(cell, at) for the units of [begin, end) in rising order; once
  /// for those that share a cell, with the first of them.
  template <typename F>
  void visit(std::int64_t begin, std::int64_t end, F see) {
    for (std::int64_t at = begin; at < end;) {
      Granule &granule = find(at / Width);
      const std::int64_t first = at / Width * Width;
      const std::int64_t stop = std::min(end, first + Width);
      if (!granule.parts && stop - at == Width) {
        see(granule.whole, at);
        at = stop;
        continue;
      }
      if (!granule.parts) {
        granule.parts = std::make_unique<std::array<Cell, Width>>();
        granule.parts->fill(granule.whole);
      }
      const bool covers = stop - at == Width;
      for (; at < stop; ++at)
        see((*granule.parts)[static_cast<std::size_t>(at - first)], at);
      if (covers)
        join(granule);
    }
  }

private:
  struct Granule {
    Cell whole;
    std::unique_ptr<std::array<Cell, Width>> parts; ///< if they differ
  };
  static constexpr std::int64_t pageGranules = 256;
  using Page = std::array<Granule, pageGranules>;

  /// Lets the parts share a cell again, if they are equal.
  static void join(Granule &granule) {
    const auto &parts = *granule.parts;
    if (std::all_of(parts.begin(), parts.end(),
                    [&](const Cell &cell) { return cell == parts[0]; })) {
      granule.whole = parts[0];
      granule.parts.reset();
    }
  }

  Granule &find(std::int64_t number) {
    const std::int64_t pageNumber = number / pageGranules;
    if (pageNumber != lastNumber) {
      auto &page = pages[pageNumber];
      if (!page)
        page = std::make_unique<Page>();
      last = page.get();
      lastNumber = pageNumber;
    }
    return (*last)[static_cast<std::size_t>(number % pageGranules)];
  }

  std::unordered_map<std::int64_t, std::unique_ptr<Page>> pages;
  std::int64_t lastNumber = -1;
  Page *last = nullptr;
};

} // namespace glowplug::npu
