// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that read or write at computed positions: gather and scatter.

#include "core/reference/Call.h"
#include "core/reference/ScalarBinary.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;
using namespace glowplug::reference;

/// The elements of \p tensor, which is i32 or i64.
static std::vector<int64_t> readIndices(const Tensor &tensor) {
  if (tensor.dtype() == DType::i64)
    return tensor.elements<int64_t>();
  llvm::ArrayRef<int32_t> narrow = tensor.elements<int32_t>();
  return {narrow.begin(), narrow.end()};
}

/// Product of the dims.
static int64_t volume(Dims shape) {
  int64_t product = 1;
  for (int64_t dim : shape)
    product *= dim;
  return product;
}

Evaluated reference::evaluate(const image::Gather &op, const Call &call) {
  llvm::Expected<Tensor> result = call.allocate();
  if (!result)
    return result.takeError();
  const Tensor &data = call.operand(0);
  const std::vector<int64_t> indices = readIndices(call.operand(1));
  if (result->elementCount() == 0)
    return Results{std::move(*result)};

  const int64_t size = data.shape()[op.dim()];
  const int64_t outer = volume(data.shape().take_front(op.dim()));
  const size_t run =
      volume(data.shape().drop_front(op.dim() + 1)) * dtypeBytes(data.dtype());
  const uint8_t *source = data.bytes().data();
  uint8_t *target = result->mutableBytes().data();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t index : indices) {
      const int64_t at = std::clamp<int64_t>(index, 0, size - 1);
      std::memcpy(target, source + (i * size + at) * run, run);
      target += run;
    }
  return Results{std::move(*result)};
}

/// What scatter does to an element. Arithmetic of 16-bit floats runs in
/// double and rounds once; booleans order false before true.
template <typename T>
static T combine(image::ScatterKind kind, T old, T update) {
  if constexpr (std::is_same_v<T, Boolean>) {
    switch (kind) {
    case image::ScatterKind::min:
      return Boolean(old.byte != 0 && update.byte != 0);
    case image::ScatterKind::max:
      return Boolean(old.byte != 0 || update.byte != 0);
    default:
      return update;
    }
  } else if constexpr (glowplug::detail::isSmallFloat<T>) {
    return convert<T>(
        combine<double>(kind, convert<double>(old), convert<double>(update)));
  } else {
    switch (kind) {
    case image::ScatterKind::assign:
      return update;
    case image::ScatterKind::add:
      return Add()(old, update);
    case image::ScatterKind::mul:
      return Mul()(old, update);
    case image::ScatterKind::min:
      return Min()(old, update);
    case image::ScatterKind::max:
      return Max()(old, update);
    }
    llvm_unreachable("not a scatter kind");
  }
}

Evaluated reference::evaluate(const image::Scatter &op, const Call &call) {
  llvm::Expected<Tensor> result = call.operand(0).clone();
  if (!result)
    return result.takeError();
  const std::vector<int64_t> indices = readIndices(call.operand(1));
  const int64_t rows = result->shape()[0];
  const int64_t run = volume(result->shape().drop_front());
  dispatch(result->dtype(), [&]<typename T>(TypeTag<T>) {
    T *data = result->mutableElements<T>().data();
    const T *update = call.operand(2).elements<T>().data();
    for (int64_t index : indices) {
      if (index >= 0 && index < rows)
        for (int64_t j = 0; j < run; ++j)
          data[index * run + j] =
              combine(op.kind(), data[index * run + j], update[j]);
      update += run;
    }
  });
  return Results{std::move(*result)};
}
