// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes a sample of the cases of level 1 with all that lawful backends may
// give, for those who compute them by other means (against_ort.py).

#include "core/conformance/cases/ops/OpCases.h"
#include "core/conformance/report/Globs.h"
#include "core/conformance/rules/EncloseProgram.h"
#include "core/conformance/run/SuiteCase.h"
#include "core/driver/TensorFile.h"
#include "core/support/WriteFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <CLI/CLI.hpp>

#include <cstdio>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

llvm::Error writeBytes(const std::string &path, llvm::ArrayRef<uint8_t> bytes) {
  return writeFile(path, [&](llvm::raw_ostream &os) {
    os.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  });
}

/// Writes what output \p index may be: `exact_0.pb`, or `low_0.pb`,
/// `high_0.pb` and `nan_0.pb` (a NanState).
llvm::Error writeTarget(const std::string &folder, size_t index,
                        const Enclosure &target) {
  const std::string end = "_" + std::to_string(index) + ".pb";
  if (target.isExact())
    return writeTensorFile(folder + "/exact" + end, "", *target.exact);
  std::vector<double> low, high;
  std::vector<uint8_t> nan;
  for (const Interval &interval : target.intervals) {
    low.push_back(interval.low);
    high.push_back(interval.high);
    nan.push_back(static_cast<uint8_t>(interval.nan));
  }
  const auto write = [&](const char *name, const auto &elements) {
    return writeTensorFile(folder + name + end, "",
                           Tensor::of(target.shape, llvm::ArrayRef(elements)));
  };
  if (llvm::Error error = write("/low", low))
    return error;
  if (llvm::Error error = write("/high", high))
    return error;
  return write("/nan", nan);
}

llvm::Error writeProgram(const ProgramCase &programCase, uint64_t runSeed,
                         const std::string &folder) {
  Random random(seedOf(programCase.name, runSeed));
  llvm::Expected<ProgramSample> sample = programCase.make(random);
  if (!sample)
    return sample.takeError();
  llvm::Expected<std::vector<Enclosure>> targets =
      encloseProgram(*image::GetProgram(sample->image.data()), sample->inputs,
                     sample->segmentBytes(), FloatPromise());
  if (!targets)
    return targets.takeError();
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError(error, folder);
  if (llvm::Error error = writeBytes(folder + "/program.gpim", sample->image))
    return error;
  if (llvm::Error error =
          writeFile(folder + "/name.txt", [&](llvm::raw_ostream &os) {
            os << programCase.name << '\n';
          }))
    return error;
  for (auto [index, segment] : llvm::enumerate(sample->segmentBytes()))
    if (llvm::Error error = writeBytes(
            folder + "/segment_" + std::to_string(index) + ".bin", segment))
      return error;
  for (auto [index, input] : llvm::enumerate(sample->inputs))
    if (llvm::Error error = writeTensorFile(
            folder + "/input_" + std::to_string(index) + ".pb", "", input))
      return error;
  for (auto [index, target] : llvm::enumerate(*targets))
    if (llvm::Error error = writeTarget(folder, index, target))
      return error;
  return llvm::Error::success();
}

/// Writes into \p folder every case whose turn it is: about \p count.
llvm::Error writeSample(const std::vector<std::string> &filter, size_t count,
                        uint64_t seed, const std::string &folder) {
  llvm::Expected<Globs> globs = Globs::parse(filter);
  if (!globs)
    return globs.takeError();
  const OpCaseOptions options;
  std::vector<ProgramCase> cases = opCases(options);
  llvm::erase_if(cases, [&](const ProgramCase &programCase) {
    return !filter.empty() && !globs->matches(programCase.name);
  });
  // By their names, so that a case that is added moves no others.
  llvm::sort(cases, [&](const ProgramCase &a, const ProgramCase &b) {
    return seedOf(a.name, seed) < seedOf(b.name, seed);
  });
  for (auto [index, programCase] : llvm::enumerate(cases)) {
    if (index == count)
      break;
    llvm::Error error =
        writeProgram(programCase, seed, folder + "/" + std::to_string(index));
    if (error)
      return llvm::createStringError(programCase.name + ": " +
                                     llvm::toString(std::move(error)));
  }
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) try {
  CLI::App app("Writes cases of level 1 with what they may give.");
  std::string folder;
  std::vector<std::string> filter;
  size_t count = 1000;
  uint64_t seed = 0;
  app.add_option("FOLDER", folder, "new folders 0, 1, ... in it")->required();
  app.add_option("--filter", filter, "only cases of these names, repeatable")
      ->allow_extra_args(false);
  app.add_option("--count", count, "at most")->capture_default_str();
  app.add_option("--seed", seed, "of the sample and its data");
  CLI11_PARSE(app, argc, argv);
  if (llvm::Error error = writeSample(filter, count, seed, folder)) {
    std::fprintf(stderr, "dump-cases: %s\n",
                 llvm::toString(std::move(error)).c_str());
    return 1;
  }
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "dump-cases: %s\n", error.what());
  return 1;
}
