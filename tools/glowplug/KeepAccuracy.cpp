// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the layers that have to stay in float for an accuracy.

#include "tools/glowplug/OutputMeter.h"
#include "tools/glowplug/StopSignal.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

using namespace glowplug;
using namespace glowplug::cli;

/// Groups of layers whose noise is measured first; models that may be tried for
/// that and for parts of groups; and those to find layers of the chosen ones
/// that can go back to integers.
static constexpr unsigned groupLimit = 32, rankLimit = 48, givingBackLimit = 8;

namespace {

/// A layer that may stay in float.
struct Candidate {
  std::string output;
  size_t position = 0;             ///< Among the layers.
  double noise = 0;                ///< That it adds, over its signal.
  double gain = 0;                 ///< Noise that the outputs lose without it.
  std::optional<double> withoutDb; ///< Of the outputs if it alone goes back.
};

/// Neighbours among the candidates, and the noise that the outputs lose if all
/// of them are in float.
struct Group {
  size_t begin = 0, end = 0;
  double gain = 0;

  size_t size() const { return end - begin; }
  double gainOfEach() const { return gain / static_cast<double>(size()); }
};

/// Which candidates are kept in float.
using Set = std::vector<bool>;

/// The user asked to stop.
struct Stop {};

class Search {
public:
  Search(const OnnxFile &file, const ptq::Profile &profile,
         const ptq::QuantizeOptions &options, double wantedDb,
         const MeasureSetup &setup, Progress &progress)
      : file(file), profile(profile), options(options), wantedDb(wantedDb),
        setup(setup), progress(progress) {}

  AccurateModel run();

private:
  ptq::QuantizeResult quantized(const Set &kept) const;
  double attempt(const Set &kept);
  bool reaches(const Set &kept) { return attempt(kept) >= wantedDb; }
  void listCandidates(const AccurateModel &all);
  void weigh(Group &group);
  size_t rank();
  size_t orderByGain(llvm::ArrayRef<Group> groups);
  size_t smallestPrefix(size_t guess);
  void search();
  void giveBack(size_t begin, size_t end);
  void report();
  Set prefix(size_t count) const;
  unsigned triesAtMost() const;
  AccurateModel finish();

  const OnnxFile &file;
  const ptq::Profile &profile;
  const ptq::QuantizeOptions &options;
  const double wantedDb;
  const MeasureSetup &setup;
  Progress &progress;
  std::unique_ptr<OutputMeter> meter;
  std::vector<Candidate> candidates; ///< A set's indices are of this order.
  std::vector<size_t> order;         ///< Indices, the largest gain first.
  std::map<Set, double> tried;       ///< What the worst output reached.
  Set best;                          ///< Reaches it with fewest in float.
  double bestDb = 0, allDb = 0;
  Measurement bestMeasurement;
  unsigned ranked = 0, givingBack = 0; ///< Models tried in these steps.
  std::chrono::duration<double> spent{0};
};

} // namespace

/// Noise over signal, and back.
static double ratioOf(double db) { return std::pow(10, -boundedDb(db) / 10); }
static double decibels(double ratio) {
  return -10 * std::log10(std::max(ratio, 0.0));
}

/// The model with \p kept in float.
ptq::QuantizeResult Search::quantized(const Set &kept) const {
  ptq::QuantizeOptions changed = options;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (!kept[i])
      continue;
    const Candidate &candidate = candidates[i];
    changed.keepFloat.emplace_back(
        candidate.output,
        candidate.withoutDb
            ? fmt::format("in integers it would leave the outputs {:.1f} dB",
                          boundedDb(*candidate.withoutDb))
            : fmt::format(
                  "in float by itself it takes the outputs from "
                  "{:.1f} dB to about {:.1f} dB",
                  boundedDb(allDb),
                  boundedDb(decibels(ratioOf(allDb) - candidate.gain))));
  }
  return quantizeOrFail(file, setup.model.model, profile, changed);
}

