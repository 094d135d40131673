// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Between tensors and intervals.

#include "core/conformance/rules/Enclosure.h"

#include "core/reference/Strided.h"

namespace glowplug::conformance {

Enclosure Enclosure::of(const Tensor &tensor) {
  Enclosure result;
  result.shape.assign(tensor.shape().begin(), tensor.shape().end());
  result.dtype = tensor.dtype();
  result.exact = tensor;
  return result;
}

Enclosure Enclosure::of(DType dtype, llvm::ArrayRef<int64_t> shape,
                        Intervals intervals) {
  Enclosure result;
  result.shape.assign(shape.begin(), shape.end());
  result.dtype = dtype;
  result.intervals = std::move(intervals);
  return result;
}

Intervals Enclosure::asIntervals() const {
  if (!exact)
    return intervals;
  Intervals result;
  result.reserve(static_cast<size_t>(exact->elementCount()));
  for (const double value : toDoubles(*exact))
    result.push_back(Interval::point(value));
  return result;
}

Intervals broadcast(const Intervals &from, llvm::ArrayRef<int64_t> fromShape,
                    llvm::ArrayRef<int64_t> shape) {
  if (fromShape == shape)
    return from;
  const reference::DimVector strides =
      reference::broadcastStrides(fromShape, shape);
  Intervals result;
  const auto count = static_cast<size_t>(*elementCount(shape));
  result.reserve(count);
  reference::Odometer position(shape);
  for (size_t i = 0; i < count; ++i, position.next())
    result.push_back(from[static_cast<size_t>(position.offset(strides))]);
  return result;
}

llvm::Expected<Tensor> broadcast(const Tensor &from,
                                 llvm::ArrayRef<int64_t> shape) {
  if (from.shape() == shape)
    return from;
  llvm::Expected<Tensor> result = Tensor::uninitialized(from.dtype(), shape);
  if (!result || result->elementCount() == 0)
    return result;
  const reference::DimVector target = reference::rowMajorStrides(shape);
  const reference::DimVector source =
      reference::broadcastStrides(from.shape(), shape);
  reference::copyStrided(shape, dtypeBytes(from.dtype()), from.bytes().data(),
                         source, result->mutableBytes().data(), target);
  return result;
}

} // namespace glowplug::conformance
