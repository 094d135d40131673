// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts the inputs on which two recipes differ.

#include "core/quantize/recipes/Difference.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace glowplug;

/// The first sum from \p low to \p high for which \p f gives at least
/// \p value; one past \p high if no sum does. Looks near \p guess first.
static int64_t firstWith(SumFunction f, int64_t low, int64_t high,
                         int32_t value, int64_t guess) {
  auto reaches = [&](int64_t sum) {
    return f(static_cast<int32_t>(sum)) >= value;
  };
  // Looks wider and wider around the guess, until the step lies within. Outside
  // of the range, nothing is below `low` and everything is above `high`.
  int64_t from = std::clamp(guess, low, high), to = from;
  for (int64_t width = 1; from > low && reaches(from - 1); width *= 4)
    from = std::max(low, from - width);
  for (int64_t width = 1; to <= high && !reaches(to); width *= 4)
    to = std::min(high + 1, to + width);
  while (from < to) {
    const int64_t middle = from + (to - from) / 2;
    if (reaches(middle))
      to = middle;
    else
      from = middle + 1;
  }
  return from;
}

void glowplug::countDifferences(SumFunction a, SumFunction b, int32_t low,
                                int32_t high, int32_t least, int32_t most,
                                RecipeChange &change) {
  // The sums at which one of the two takes a step.
  llvm::SmallVector<int64_t> steps{low};
  int64_t last = low, spacing = 0;
  for (int32_t value = least + 1; value <= most; ++value) {
    const int64_t first = firstWith(a, low, high, value, last + spacing);
    spacing = first - last;
    last = first;
    for (int64_t step : {first, firstWith(b, low, high, value, first)})
      if (step <= high)
        steps.push_back(step);
  }
  llvm::sort(steps);
  change.total += static_cast<uint64_t>(int64_t(high) - low + 1);
  for (size_t i = 0; i < steps.size(); ++i) {
    const int64_t next =
        i + 1 < steps.size() ? steps[i + 1] : int64_t(high) + 1;
    const auto sum = static_cast<int32_t>(steps[i]);
    const int64_t gap = std::abs(int64_t(a(sum)) - b(sum));
    if (gap == 0)
      continue;
    change.differing += static_cast<uint64_t>(next - steps[i]);
    change.mostSteps = std::max(change.mostSteps, static_cast<uint64_t>(gap));
  }
}

void glowplug::countDifferences(llvm::ArrayRef<double> a,
                                llvm::ArrayRef<double> b,
                                RecipeChange &change) {
  for (auto [x, y] : llvm::zip_equal(a, b)) {
    const double gap = std::abs(x - y);
    ++change.total;
    change.differing += gap != 0;
    change.mostSteps = std::max(change.mostSteps, static_cast<uint64_t>(gap));
  }
}
