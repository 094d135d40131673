// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Covering arrays, built greedily: each row is the best of some that begin with
// a combination that is still missing.

#include "core/conformance/cases/CoveringArray.h"

#include "core/support/Random.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <set>

namespace glowplug::conformance {
namespace {

/// Indices of values, one per factor; -1: not chosen yet.
using Row = std::vector<int>;
/// A combination: which factors, and which value of each.
using Combination = std::vector<std::pair<unsigned, int>>;

class Builder {
public:
  Builder(const std::vector<Factor> &factors, unsigned strength,
          const std::function<bool(const Choice &)> &isValid)
      : factors(factors), strength(strength), isValid(isValid) {}

  std::vector<Choice> run(size_t most);

private:
  void addCombinations(Combination &begun, unsigned next);
  /// The combinations of \p row.
  void each(const Row &row,
            const std::function<void(const Combination &)> &visit) const;
  Row fill(const Combination &wanted);
  Choice choiceOf(const Row &row) const;
  size_t gain(const Row &row) const;

  const std::vector<Factor> &factors;
  const size_t strength;
  const std::function<bool(const Choice &)> &isValid;
  std::set<Combination> missing;
  Random random{1};
};

void Builder::addCombinations(Combination &begun, unsigned next) {
  if (begun.size() == strength) {
    missing.insert(begun);
    return;
  }
  for (unsigned factor = next; factor < factors.size(); ++factor)
    for (size_t value = 0; value < factors[factor].values.size(); ++value) {
      begun.emplace_back(factor, static_cast<int>(value));
      addCombinations(begun, factor + 1);
      begun.pop_back();
    }
}

Choice Builder::choiceOf(const Row &row) const {
  std::vector<int64_t> values;
  for (auto [factor, index] : llvm::zip_equal(factors, row))
    values.push_back(factor.values[static_cast<size_t>(index)]);
  return {factors, std::move(values)};
}

void Builder::each(
    const Row &row,
    const std::function<void(const Combination &)> &visit) const {
  Combination combination;
  const std::function<void(unsigned)> extend = [&](unsigned next) {
    if (combination.size() == strength) {
      visit(combination);
      return;
    }
    for (unsigned factor = next; factor < row.size(); ++factor) {
      combination.emplace_back(factor, row[factor]);
      extend(factor + 1);
      combination.pop_back();
    }
  };
  extend(0);
}

size_t Builder::gain(const Row &row) const {
  size_t count = 0;
  each(row, [&](const Combination &combination) {
    count += missing.count(combination);
  });
  return count;
}

/// A valid row with \p wanted, or an empty one if none was found.
Row Builder::fill(const Combination &wanted) {
  constexpr unsigned attempts = 30, enough = 4;
  Row best;
  size_t bestGain = 0;
  for (unsigned found = 0, i = 0; i < attempts && found < enough; ++i) {
    Row row(factors.size());
    for (size_t factor = 0; factor < row.size(); ++factor)
      row[factor] =
          static_cast<int>(random.below(factors[factor].values.size()));
    for (auto [factor, value] : wanted)
      row[factor] = value;
    if (isValid && !isValid(choiceOf(row)))
      continue;
    ++found;
    if (const size_t gained = gain(row); gained > bestGain) {
      bestGain = gained;
      best = row;
    }
  }
  return best;
}

std::vector<Choice> Builder::run(size_t most) {
  Combination begun;
  addCombinations(begun, 0);
  std::vector<Choice> rows;
  while (!missing.empty() && rows.size() < most) {
    const Combination wanted = *missing.begin();
    const Row row = fill(wanted);
    if (row.empty()) { // no valid row has it
      missing.erase(wanted);
      continue;
    }
    each(row,
         [&](const Combination &combination) { missing.erase(combination); });
    rows.push_back(choiceOf(row));
  }
  return rows;
}

} // namespace

int64_t Choice::operator[](std::string_view name) const {
  for (auto [factor, value] : llvm::zip_equal(*factors, values))
    if (factor.name == name)
      return value;
  llvm_unreachable("no such factor");
}

std::vector<Choice>
coveringChoices(const std::vector<Factor> &factors, unsigned strength,
                const std::function<bool(const Choice &)> &isValid,
                size_t most) {
  return Builder(factors, strength, isValid).run(most);
}

} // namespace glowplug::conformance
