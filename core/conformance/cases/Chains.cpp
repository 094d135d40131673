// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chains of matrix products.

#include "core/conformance/cases/Chains.h"

#include "core/conformance/cases/Data.h"
#include "core/conformance/cases/Epilogues.h"

#include <fmt/format.h>

#include <cmath>

namespace glowplug::conformance {
namespace {

struct Chain {
  DType type;
  int64_t rows;
  std::vector<int64_t> columns; ///< Of the input, and of each product.
};

/// \p value times a constant matrix, with an epilogue of \p kind.
llvm::Expected<ValueId> addProduct(const Chain &chain, size_t step,
                                   EpilogueKind kind, ValueId value,
                                   ProgramSampleBuilder &sample,
                                   Random &random) {
  const int64_t depth = chain.columns[step], width = chain.columns[step + 1];
  // A rescale gives signed or unsigned bytes.
  const DType type = sample.body.dtype(value);
  llvm::Expected<Tensor> weights =
      makeTensor(type, {depth, width},
                 {DataSet::fullRange, Side::right, depth, {}}, random);
  if (!weights)
    return weights.takeError();
  const double size = isInteger(type) ? 128 : 1;
  const int64_t shape[] = {chain.rows, width};
  const EpiloguePlace place = {accumulatorType(type),
                               type,
                               shape,
                               1,
                               size * size * std::sqrt(double(depth)),
                               false};
  llvm::Expected<Epilogue> epilogue = makeEpilogue(kind, place, sample, random);
  if (!epilogue)
    return epilogue.takeError();
  MatMulOptions options;
  options.epilogue = std::move(*epilogue);
  return sample.body.matmul(value, sample.constant(*weights), options);
}

llvm::Expected<ProgramSample> makeChain(const Chain &chain, Random &random) {
  ProgramSampleBuilder sample("chain");
  llvm::Expected<Tensor> first =
      makeTensor(chain.type, {chain.rows, chain.columns.front()},
                 {DataSet::fullRange, Side::left, 1, {}}, random);
  if (!first)
    return first.takeError();
  const ValueId input = sample.input(std::move(*first));
  const bool isFloats = chain.type == DType::f32;
  ValueId value = input;
  llvm::SmallVector<ValueId, 4> outputs;
  for (size_t step = 0; step + 1 < chain.columns.size(); ++step) {
    EpilogueKind kind = EpilogueKind::tosaSingle;
    if (isFloats)
      kind = step % 2 == 0 ? EpilogueKind::relu : EpilogueKind::biasResidual;
    llvm::Expected<ValueId> product =
        addProduct(chain, step, kind, value, sample, random);
    if (!product)
      return product.takeError();
    value = *product;
    // What leaves in the middle is read once more.
    if (step == 0)
      outputs.push_back(value);
  }
  if (isFloats)
    value = sample.body.map(image::ScalarOp::add, {value, input});
  outputs.push_back(value);
  return sample.finish(outputs);
}

} // namespace

std::vector<ProgramCase> chainCases(llvm::ArrayRef<int64_t> tiles) {
  std::vector<ProgramCase> cases;
  for (const DType type : {DType::f32, DType::i8, DType::u8})
    for (const int64_t tile : tiles) {
      // The last product has the columns of the input, which is added to it.
      const Chain chains[] = {
          {type, tile, {tile, tile, tile}},
          {type, tile + 1, {2 * tile, tile + 1, 2 * tile}},
          {type, 2 * tile + 1, {tile - 1, 3 * tile, 1, tile - 1}},
          {type, 1, {tile + 1, 1, 2 * tile + 1, tile, tile + 1}}};
      for (const Chain &chain : chains) {
        ProgramCase made;
        made.name =
            fmt::format("chain/{}/{}", dtypeName(type).str(), chain.rows);
        for (int64_t columns : chain.columns)
          made.name += fmt::format("x{}", columns);
        made.features = {{"data", dataSetName(DataSet::fullRange)}};
        if (type != DType::f32)
          made.features["recipe"] = recipeOf(EpilogueKind::tosaSingle);
        made.depth = cases.size() % 4 == 0 ? Depth::smoke : Depth::quick;
        made.make = [chain](Random &random) {
          return makeChain(chain, random);
        };
        cases.push_back(std::move(made));
      }
    }
  return cases;
}

} // namespace glowplug::conformance
