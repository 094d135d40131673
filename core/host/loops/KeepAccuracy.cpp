// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keeps layers in float for an accuracy: tries one set of them, and ends with
// the best.

#include "core/host/loops/KeepAccuracy.h"

#include "core/host/loops/LayerSearch.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <cmath>

using namespace glowplug;

double glowplug::noiseRatio(double db) {
  return std::pow(10, -boundedDb(db) / 10);
}

double glowplug::noiseDecibels(double ratio) {
  return -10 * std::log10(std::max(ratio, 0.0));
}

/// The model with \p kept in float.
llvm::Expected<ptq::QuantizeResult>
LayerSearch::quantized(const Set &kept) const {
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
            : fmt::format("in float by itself it takes the outputs from "
                          "{:.1f} dB to about {:.1f} dB",
                          boundedDb(allDb),
                          boundedDb(noiseDecibels(noiseRatio(allDb) -
                                                  candidate.gain))));
  }
  return file.quantize(profile, changed);
}

llvm::Expected<Measurement> LayerSearch::measureOutputs(const Set &kept) {
  setup.progress.begin("quantising");
  llvm::Expected<ptq::QuantizeResult> model = quantized(kept);
  if (!model)
    return model.takeError();
  return meter->measure(*model);
}

/// What the worst output reaches with \p kept in float.
llvm::Expected<double> LayerSearch::attempt(const Set &kept) {
  if (auto known = tried.find(kept); known != tried.end())
    return known->second;
  if (isStopAsked())
    return makeFault(FaultKind::interrupted, "interrupted");
  report();
  const auto start = std::chrono::steady_clock::now();
  llvm::Expected<Measurement> measured = measureOutputs(kept);
  if (!measured)
    return measured.takeError();
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

llvm::Expected<bool> LayerSearch::reaches(const Set &kept) {
  llvm::Expected<double> db = attempt(kept);
  if (!db)
    return db.takeError();
  return *db >= wantedDb;
}

/// Says how far the search is.
void LayerSearch::report() {
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
  setup.progress.task(text);
}

/// Searches for fewer layers in float than all, and leaves the best set.
llvm::Error LayerSearch::improve(const AccurateModel &all) {
  std::vector<std::string> outputs;
  for (const auto &[name, sqnr] : all.measurement.outputs)
    outputs.push_back(name);
  report();
  llvm::Expected<std::unique_ptr<OutputMeter>> made = OutputMeter::create(
      setup, std::move(outputs), [this] { return isStopAsked(); });
  if (!made)
    return made.takeError();
  meter = std::move(*made);
  return search();
}

/// The best model that there is, with what its outputs reach.
llvm::Expected<AccurateModel> LayerSearch::finish() {
  llvm::Expected<ptq::QuantizeResult> result = quantized(best);
  if (!result)
    return result.takeError();
  AccurateModel model;
  model.result = std::move(*result);
  model.measurement = bestMeasurement;
  model.tried = static_cast<unsigned>(tried.size());
  return model;
}

llvm::Expected<AccurateModel> LayerSearch::run() {
  // Until this is done there is nothing that an interrupted search could give.
  llvm::Expected<ptq::QuantizeResult> integers = quantized({});
  if (!integers)
    return integers.takeError();
  AccurateModel all;
  all.result = std::move(*integers);
  llvm::Expected<Measurement> measured = measure(setup, all.result);
  if (!measured)
    return measured.takeError();
  all.measurement = std::move(*measured);
  all.tried = 1;
  allDb = bestDb = all.measurement.outputDb();
  if (allDb >= wantedDb)
    return all;
  listCandidates(all);
  best = Set(candidates.size(), false);
  tried.emplace(best, allDb);
  bestMeasurement = all.measurement;
  if (stop.arm)
    stop.arm();

  llvm::Error problem = improve(all);
  // What asked for the stop may have ended a process of ours as well, so any
  // failure is then the end of the search.
  if (problem && !isStopAsked())
    return problem;
  llvm::Expected<AccurateModel> model = finish();
  if (!model) {
    llvm::consumeError(std::move(problem));
    return model;
  }
  if (!problem) {
    setup.progress.task(fmt::format("--keep-accuracy {}: {} models tried; "
                                    "measuring the layers",
                                    wantedDb, tried.size()));
    llvm::Expected<Measurement> layers = measure(setup, model->result);
    if (layers)
      model->measurement.layers = std::move(layers->layers);
    else
      problem = layers.takeError();
  }
  setup.progress.task("");
  if (!problem)
    return model;
  if (!isStopAsked())
    return problem;
  llvm::consumeError(std::move(problem));
  model->wasInterrupted = true;
  return model;
}

llvm::Expected<AccurateModel>
glowplug::keepAccuracy(const OnnxFile &file, const ptq::Profile &profile,
                       const ptq::QuantizeOptions &options, double wantedDb,
                       const MeasureSetup &setup, const StopRequest &stop) {
  return LayerSearch(file, profile, options, wantedDb, setup, stop).run();
}
