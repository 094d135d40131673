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

/// A layer that may stay in float, and what the outputs gain if it alone does.
struct Candidate {
  std::string output, reason;
  size_t position = 0; ///< Among the layers.
  double reachedDb = 0;
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
  AccurateModel attempt(llvm::ArrayRef<Candidate> kept);
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
  std::vector<Candidate> candidates; ///< The largest gain first.
  unsigned tried = 0;
};

} // namespace

/// The model with \p kept in float.
AccurateModel Search::attempt(llvm::ArrayRef<Candidate> kept) {
  ptq::QuantizeOptions changed = options;
  for (const Candidate &candidate : kept)
    changed.keepFloat.emplace_back(candidate.output, candidate.reason);
  AccurateModel model;
  model.result = quantizeOrFail(file, setup.model.model, profile, changed);
  model.measurement = measure(setup, model.result, progress);
  model.tried = ++tried;
  return model;
}

/// By what the outputs gain, one model per layer. The noise that a layer adds
/// says less: what comes behind it may amplify a little or hide a lot.
void Search::rank(const AccurateModel &model) {
  for (const ptq::LayerReport &layer : model.result.layers) {
    if (!layer.keptReason.empty())
      continue;
    Candidate candidate;
    candidate.output = layer.output;
    candidate.position = candidates.size();
    candidate.reachedDb = attempt(candidate).measurement.outputDb();
    candidate.reason =
        fmt::format("in float by itself, it takes the outputs from {:.1f} dB "
                    "to {:.1f} dB",
                    boundedDb(model.measurement.outputDb()),
                    boundedDb(candidate.reachedDb));
    candidates.push_back(std::move(candidate));
  }
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return std::tie(b.reachedDb, a.position) <
           std::tie(a.reachedDb, b.position);
  });
}

AccurateModel Search::run() {
  AccurateModel model = attempt({});
  if (reaches(model))
    return model;
  rank(model);
  // The number to keep: doubled until it does, then bisected.
  size_t failed = 0, reached = 1;
  for (;; reached *= 2) {
    reached = std::min(reached, candidates.size());
    model = attempt(llvm::ArrayRef(candidates).take_front(reached));
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
    AccurateModel other =
        attempt(llvm::ArrayRef(candidates).take_front(middle));
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