/// What the worst output reaches with \p kept in float.
double Search::attempt(const Set &kept) {
  if (auto known = tried.find(kept); known != tried.end())
    return known->second;
  if (StopSignal::isAsked())
    throw Stop();
  report();
  const auto start = std::chrono::steady_clock::now();
  progress.begin("quantising");
  std::optional<Measurement> measured;
  try {
    measured = meter->measure(quantized(kept));
  } catch (const Exit &) {
    if (StopSignal::isAsked()) // it may have ended a process of ours as well
      throw Stop();
    throw;
  }
  if (!measured)
    throw Stop();
  spent += std::chrono::steady_clock::now() - start;
  const double db = measured->outputDb();
  tried.emplace(kept, db);
  if (db >= wantedDb && (bestDb < wantedDb ||
                         llvm::count(kept, true) < llvm::count(best, true))) {
    best = kept;
    bestDb = db;
    bestMeasurement = std::move(*measured);
  }
  return db;
}

/// Lists what may stay in float by the noise that layers add to that of what
/// they compute on. What comes behind a layer may amplify its noise or hide it,
/// so this says only which are worth to be looked at together.
void Search::listCandidates(const AccurateModel &all) {
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
size_t Search::orderByGain(llvm::ArrayRef<Group> groups) {
  for (const Group &group : groups)
    for (size_t i = group.begin; i < group.end; ++i)
      candidates[i].gain = group.gainOfEach();
  order.resize(candidates.size());
  std::iota(order.begin(), order.end(), size_t(0));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::tie(candidates[b].gain, a) < std::tie(candidates[a].gain, b);
  });
  double left = ratioOf(allDb);
  size_t count = 0;
  while (count < order.size() && left > ratioOf(wantedDb))
    left -= candidates[order[count++]].gain;
  return count;
}

