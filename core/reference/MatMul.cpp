// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products.

#include "core/reference/Accumulate.h"
#include "core/reference/Call.h"
#include "core/reference/Parallel.h"

using namespace glowplug;
using namespace glowplug::reference;

/// The products of all batches. lhs and rhs hold the working type T.
template <typename T, typename Accumulator>
static void multiply(const image::MatMul &op, const Call &call,
                     llvm::ArrayRef<T> lhs, llvm::ArrayRef<T> rhs,
                     Tensor &result) {
  if (result.elementCount() == 0)
    return;
  Dims lhsShape = call.operand(0).shape();
  Dims rhsShape = call.operand(1).shape();
  const int64_t rows = *(lhsShape.end() - 2);
  const int64_t depth = lhsShape.back();
  const int64_t columns = rhsShape.back();
  const Dims batchShape = result.shape().drop_back(2);
  const DimVector lhsStrides =
      broadcastStrides(lhsShape.drop_back(2), batchShape);
  const DimVector rhsStrides =
      broadcastStrides(rhsShape.drop_back(2), batchShape);
  const llvm::ArrayRef<int32_t> lhsZp = arrayOf(op.lhs_zp());
  const llvm::ArrayRef<int32_t> rhsZp = arrayOf(op.rhs_zp());

  const int64_t tiles = (columns + tileColumns - 1) / tileColumns;
  const int64_t perPass = tilesPerPass(depth, tiles, call.threads);
  const int64_t passes = (tiles + perPass - 1) / perPass;
  const int64_t panelSize = depth * tileColumns;

  PackedRows<T> packed(rows, depth);
  Accumulator *target = result.mutableElements<Accumulator>().data();
  Odometer batch(batchShape);
  do {
    const T *left = lhs.data() + batch.offset(lhsStrides) * rows * depth;
    const T *right = rhs.data() + batch.offset(rhsStrides) * depth * columns;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t k = 0; k < depth; ++k)
        packed.at(row, k) = left[row * depth + k] - zeroPoint<T>(lhsZp, row);

    auto run = [&](int64_t firstPass, int64_t lastPass) {
      std::vector<T> panels(perPass * panelSize);
      T tile[tileRows * tileColumns];
      for (int64_t pass = firstPass; pass < lastPass; ++pass) {
        const int64_t firstTile = pass * perPass;
        const int64_t lastTile = std::min(firstTile + perPass, tiles);
        for (int64_t t = firstTile; t < lastTile; ++t) {
          T *panel = panels.data() + (t - firstTile) * panelSize;
          for (int64_t k = 0; k < depth; ++k)
            for (int64_t j = 0; j < tileColumns; ++j) {
              const int64_t column = t * tileColumns + j;
              panel[k * tileColumns + j] = column < columns
                                               ? right[k * columns + column] -
                                                     zeroPoint<T>(rhsZp, column)
                                               : T(0);
            }
        }
        for (int64_t row = 0; row < rows; row += tileRows)
          for (int64_t t = firstTile; t < lastTile; ++t) {
            accumulateTile(packed.block(row),
                           panels.data() + (t - firstTile) * panelSize, depth,
                           tile);
            const int64_t column = t * tileColumns;
            storeTile(tile, target + row * columns + column, columns,
                      rows - row, columns - column);
          }
      }
    };
    parallelFor(call.threads, passes,
                contractionGrain(perPass * panelSize * rows), run);
    target += rows * columns;
  } while (batch.next());
}

Evaluated reference::evaluate(const image::MatMul &op, const Call &call) {
  const DType type = accumulatorType(call.operand(0).dtype());
  llvm::Expected<Tensor> sums =
      Tensor::uninitialized(type, call.types[0].shape);
  if (!sums)
    return sums.takeError();
  llvm::Error error = dispatchAccumulator(
      type, [&]<typename T, typename A>(TypeTag<T>, TypeTag<A>) -> llvm::Error {
        llvm::Expected<Tensor> lhs = castTensor(call.operand(0), dtypeOf<T>);
        if (!lhs)
          return lhs.takeError();
        llvm::Expected<Tensor> rhs = castTensor(call.operand(1), dtypeOf<T>);
        if (!rhs)
          return rhs.takeError();
        multiply<T, A>(op, call, lhs->elements<T>(), rhs->elements<T>(), *sums);
        return llvm::Error::success();
      });
  if (error)
    return error;
  return finish(op.epilogue(), call, *sums, 2);
}
