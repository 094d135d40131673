// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which layers are tried in float, and in which order.

#include "core/host/loops/LayerSearch.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

using namespace glowplug;

/// Groups of layers whose noise is measured first; models that may be tried for
/// that and for parts of groups; and those to find layers of the chosen ones
/// that can go back to integers.
static constexpr unsigned groupLimit = 32, rankLimit = 48, givingBackLimit = 8;

/// Lists what may stay in float by the noise that layers add to that of what
/// they compute on. What comes behind a layer may amplify its noise or hide it,
/// so this says only which are worth to be looked at together.
void LayerSearch::listCandidates(const AccurateModel &all) {
  std::map<std::string, double> ratios;
  for (auto [layer, sqnr] :
       llvm::zip_equal(all.result.layers, all.measurement.layers))
    ratios[layer.output] = sqnr.ratio();
  for (const ptq::LayerReport &layer : all.result.layers) {
    if (!layer.keptReason.empty())
      continue;
    double before = 0;
    for (const std::string &source : layer.sources)
      if (auto ratio = ratios.find(source); ratio != ratios.end())
        before = std::max(before, ratio->second);
    Candidate candidate;
    candidate.output = layer.output;
    candidate.position = candidates.size();
    candidate.noise = ratios.at(layer.output);
    if (std::isfinite(before))
      candidate.noise = std::max(0.0, candidate.noise - before);
    candidates.push_back(std::move(candidate));
  }
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return std::tie(b.noise, a.position) < std::tie(a.noise, b.position);
  });
}

/// Sets the order, and returns how many of the first are expected to do.
size_t LayerSearch::orderByGain(llvm::ArrayRef<Group> groups) {
  for (const Group &group : groups)
    for (size_t i = group.begin; i < group.end; ++i)
      candidates[i].gain = group.gainOfEach();
  order.resize(candidates.size());
  std::iota(order.begin(), order.end(), size_t(0));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::tie(candidates[b].gain, a) < std::tie(candidates[a].gain, b);
  });
  double left = noiseRatio(allDb);
  size_t count = 0;
  while (count < order.size() && left > noiseRatio(wantedDb))
    left -= candidates[order[count++]].gain;
  return count;
}

/// Measures what the outputs lose in noise if \p group is in float.
llvm::Error LayerSearch::weigh(Group &group) {
  Set kept(candidates.size(), false);
  std::fill(kept.begin() + ptrdiff_t(group.begin),
            kept.begin() + ptrdiff_t(group.end), true);
  ++ranked;
  llvm::Expected<double> db = attempt(kept);
  if (!db)
    return db.takeError();
  group.gain = std::max(0.0, noiseRatio(allDb) - noiseRatio(*db));
  return llvm::Error::success();
}

/// The largest of the groups with a part in the choice that is expected to do;
/// null if that is of single layers.
static Group *largestChosen(std::vector<Group> &groups,
                            llvm::ArrayRef<size_t> chosen) {
  Group *largest = nullptr;
  for (Group &group : groups)
    if (group.size() > 1 && (!largest || group.gain > largest->gain) &&
        llvm::any_of(chosen, [&](size_t i) {
          return i >= group.begin && i < group.end;
        }))
      largest = &group;
  return largest;
}

/// Noise of layers adds up at the outputs, nearly. So layers that are noisy by
/// themselves are weighed first, alone or, of many, in groups; then the halves
/// of groups that would be chosen. Quiet layers stay together, and cost one
/// model. Returns how many of the first in order are expected to do.
llvm::Expected<size_t> LayerSearch::rank() {
  std::vector<Group> groups;
  const size_t count = std::min<size_t>(groupLimit, candidates.size());
  for (size_t i = 0; i < count; ++i) {
    Group &group = groups.emplace_back();
    group.begin = i * candidates.size() / count;
    group.end = (i + 1) * candidates.size() / count;
    if (llvm::Error error = weigh(group))
      return error;
    // What is known by then may be all that there is time for.
    if (i != 7 && i != 15)
      continue;
    const size_t expected = orderByGain(groups);
    if (llvm::Error error =
            attempt(prefix(std::max(expected, i + 1))).takeError())
      return error;
  }
  while (ranked + 2 <= rankLimit) {
    const size_t expected = orderByGain(groups);
    Group *split =
        largestChosen(groups, llvm::ArrayRef(order).take_front(expected));
    if (!split)
      break;
    Group second = *split;
    split->end = second.begin = std::midpoint(split->begin, split->end);
    if (llvm::Error error = weigh(*split))
      return error;
    if (llvm::Error error = weigh(second))
      return error;
    groups.push_back(second);
  }
  return orderByGain(groups);
}

