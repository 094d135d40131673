// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small constant tensors as numbers.

#include "core/quantize/islands/Numbers.h"

#include "core/prim/Constant.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <cassert>

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

std::optional<Numbers> Numbers::of(const Tensor &tensor) {
  if (tensor.dtype() == DType::i64 || tensor.dtype() == DType::u64)
    return std::nullopt;
  return Numbers{prim::Shape(tensor.shape()), toDoubles(tensor)};
}

Numbers Numbers::collapsed() const {
  if (values.empty() || !llvm::all_equal(values))
    return *this;
  return one(values.front(), static_cast<int64_t>(shape.size()));
}

std::optional<int64_t> Numbers::axis() const {
  int64_t found = -1;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    if (size == 1)
      continue;
    if (found >= 0)
      return std::nullopt;
    found = static_cast<int64_t>(dim);
  }
  return found;
}

Numbers Numbers::mapped(llvm::function_ref<double(double)> f) const {
  Numbers result = *this;
  for (double &value : result.values)
    value = f(value);
  return result;
}

Value Numbers::build(prim::PrimBuilder &builder, Type element) const {
  auto tensor = [&]() -> Tensor {
    auto make = [&](auto zero) {
      using T = decltype(zero);
      std::vector<T> elements;
      for (double value : values)
        elements.push_back(convert<T>(value));
      return Tensor::of<T>(shape, elements);
    };
    switch (prim::dtypeOfElement(element)) {
    case DType::i8:
      return make(int8_t{});
    case DType::u8:
      return make(uint8_t{});
    case DType::i16:
      return make(int16_t{});
    case DType::u16:
      return make(uint16_t{});
    case DType::i32:
      return make(int32_t{});
    default:
      return make(float{});
    }
  }();
  return prim::createConstant(builder.builder, builder.loc, tensor);
}

/// For each dim, the distance between neighbours in \p numbers; 0 where one
/// number is repeated.
static SmallVector<int64_t> stridesOf(const Numbers &numbers) {
  SmallVector<int64_t> strides(numbers.shape.size(), 0);
  int64_t stride = 1;
  for (size_t i = strides.size(); i-- > 0;) {
    strides[i] = numbers.shape[i] == 1 ? 0 : stride;
    stride *= numbers.shape[i];
  }
  return strides;
}

Numbers islands::combine(const Numbers &a, const Numbers &b,
                         llvm::function_ref<double(double, double)> f) {
  assert(a.shape.size() == b.shape.size());
  Numbers result;
  int64_t count = 1;
  for (auto [left, right] : llvm::zip_equal(a.shape, b.shape)) {
    result.shape.push_back(left == 1 ? right : left);
    count *= result.shape.back();
  }
  const auto left = stridesOf(a), right = stridesOf(b);
  result.values.reserve(count);
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t rest = flat, atA = 0, atB = 0;
    for (size_t i = result.shape.size(); i-- > 0;) {
      const int64_t index = rest % result.shape[i];
      rest /= result.shape[i];
      atA += index * left[i];
      atB += index * right[i];
    }
    result.values.push_back(f(a.values[atA], b.values[atB]));
  }
  return result;
}

Numbers islands::timesF32(const Numbers &a, const Numbers &b) {
  return combine(a, b, [](double x, double y) {
    return static_cast<float>(x) * static_cast<float>(y);
  });
}

Numbers islands::overF32(const Numbers &a, const Numbers &b) {
  return combine(a, b, [](double x, double y) {
    return static_cast<float>(x) / static_cast<float>(y);
  });
}
