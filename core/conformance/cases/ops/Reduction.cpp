// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of reduce and window.

#include "core/conformance/cases/ops/OpCases.h"
#include "core/conformance/cases/ops/WindowDims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace glowplug::conformance {
namespace {

using image::ReduceKind;

std::string kindName(ReduceKind kind) {
  return image::EnumNameReduceKind(kind);
}

bool isLawful(ReduceKind kind, DType type) {
  return type != DType::boolean || kind == ReduceKind::min ||
         kind == ReduceKind::max;
}

/// The type in which sums of \p kind run, before an epilogue.
DType sumType(ReduceKind kind, DType type) {
  return kind == ReduceKind::sum || kind == ReduceKind::prod
             ? accumulatorType(type)
             : type;
}

/// The dims that a reduction combines, as bits.
struct Reduction {
  DType type;
  ReduceKind kind;
  int64_t rank, dims, inner;
  EpilogueKind epilogue;
  DataSet data;

  llvm::SmallVector<int64_t, 4> shape() const {
    llvm::SmallVector<int64_t, 4> sizes = {5, 17, 3, 13};
    sizes.truncate(static_cast<size_t>(rank));
    sizes.back() = inner;
    return sizes;
  }
  DimList dimList() const {
    DimList list;
    for (int64_t dim = 0; dim < rank; ++dim)
      if (dims >> dim & 1)
        list.push_back(dim);
    return list;
  }
  int64_t terms() const {
    int64_t count = 1;
    for (const int64_t dim : dimList())
      count *= shape()[static_cast<size_t>(dim)];
    return count;
  }
};

Reduction reductionOf(DType type, const Choice &choice) {
  return {type,
          static_cast<ReduceKind>(choice["kind"]),
          choice["rank"],
          choice["dims"],
          choice["inner"],
          static_cast<EpilogueKind>(choice["epilogue"]),
          static_cast<DataSet>(choice["data"])};
}

bool isLawful(const Reduction &reduction) {
  if (!isLawful(reduction.kind, reduction.type) ||
      reduction.dims >= int64_t{1} << reduction.rank)
    return false;
  const DType sum = sumType(reduction.kind, reduction.type);
  if (reduction.epilogue != EpilogueKind::none &&
      (sum == DType::boolean || sum == DType::none))
    return false;
  // Long sums of halves may lawfully run in halves, and then be anything.
  constexpr int64_t mostHalves = 1000;
  if (reduction.kind == ReduceKind::sum && isFloat(reduction.type) &&
      dtypeBytes(reduction.type) == 2 && reduction.terms() > mostHalves)
    return false;
  return suits(reduction.data, reduction.type) &&
         suits(reduction.epilogue, sum);
}

/// "2,3"
std::string dimsText(const Reduction &reduction) {
  return fmt::format("{}", fmt::join(reduction.dimList(), ","));
}

Features featuresOf(const Reduction &reduction) {
  Features features = {{"op", "Reduce"},
                       {"type", dtypeName(reduction.type).str()},
                       {"kind", kindName(reduction.kind)},
                       {"rank", std::to_string(reduction.rank)},
                       {"dims", dimsText(reduction)},
                       {"epilogue", epilogueName(reduction.epilogue)},
                       {"data", dataSetName(reduction.data)}};
  if (!recipeOf(reduction.epilogue).empty())
    features["recipe"] = recipeOf(reduction.epilogue);
  return features;
}

llvm::Expected<ProgramSample> makeReduction(const Reduction &reduction,
                                            Random &random) {
  ProgramSampleBuilder sample("reduce");
  const llvm::SmallVector<int64_t, 4> shape = reduction.shape();
  int64_t terms = 1;
  llvm::SmallVector<int64_t, 4> reduced = shape;
  for (const int64_t dim : reduction.dimList()) {
    terms *= shape[static_cast<size_t>(dim)];
    reduced[static_cast<size_t>(dim)] = 1;
  }
  llvm::Expected<Tensor> data =
      reduction.kind == ReduceKind::prod
          ? makeFactors(reduction.type, shape,
                        reduction.data == DataSet::specials, random)
          : makeTensor(reduction.type, shape,
                       {reduction.data, Side::left, terms, {}}, random);
  if (!data)
    return data.takeError();
  const ValueId input = sample.input(std::move(*data));
  const EpiloguePlace place = {sumType(reduction.kind, reduction.type),
                               reduction.type,
                               reduced,
                               reduced.size() > 1 ? size_t{1} : size_t{0},
                               128.0 * static_cast<double>(terms),
                               reduction.data == DataSet::ties};
  llvm::Expected<Epilogue> epilogue =
      makeEpilogue(reduction.epilogue, place, sample, random);
  if (!epilogue)
    return epilogue.takeError();
  return sample.finish(sample.body.reduce(reduction.kind, input,
                                          reduction.dimList(), *epilogue));
}

void addReduces(OpCaseList &list, DType type) {
  const std::vector<Factor> factors = {
      {"kind", {0, 1, 2, 3}},           {"dims", {1, 2, 3, 4, 5, 8, 12, 15}},
      {"rank", {1, 2, 3, 4}},           {"inner", {1, 7, 16, 33}},
      {"epilogue", {0, 1, 2, 4, 5, 6}}, {"data", {0, 3, 4, 6, 7, 8, 9}}};
  const std::vector<Choice> choices = list.choose(
      "Reduce", type, factors,
      [&](const Choice &choice) { return isLawful(reductionOf(type, choice)); },
      [&](const Choice &choice) {
        return featuresOf(reductionOf(type, choice));
      });
  for (size_t i = 0; i < choices.size(); ++i) {
    const Reduction reduction = reductionOf(type, choices[i]);
    list.add("Reduce", type,
             fmt::format("{}.r{}.dims{}.{}.{}.{}", kindName(reduction.kind),
                         reduction.rank, dimsText(reduction), reduction.inner,
                         epilogueName(reduction.epilogue),
                         dataSetName(reduction.data)),
             list.depthOf(i), featuresOf(reduction),
             [=](Random &random) { return makeReduction(reduction, random); });
  }
}

struct Pool {
  DType type;
  ReduceKind kind;
  WindowDims dims;
  int64_t channels;
  bool coversChannels; ///< As local response normalisation does.
  EpilogueKind epilogue;
  DataSet data;
};

Pool poolOf(DType type, const Choice &choice) {
  return {type,
          static_cast<ReduceKind>(choice["kind"]),
          windowDimsOf(choice),
          choice["channels"],
          choice["across"] != 0,
          static_cast<EpilogueKind>(choice["epilogue"]),
          static_cast<DataSet>(choice["data"])};
}

bool isLawful(const Pool &pool) {
  if (!llvm::all_of(pool.dims,
                    [](const WindowDim &d) { return d.hasWindow(); }))
    return false;
  return isLawful(pool.kind, pool.type) && suits(pool.data, pool.type) &&
         suits(pool.epilogue, sumType(pool.kind, pool.type));
}

Features featuresOf(const Pool &pool) {
  Features features = {{"op", "Window"},
                       {"type", dtypeName(pool.type).str()},
                       {"kind", kindName(pool.kind)},
                       {"rank", std::to_string(pool.dims.size() + 2)},
                       {"window", featureOf(pool.dims, &WindowDim::window)},
                       {"stride", featureOf(pool.dims, &WindowDim::stride)},
                       {"dilation", featureOf(pool.dims, &WindowDim::dilation)},
                       {"windows", placementOf(pool.dims)},
                       {"across_channels", pool.coversChannels ? "1" : "0"},
                       {"epilogue", epilogueName(pool.epilogue)},
                       {"data", dataSetName(pool.data)}};
  if (!recipeOf(pool.epilogue).empty())
    features["recipe"] = recipeOf(pool.epilogue);
  return features;
}

llvm::Expected<ProgramSample> makePool(const Pool &pool, Random &random) {
  ProgramSampleBuilder sample("window");
  DimList shape = {2, pool.channels}, sizes = {1, 1}, strides = {1, 1};
  DimList low = {0, 0}, high = {0, 0}, dilations = {1, 1};
  DimList result = {2, pool.channels};
  if (pool.coversChannels) {
    sizes[1] = 3;
    low[1] = high[1] = 1;
  }
  for (const WindowDim &dim : pool.dims) {
    shape.push_back(dim.size);
    sizes.push_back(dim.window);
    strides.push_back(dim.stride);
    low.push_back(dim.low);
    high.push_back(dim.high);
    dilations.push_back(dim.dilation);
    result.push_back(dim.outputSize());
  }
  const int64_t terms = *elementCount(sizes);
  llvm::Expected<Tensor> data =
      makeTensor(pool.type, shape, {pool.data, Side::left, terms, {}}, random);
  if (!data)
    return data.takeError();
  const ValueId input = sample.input(std::move(*data));
  const EpiloguePlace place = {sumType(pool.kind, pool.type),
                               pool.type,
                               result,
                               1,
                               128.0 * static_cast<double>(terms),
                               pool.data == DataSet::ties};
  llvm::Expected<Epilogue> epilogue =
      makeEpilogue(pool.epilogue, place, sample, random);
  if (!epilogue)
    return epilogue.takeError();
  WindowOptions options = {strides, low, high, dilations, std::move(*epilogue)};
  return sample.finish(sample.body.window(pool.kind, input, sizes, options));
}

void addPools(OpCaseList &list, DType type) {
  const std::vector<Factor> factors = {{"size", {1, 6, 11, 16}},
                                       {"kernel", {1, 2, 3, 5}},
                                       {"stride", {1, 2, 3}},
                                       {"dilation", {1, 2}},
                                       {"low", {0, 1, 2}},
                                       {"high", {0, 1, 3}},
                                       {"channels", {1, 3, 16, 17}},
                                       {"kind", {0, 2, 3}},
                                       {"spatial", {1, 2, 3}},
                                       {"skewed", {0, 1}},
                                       {"across", {0, 1}},
                                       {"epilogue", {0, 1, 2, 4, 5, 6}},
                                       {"data", {0, 3, 4, 6, 7, 8, 9}}};
  const std::vector<Choice> choices = list.choose(
      "Window", type, factors,
      [&](const Choice &choice) {
        return isLawfulSkew(choice) && isLawful(poolOf(type, choice));
      },
      [&](const Choice &choice) { return featuresOf(poolOf(type, choice)); });
  for (size_t i = 0; i < choices.size(); ++i) {
    const Pool pool = poolOf(type, choices[i]);
    list.add("Window", type,
             fmt::format("{}.s{}.{}x{}.a{}.{}.{}", kindName(pool.kind),
                         pool.dims.size(), pool.channels,
                         nameOf(pool.dims, "w"), pool.coversChannels ? 1 : 0,
                         epilogueName(pool.epilogue), dataSetName(pool.data)),
             list.depthOf(i), featuresOf(pool),
             [=](Random &random) { return makePool(pool, random); });
  }
}

} // namespace

void addReductions(OpCaseList &list) {
  for (const DType type : dtypes())
    addReduces(list, type);
}

void addWindows(OpCaseList &list) {
  for (const DType type : dtypes([](DType t) { return t != DType::boolean; }))
    addPools(list, type);
}

} // namespace glowplug::conformance
