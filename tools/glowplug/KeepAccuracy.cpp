// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the layers that have to stay in float for an accuracy.

#include "tools/glowplug/Quantization.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

/// A layer, and the noise that it adds to what it is given.
struct Candidate {
  std::string output, reason;
  size_t position = 0; ///< Among the layers.
  double ownNoise = 0; ///< Over the signal.
};

class Search {
public:
  Search(const OnnxFile &file, const ptq::Profile &profile,
         const ptq::QuantizeOptions &options, double wantedDb,
         const MeasureSetup &setup, Progress &progress)
      : file(file), profile(profile), options(options), wantedDb(wantedDb),
        setup(setup), progress(progress) {}

  AccurateModel run();

private:
  AccurateModel attempt(size_t kept);
  bool reaches(const AccurateModel &model) const {
    return model.measurement.outputDb() >= wantedDb;
  }
  void rank(const AccurateModel &model);

  const OnnxFile &file;
  const ptq::Profile &profile;
  const ptq::QuantizeOptions &options;
  const double wantedDb;
  const MeasureSetup &setup;
  Progress &progress;
  std::vector<Candidate> candidates; ///< Noisiest first.
  unsigned tried = 0;
};

} // namespace

/// The model with the first \p kept candidates in float.
AccurateModel Search::attempt(size_t kept) {
  ptq::QuantizeOptions changed = options;
  for (const Candidate &candidate : llvm::ArrayRef(candidates).take_front(kept))
    changed.keepFloat.emplace_back(candidate.output, candidate.reason);
  AccurateModel model;
  model.result = quantizeOrFail(file, setup.model.model, profile, changed);
  model.measurement = measure(setup, model.result, progress);
  model.tried = ++tried;
  return model;
}

/// Noise adds up along the way, so what counts is how much more of it leaves a
/// layer than came in on its noisiest input.
void Search::rank(const AccurateModel &model) {
  std::map<std::string, double> noise;
  for (auto [layer, sqnr] :
       llvm::zip_equal(model.result.layers, model.measurement.layers))
    noise[layer.output] = sqnr.ratio();
  for (auto [layer, sqnr] :
       llvm::zip_equal(model.result.layers, model.measurement.layers)) {
    if (!layer.keptReason.empty())
      continue;
    double given = 0;
    for (const std::string &source : layer.sources)
      if (auto at = noise.find(source); at != noise.end())
        given = std::max(given, at->second);
    Candidate candidate;
    candidate.output = layer.output;
    candidate.position = candidates.size();
    // Infinite noise in and out says nothing of the layer.
    candidate.ownNoise = std::isinf(given) ? 0 : sqnr.ratio() - given;
    candidate.reason =
        fmt::format("noise goes from {:.1f} dB to {:.1f} dB here",
                    boundedDb(-10 * std::log10(given)), boundedDb(sqnr.db()));
    candidates.push_back(std::move(candidate));
  }
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return std::tie(b.ownNoise, a.position) < std::tie(a.ownNoise, b.position);
  });
}

AccurateModel Search::run() {
  AccurateModel model = attempt(0);
  if (reaches(model))
    return model;
  rank(model);
  // The number to keep: doubled until it does, then bisected.
  size_t failed = 0, reached = 1;
  for (;; reached *= 2) {
    reached = std::min(reached, candidates.size());
    model = attempt(reached);
    if (reaches(model))
      break;
    if (reached == candidates.size())
      fail(modelFault,
           fmt::format("--keep-accuracy {}: with every layer in float the "
                       "worst output reaches {:.1f} dB",
                       wantedDb, boundedDb(model.measurement.outputDb())));
    failed = reached;
  }
  while (reached - failed > 1) {
    const size_t middle = std::midpoint(failed, reached);
    AccurateModel other = attempt(middle);
    if (reaches(other)) {
      model = std::move(other);
      reached = middle;
    } else {
      failed = middle;
    }
  }
  model.tried = tried;
  return model;
}

AccurateModel cli::keepAccuracy(const OnnxFile &file,
                                const ptq::Profile &profile,
                                ptq::QuantizeOptions options, double wantedDb,
                                const MeasureSetup &setup, Progress &progress) {
  return Search(file, profile, options, wantedDb, setup, progress).run();
}