/// Measures what the outputs lose in noise if \p group is in float.
void Search::weigh(Group &group) {
  Set kept(candidates.size(), false);
  std::fill(kept.begin() + ptrdiff_t(group.begin),
            kept.begin() + ptrdiff_t(group.end), true);
  ++ranked;
  group.gain = std::max(0.0, ratioOf(allDb) - ratioOf(attempt(kept)));
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
size_t Search::rank() {
  std::vector<Group> groups;
  const size_t count = std::min<size_t>(groupLimit, candidates.size());
  for (size_t i = 0; i < count; ++i) {
    Group &group = groups.emplace_back();
    group.begin = i * candidates.size() / count;
    group.end = (i + 1) * candidates.size() / count;
    weigh(group);
    // What is known by then may be all that there is time for.
    if (i == 7 || i == 15)
      (void)attempt(prefix(std::max(orderByGain(groups), i + 1)));
  }
  for (; ranked + 2 <= rankLimit;) {
    const size_t expected = orderByGain(groups);
    Group *split =
        largestChosen(groups, llvm::ArrayRef(order).take_front(expected));
    if (!split)
      break;
    Group second = *split;
    split->end = second.begin = std::midpoint(split->begin, split->end);
    weigh(*split);
    weigh(second);
    groups.push_back(second);
  }
  return orderByGain(groups);
}

/// The first \p count in order.
Set Search::prefix(size_t count) const {
  Set set(candidates.size(), false);
  for (size_t i : llvm::ArrayRef(order).take_front(count))
    set[i] = true;
  return set;
}

/// How many models the search may try, the first two counted.
unsigned Search::triesAtMost() const {
  unsigned halvings = 1;
  while ((size_t(1) << halvings) < candidates.size())
    ++halvings;
  // Groups and two prefixes on the way; the way to the right one, there and
  // back.
  const auto layers = static_cast<unsigned>(candidates.size());
  return 2 + (layers > groupLimit ? rankLimit : layers) + 2 + 2 * halvings +
         std::min(givingBackLimit, 2 * layers);
}

/// Says how far the search is.
void Search::report() {
  const auto most = triesAtMost();
  const auto count = static_cast<unsigned>(tried.size());
  std::string text = fmt::format("--keep-accuracy {}: model {} of at most {}",
                                 wantedDb, count + 1, most);
  if (bestDb >= wantedDb)
    text += fmt::format(", so far {} of {} layers in float give {:.1f} dB",
                        llvm::count(best, true), candidates.size(),
                        boundedDb(bestDb));
  else
    text += fmt::format(", all {} layers in integers give {:.1f} dB",
                        candidates.size(), boundedDb(allDb));
  if (count > 1)
    text += fmt::format(", at most {:.0f} s left",
                        std::ceil(spent.count() / (count - 1) *
                                  (most - std::min(most, count))));
  progress.task(text);
}

/// The least number of the first in order that will do, from \p guess on with
/// growing steps until it lies between two tries, which are then bisected.
size_t Search::smallestPrefix(size_t guess) {
  size_t failed = 0, reached = candidates.size(), step = 1;
  bool wasBelow = false, wasAbove = false;
  while (reached - failed > 1) {
    if (wasBelow && wasAbove)
      guess = std::midpoint(failed, reached);
    guess = std::clamp(guess, failed + 1, reached - 1);
    if (reaches(prefix(guess))) {
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
void Search::giveBack(size_t begin, size_t end) {
  Set without = best;
  for (size_t i = begin; i < end; ++i)
    without[order[i]] = false;
  if (without == best)
    return;
  if (!tried.count(without)) {
    if (givingBack == givingBackLimit)
      return;
    ++givingBack;
  }
  if (reaches(without))
    return;
  if (end - begin == 1) {
    candidates[order[begin]].withoutDb = tried.at(without);
    return;
  }
  const size_t middle = std::midpoint(begin, end);
  giveBack(middle, end);
  giveBack(begin, middle);
}

void Search::search() {
  // What no number of layers can do is known before any is tried.
  (void)orderByGain({});
  const Set everything = prefix(candidates.size());
  if (!reaches(everything))
    fail(modelFault,
         fmt::format("--keep-accuracy {}: with every layer in float the worst "
                     "output reaches {:.1f} dB",
                     wantedDb, boundedDb(tried.at(everything))));
  (void)smallestPrefix(rank());
  for (size_t end = order.size(); end > 0; end /= 2)
    giveBack(end / 2, end);
}

/// Measures the layers of the best model as well.
AccurateModel Search::finish() {
  AccurateModel model;
  model.result = quantized(best);
  model.measurement = bestMeasurement;
  model.tried = static_cast<unsigned>(tried.size());
  return model;
}

AccurateModel Search::run() {
  // Until this is done there is nothing that an interrupted search could give.
  AccurateModel all;
  all.result = quantized({});
  all.measurement = measure(setup, all.result, progress);
  all.tried = 1;
  allDb = bestDb = all.measurement.outputDb();
  if (allDb >= wantedDb)
    return all;
  listCandidates(all);
  best = prefix(0);
  tried.emplace(best, allDb);
  bestMeasurement = all.measurement;

  const StopSignal guard;
  std::vector<std::string> outputs;
  for (const auto &[name, sqnr] : all.measurement.outputs)
    outputs.push_back(name);
  AccurateModel model;
  try {
    report();
    meter = std::make_unique<OutputMeter>(setup, std::move(outputs),
                                          StopSignal::isAsked, progress);
    search();
    model = finish();
    progress.task(fmt::format("--keep-accuracy {}: {} models tried; measuring "
                              "the layers",
                              wantedDb, tried.size()));
    Measurement layers = measure(setup, model.result, progress);
    model.measurement.layers = std::move(layers.layers);
  } catch (const Stop &) {
    model = finish();
    model.wasInterrupted = true;
  } catch (const Exit &) {
    if (!StopSignal::isAsked())
      throw;
    model = finish();
    model.wasInterrupted = true;
  }
  progress.task("");
  return model;
}

AccurateModel cli::keepAccuracy(const OnnxFile &file,
                                const ptq::Profile &profile,
                                ptq::QuantizeOptions options, double wantedDb,
                                const MeasureSetup &setup, Progress &progress) {
  return Search(file, profile, options, wantedDb, setup, progress).run();
}