/// The first \p count in order.
Set LayerSearch::prefix(size_t count) const {
  Set set(candidates.size(), false);
  for (size_t i : llvm::ArrayRef(order).take_front(count))
    set[i] = true;
  return set;
}

/// How many models the search may try, the first two counted.
unsigned LayerSearch::triesAtMost() const {
  unsigned halvings = 1;
  while ((size_t(1) << halvings) < candidates.size())
    ++halvings;
  // Groups and two prefixes on the way; the way to the right one, there and
  // back.
  const auto layers = static_cast<unsigned>(candidates.size());
  return 2 + (layers > groupLimit ? rankLimit : layers) + 2 + 2 * halvings +
         std::min(givingBackLimit, 2 * layers);
}

/// The least number of the first in order that will do, from \p guess on with
/// growing steps until it lies between two tries, which are then bisected.
llvm::Expected<size_t> LayerSearch::smallestPrefix(size_t guess) {
  size_t failed = 0, reached = candidates.size(), step = 1;
  bool wasBelow = false, wasAbove = false;
  while (reached - failed > 1) {
    if (wasBelow && wasAbove)
      guess = std::midpoint(failed, reached);
    guess = std::clamp(guess, failed + 1, reached - 1);
    llvm::Expected<bool> isEnough = reaches(prefix(guess));
    if (!isEnough)
      return isEnough.takeError();
    if (*isEnough) {
      reached = guess;
      wasAbove = true;
      guess -= std::min(guess, step);
    } else {
      failed = guess;
      wasBelow = true;
      guess += step;
    }
    step *= 2;
  }
  return reached;
}

/// Gives back to integers what is not needed of the candidates from \p begin
/// to \p end in order: all of them at once, or else by halves, the quieter
/// first.
llvm::Error LayerSearch::giveBack(size_t begin, size_t end) {
  Set without = best;
  for (size_t i = begin; i < end; ++i)
    without[order[i]] = false;
  if (without == best)
    return llvm::Error::success();
  if (!tried.count(without)) {
    if (givingBack == givingBackLimit)
      return llvm::Error::success();
    ++givingBack;
  }
  llvm::Expected<bool> isEnough = reaches(without);
  if (!isEnough)
    return isEnough.takeError();
  if (*isEnough)
    return llvm::Error::success();
  if (end - begin == 1) {
    candidates[order[begin]].withoutDb = tried.at(without);
    return llvm::Error::success();
  }
  const size_t middle = std::midpoint(begin, end);
  if (llvm::Error error = giveBack(middle, end))
    return error;
  return giveBack(begin, middle);
}

llvm::Error LayerSearch::search() {
  // What no number of layers can do is known before any is tried.
  (void)orderByGain({});
  const Set everything = prefix(candidates.size());
  llvm::Expected<bool> isPossible = reaches(everything);
  if (!isPossible)
    return isPossible.takeError();
  if (!*isPossible)
    return makeFault(
        FaultKind::model,
        fmt::format("--keep-accuracy {}: with every layer in float the worst "
                    "output reaches {:.1f} dB",
                    wantedDb, boundedDb(tried.at(everything))));
  llvm::Expected<size_t> expected = rank();
  if (!expected)
    return expected.takeError();
  if (llvm::Error error = smallestPrefix(*expected).takeError())
    return error;
  for (size_t end = order.size(); end > 0; end /= 2)
    if (llvm::Error error = giveBack(end / 2, end))
      return error;
  return llvm::Error::success();
}
