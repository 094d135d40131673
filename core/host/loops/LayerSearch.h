// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The search for the layers that have to stay in float; on the inside of
/// KeepAccuracy.h.

#pragma once

#include "core/host/loops/KeepAccuracy.h"
#include "core/host/loops/OutputMeter.h"

#include <chrono>
#include <map>

namespace glowplug {

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

class LayerSearch {
public:
  LayerSearch(const OnnxFile &file, const ptq::Profile &profile,
              const ptq::QuantizeOptions &options, double wantedDb,
              const MeasureSetup &setup, const StopRequest &stop)
      : file(file), profile(profile), options(options), wantedDb(wantedDb),
        setup(setup), stop(stop) {}

  llvm::Expected<AccurateModel> run();

private:
  // LayerSearch.cpp: which sets are tried
  void listCandidates(const AccurateModel &all);
  llvm::Error search();
  llvm::Expected<size_t> rank();
  llvm::Error weigh(Group &group);
  size_t orderByGain(llvm::ArrayRef<Group> groups);
  Set prefix(size_t count) const;
  llvm::Expected<size_t> smallestPrefix(size_t guess);
  llvm::Error giveBack(size_t begin, size_t end);
  unsigned triesAtMost() const;

  // KeepAccuracy.cpp: trying one
  bool isStopAsked() const { return stop.isAsked && stop.isAsked(); }
  llvm::Expected<ptq::QuantizeResult> quantized(const Set &kept) const;
  llvm::Expected<double> attempt(const Set &kept);
  llvm::Expected<bool> reaches(const Set &kept);
  llvm::Expected<Measurement> measureOutputs(const Set &kept);
  void report();
  llvm::Error improve(const AccurateModel &all);
  llvm::Expected<AccurateModel> finish();

  const OnnxFile &file;
  const ptq::Profile &profile;
  const ptq::QuantizeOptions &options;
  const double wantedDb;
  const MeasureSetup &setup;
  const StopRequest &stop;
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

/// Noise over signal, and back.
double noiseRatio(double db);
double noiseDecibels(double ratio);

} // namespace glowplug
