// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases of conv and conv_transpose.

#include "core/conformance/cases/ops/OpCases.h"
#include "core/conformance/cases/ops/WindowDims.h"

#include <fmt/format.h>

#include <cmath>

namespace glowplug::conformance {
namespace {

struct Convolution {
  DType type;
  bool isTransposed;
  WindowDims dims;
  int64_t batch;
  int64_t groups;          ///< 0: as many as channels
  int64_t inputs, outputs; ///< Channels of a group.
  bool hasZeroPoints;
  EpilogueKind epilogue;
  DataSet data;
  bool isConstant;

  int64_t groupCount() const { return groups == 0 ? 5 : groups; }
  int64_t groupInputs() const { return groups == 0 ? 1 : inputs; }
  int64_t groupOutputs() const { return groups == 0 ? 1 : outputs; }
  int64_t taps() const { return productOf(dims, &WindowDim::window); }
  int64_t outputSize(const WindowDim &dim) const {
    return isTransposed ? dim.transposedSize() : dim.outputSize();
  }
};

Convolution convolutionOf(DType type, bool isTransposed, const Choice &choice) {
  return {type,
          isTransposed,
          windowDimsOf(choice),
          choice["batch"],
          choice["groups"],
          choice["inputs"],
          choice["outputs"],
          choice["zp"] != 0,
          static_cast<EpilogueKind>(choice["epilogue"]),
          static_cast<DataSet>(choice["data"]),
          choice["constant"] != 0};
}

bool isLawful(const Convolution &conv) {
  for (const WindowDim &dim : conv.dims)
    if ((!conv.isTransposed && !dim.hasWindow()) || conv.outputSize(dim) < 1)
      return false;
  if (conv.hasZeroPoints &&
      (conv.isTransposed || isFloat(conv.type) || dtypeBytes(conv.type) > 2))
    return false;
  // A volume of large planes takes long and shows no more.
  if (conv.dims.size() == 3 && conv.dims.front().size > 9)
    return false;
  return suits(conv.data, conv.type) &&
         suits(conv.epilogue, accumulatorType(conv.type));
}

std::vector<int32_t> zeroPoints(const Convolution &conv, size_t count,
                                Random &random) {
  if (!conv.hasZeroPoints)
    return {};
  const bool isUnsigned = conv.type == DType::u8 || conv.type == DType::u16;
  std::vector<int32_t> points(count);
  for (int32_t &point : points)
    point = static_cast<int32_t>(isUnsigned ? random.range(0, 255)
                                            : random.range(-128, 127));
  return points;
}

llvm::Expected<Tensor> inputOf(const Convolution &conv, Random &random) {
  llvm::SmallVector<int64_t, 5> shape = {conv.batch, conv.groupCount() *
                                                         conv.groupInputs()};
  llvm::append_range(shape, listOf(conv.dims, &WindowDim::size));
  const int64_t plane = productOf(conv.dims, &WindowDim::size);
  Filling filling = {
      conv.data, Side::left, conv.groupInputs() * conv.taps(), {}};
  const int64_t inputs = conv.groupInputs();
  filling.termOf = [=](int64_t element) { return element / plane % inputs; };
  return makeTensor(conv.type, shape, filling, random);
}

llvm::Expected<Tensor> weightsOf(const Convolution &conv, Random &random) {
  // [O, C / groups, kernel..], or [C, O / groups, kernel..]
  const int64_t all =
      conv.groupCount() *
      (conv.isTransposed ? conv.groupInputs() : conv.groupOutputs());
  const int64_t inGroup =
      conv.isTransposed ? conv.groupOutputs() : conv.groupInputs();
  llvm::SmallVector<int64_t, 5> shape = {all, inGroup};
  llvm::append_range(shape, listOf(conv.dims, &WindowDim::window));
  const int64_t taps = conv.taps();
  Filling filling = {conv.data, Side::right, conv.groupInputs() * taps, {}};
  filling.termOf = [=](int64_t element) {
    return conv.isTransposed ? element / taps / inGroup % conv.groupInputs()
                             : element / taps % inGroup;
  };
  return makeTensor(conv.type, shape, filling, random);
}

llvm::Expected<ProgramSample> makeConv(const Convolution &conv,
                                       Random &random) {
  ProgramSampleBuilder sample(conv.isTransposed ? "conv_transpose" : "conv");
  llvm::Expected<Tensor> data = inputOf(conv, random);
  llvm::Expected<Tensor> kernel = weightsOf(conv, random);
  if (!data)
    return data.takeError();
  if (!kernel)
    return kernel.takeError();
  const ValueId input = sample.input(std::move(*data));
  const ValueId weights = sample.operand(std::move(*kernel), conv.isConstant);

  ConvOptions options;
  options.strides = listOf(conv.dims, &WindowDim::stride);
  options.dilations = listOf(conv.dims, &WindowDim::dilation);
  options.padsLow = listOf(conv.dims, &WindowDim::low);
  options.padsHigh = listOf(conv.dims, &WindowDim::high);
  options.groups = conv.groupCount();
  const int64_t outputs = conv.groupCount() * conv.groupOutputs();
  options.lhsZp = zeroPoints(conv, 1, random);
  options.rhsZp = zeroPoints(conv, static_cast<size_t>(outputs), random);

  llvm::SmallVector<int64_t, 5> shape = {conv.batch, outputs};
  for (const WindowDim &dim : conv.dims)
    shape.push_back(conv.outputSize(dim));
  const double size = isInteger(conv.type) && conv.data != DataSet::ties
                          ? std::exp2(8.0 * dtypeBytes(conv.type) - 1)
                          : 20;
  const auto terms = static_cast<double>(conv.groupInputs() * conv.taps());
  const EpiloguePlace place = {accumulatorType(conv.type),
                               conv.type,
                               shape,
                               1,
                               size * size * std::sqrt(terms),
                               conv.data == DataSet::ties};
  llvm::Expected<Epilogue> epilogue =
      makeEpilogue(conv.epilogue, place, sample, random);
  if (!epilogue)
    return epilogue.takeError();
  options.epilogue = std::move(*epilogue);
  return sample.finish(conv.isTransposed
                           ? sample.body.convTranspose(input, weights, options)
                           : sample.body.conv(input, weights, options));
}

std::string variantOf(const Convolution &conv) {
  return fmt::format("s{}.n{}.{}.g{}.{}x{}.zp{}.{}.{}.{}", conv.dims.size(),
                     conv.batch, nameOf(conv.dims, "k"),
                     conv.groups == 0 ? "C" : std::to_string(conv.groups),
                     conv.groupInputs(), conv.groupOutputs(),
                     conv.hasZeroPoints ? 1 : 0, epilogueName(conv.epilogue),
                     dataSetName(conv.data),
                     conv.isConstant ? "const" : "input");
}

const char *opName(bool isTransposed) {
  return isTransposed ? "ConvTranspose" : "Conv";
}

Features featuresOf(const Convolution &conv) {
  const auto groups = [&]() -> std::string {
    if (conv.groups == 0)
      return "depthwise";
    return conv.groups == 1 ? "1" : "some";
  };
  Features features = {
      {"op", opName(conv.isTransposed)},
      {"type", dtypeName(conv.type).str()},
      {"weights", conv.isConstant ? "constant" : "input"},
      {"rank", std::to_string(conv.dims.size() + 2)},
      {"kernel", featureOf(conv.dims, &WindowDim::window)},
      {"stride", featureOf(conv.dims, &WindowDim::stride)},
      {"dilation", featureOf(conv.dims, &WindowDim::dilation)},
      {"groups", groups()},
      {"windows", conv.isTransposed ? "meets" : placementOf(conv.dims)},
      {"epilogue", epilogueName(conv.epilogue)},
      {"zero_points", conv.hasZeroPoints ? "1" : "0"},
      {"data", dataSetName(conv.data)}};
  if (!recipeOf(conv.epilogue).empty())
    features["recipe"] = recipeOf(conv.epilogue);
  return features;
}

} // namespace

static void addConv(OpCaseList &list, const Convolution &conv, Depth depth) {
  list.add(opName(conv.isTransposed), conv.type, variantOf(conv), depth,
           featuresOf(conv),
           [=](Random &random) { return makeConv(conv, random); });
}

static void addConvs(OpCaseList &list, DType type, bool isTransposed) {
  std::vector<int64_t> channels = {1, 3};
  for (const int64_t tile : list.settings().tiles)
    channels.insert(channels.end(), {tile, tile + 1});
  const std::vector<Factor> factors = {
      {"size", {1, 5, 9, 14}},
      {"inputs", channels},
      {"outputs", channels},
      {"kernel", {1, 2, 3, 5}},
      {"stride", {1, 2, 3}},
      {"dilation", {1, 2}},
      {"low", {0, 1, 2}},
      {"high", {0, 1, 3}},
      {"groups", {1, 2, 0}},
      {"spatial", {1, 2, 3}},
      {"skewed", {0, 1}},
      {"batch", {1, 2}},
      {"zp", {0, 1}},
      {"epilogue", {0, 1, 2, 3, 4, 5, 6, 7, 8}},
      {"data", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
      {"constant", {0, 1}}};
  const auto convOf = [&](const Choice &choice) {
    return convolutionOf(type, isTransposed, choice);
  };
  const std::vector<Choice> choices = list.choose(
      opName(isTransposed), type, factors,
      [&](const Choice &choice) {
        return isLawfulSkew(choice) && isLawful(convOf(choice));
      },
      [&](const Choice &choice) { return featuresOf(convOf(choice)); });
  for (size_t i = 0; i < choices.size(); ++i)
    addConv(list, convOf(choices[i]), list.depthOf(i));
}

/// Long sums: more weights for a column of results than a machine is likely to
/// hold at a time, be it by channels or by taps.
static void addLongConvs(OpCaseList &list, DType type, bool isTransposed) {
  struct Form {
    int64_t size, inputs, kernel, dilation;
  };
  static constexpr Form forms[] = {
      {7, 150, 3, 2}, {5, 1100, 1, 1}, {29, 31, 13, 2}};
  const std::vector<Factor> factors = {
      {"form", {0, 1, 2}},
      {"outputs", {3, list.settings().tiles.back() + 1}},
      {"low", {0, 2}},
      {"zp", {0, 1}},
      {"epilogue", {0, 2, 7}},
      {"data", {0, 3, 6, 9}},
      {"constant", {0, 1}}};
  const auto convOf = [&](const Choice &choice) {
    const Form &form = forms[choice["form"]];
    const int64_t low = choice["low"], high = 1;
    WindowDim dim = {form.size,     form.kernel, /*stride=*/1,
                     form.dilation, low,         high};
    WindowDims dims = {dim};
    std::swap(dim.low, dim.high);
    dims.push_back(dim);
    return Convolution{type,
                       isTransposed,
                       dims,
                       /*batch=*/1,
                       /*groups=*/1,
                       form.inputs,
                       choice["outputs"],
                       choice["zp"] != 0,
                       static_cast<EpilogueKind>(choice["epilogue"]),
                       static_cast<DataSet>(choice["data"]),
                       choice["constant"] != 0};
  };
  for (const Choice &choice : list.choose(
           opName(isTransposed), type, factors,
           [&](const Choice &choice) { return isLawful(convOf(choice)); },
           [&](const Choice &choice) { return featuresOf(convOf(choice)); }))
    addConv(list, convOf(choice), Depth::quick);
}

void addConvs(OpCaseList &list) {
  for (const DType type : dtypes([](DType t) { return t != DType::boolean; })) {
    // Long sums of halves may lawfully run in halves, and then be anything.
    const bool isHalf = isFloat(type) && dtypeBytes(type) == 2;
    for (const bool isTransposed : {false, true}) {
      addConvs(list, type, isTransposed);
      if (!isHalf)
        addLongConvs(list, type, isTransposed);
    }
  }
}

} // namespace glowplug::conformance
