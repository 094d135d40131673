// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of arg_reduce, scan and sort.

#include "core/conformance/cases/ops/OpCases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace glowplug::conformance {
namespace {

using Shape = std::vector<int64_t>;

/// What the three ops share: a tensor, and a dim of it.
struct Line {
  Shape shape;
  int64_t dim;
};

const std::vector<Line> lines = {
    {{40}, 0},          {{17, 33}, 0},   {{17, 33}, 1},
    {{1, 16}, 1},       {{3, 16, 7}, 1}, {{3, 16, 7}, 2},
    {{2, 5, 4, 17}, 3}, {{5, 1, 3}, 1},  {{2, 3, 4, 5, 6}, 2}};

std::string text(const Line &line) {
  return fmt::format("{}.dim{}", fmt::join(line.shape, "x"), line.dim);
}

/// Few different values, so that ties are many; or all.
std::vector<DataSet> dataFor(DType type) {
  if (isFloat(type))
    return {DataSet::smallIntegers, DataSet::specials, DataSet::fullRange};
  return {DataSet::ties, DataSet::fullRange, DataSet::rails};
}

using Build = std::function<llvm::SmallVector<ValueId, 2>(BodyBuilder &body,
                                                          ValueId input)>;

llvm::Expected<ProgramSample> makeLine(const Line &line, DType type,
                                       DataSet set, bool isProduct,
                                       const Build &build, Random &random) {
  ProgramSampleBuilder sample("order");
  const int64_t terms = line.shape[static_cast<size_t>(line.dim)];
  llvm::Expected<Tensor> data =
      isProduct
          ? makeFactors(type, line.shape, set == DataSet::specials, random)
          : makeTensor(type, line.shape, {set, Side::left, terms, {}}, random);
  if (!data)
    return data.takeError();
  const ValueId input = sample.input(std::move(*data));
  return sample.finish(build(sample.body, input));
}

/// One op on all lines in all types.
void addAll(OpCaseList &list, const std::string &op, const std::string &variant,
            const Features &features,
            const std::function<Build(const Line &line)> &buildOn) {
  for (const DType type : dtypes([](DType t) { return t != DType::boolean; }))
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::vector<DataSet> sets = dataFor(type);
      for (size_t k = 0; k < sets.size(); ++k) {
        const Line &line = lines[i];
        const DataSet set = sets[k];
        Features all = features;
        all["rank"] = std::to_string(line.shape.size());
        all["data"] = dataSetName(set);
        const Depth depth =
            (i + k) % sets.size() == 0 ? list.depthOf(i) : Depth::full;
        const Build build = buildOn(line);
        const bool isProduct = features.at("kind") == "prod";
        list.add(op, type,
                 fmt::format("{}.{}.{}", text(line), variant, dataSetName(set)),
                 depth, std::move(all), [=](Random &random) {
                   return makeLine(line, type, set, isProduct, build, random);
                 });
      }
    }
}

} // namespace

void addOrders(OpCaseList &list) {
  using image::ReduceKind;
  for (const bool isMax : {false, true})
    for (const bool last : {false, true})
      addAll(
          list, "ArgReduce",
          fmt::format("{}.{}", isMax ? "max" : "min", last ? "last" : "first"),
          {{"kind", isMax ? "max" : "min"}}, [=](const Line &line) {
            return [=, dim = line.dim](BodyBuilder &body, ValueId input) {
              return llvm::SmallVector<ValueId, 2>{body.argReduce(
                  isMax ? ReduceKind::max : ReduceKind::min, input, dim, last)};
            };
          });
  for (const bool isSum : {true, false})
    for (const ScanOptions options : {ScanOptions{false, false},
                                      {true, false},
                                      {false, true},
                                      {true, true}})
      addAll(list, "Scan",
             fmt::format("{}.{}.{}", isSum ? "sum" : "prod",
                         options.exclusive ? "exclusive" : "inclusive",
                         options.reverse ? "reverse" : "forward"),
             {{"kind", isSum ? "sum" : "prod"}}, [=](const Line &line) {
               return [=, dim = line.dim](BodyBuilder &body, ValueId input) {
                 return llvm::SmallVector<ValueId, 2>{
                     body.scan(isSum ? ReduceKind::sum : ReduceKind::prod,
                               input, dim, options)};
               };
             });
  for (const bool isDescending : {false, true})
    addAll(list, "Sort", isDescending ? "descending" : "ascending",
           {{"kind", isDescending ? "descending" : "ascending"}},
           [=](const Line &line) {
             return [=, dim = line.dim](BodyBuilder &body, ValueId input) {
               const auto results = body.sort(input, dim, isDescending);
               return llvm::SmallVector<ValueId, 2>(results.begin(),
                                                    results.end());
             };
           });
}

} // namespace glowplug::conformance
