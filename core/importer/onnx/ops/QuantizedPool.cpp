// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Average pools of quantised integers.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Pool.h"
#include "core/importer/onnx/ops/QuantParams.h"
#include "core/prim/Constant.h"
#include "core/prim/Quantized.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// What both pools read: the input with channels as dim 1.
struct PoolInput {
  Quantised x;
  QuantParams y;
  bool channelsLast = false;
  explicit operator bool() const { return static_cast<bool>(y); }
};

} // namespace

/// The last dim as dim 1, or back.
static Value moveChannels(Node &n, Value value, bool toFront) {
  const int64_t rank = prim::rankOf(value);
  Shape order = iotaDims(rank);
  if (toFront)
    std::rotate(order.begin() + 1, order.end() - 1, order.end());
  else
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return n.b.transpose(value, order);
}

static PoolInput readInput(Node &n) {
  PoolInput result;
  result.channelsLast = n.flagAttr("channels_last");
  if (n.failed() || !n.checkRank(0, 3) ||
      !(result.x = readQuantised(n, 0, "X")))
    return {};
  result.y = readQuantParams(n, 3, "Y", n.dtype(0));
  if (result.channelsLast)
    result.x.data = moveChannels(n, result.x.data, /*toFront=*/true);
  return result;
}

static LogicalResult finish(Node &n, const PoolInput &in, Value result) {
  return n.result(in.channelsLast ? moveChannels(n, result, /*toFront=*/false)
                                  : result);
}

/// How many elements each window holds, as a constant of T that broadcasts to
/// the result.
template <typename T>
static Value countsOf(Node &n, const Sliding &s, ArrayRef<int64_t> in,
                      bool withPads) {
  Shape shape(in.size(), 1);
  std::vector<T> counts{1};
  for (size_t i = 0; i < s.kernel.size(); ++i) {
    SmallVector<int64_t> list = windowCounts(s, i, in[2 + i], withPads);
    if (!list.empty() && llvm::all_equal(list))
      list.truncate(1);
    shape[2 + i] = static_cast<int64_t>(list.size());
    if (!n.reserve(product(ArrayRef(shape)) * static_cast<int64_t>(sizeof(T))))
      return {};
    std::vector<T> products;
    for (T before : counts)
      for (int64_t count : list)
        products.push_back(before * static_cast<T>(count));
    counts = std::move(products);
  }
  return prim::createConstant(n.b.builder, n.b.loc,
                              Tensor::of<T>(shape, counts));
}

/// The exact sum of each window less the zero points, averaged by the formula.
static LogicalResult qLinearAveragePool(Node &n) {
  const bool withPads = n.flagAttr("count_include_pad");
  const PoolInput in = readInput(n);
  if (!in)
    return llvm::failure();
  const Shape shape(prim::shapeOf(in.x.data));
  const Sliding s = readPool(n, shape);
  if (n.failed())
    return llvm::failure();
  const Type i32 = n.b.builder.getI32Type();
  Value sums = n.b.window(ReduceKind::sum, in.x.data, windowOf(s));
  Value real = countsOf<int32_t>(n, s, shape, /*withPads=*/false);
  Value divisors = countsOf<float>(n, s, shape, withPads);
  if (!real || !divisors)
    return llvm::failure();
  Value offset =
      n.b.map({real, in.x.zp.value}, [&](ScalarBuilder &b, ValueRange v) {
        return b.mul(v[0], b.cast(v[1], i32));
      });
  Value result =
      n.b.map({sums, offset, divisors, in.x.scale.value, in.x.zp.value,
               in.y.scale.value, in.y.zp.value},
              [](ScalarBuilder &b, ValueRange v) {
                return prim::quantizedAverage(b, b.sub(v[0], v[1]), v[2],
                                              {v[3], v[4]}, {v[5], v[6]});
              });
  return finish(n, in, result);
}

static LogicalResult qLinearGlobalAveragePool(Node &n) {
  const PoolInput in = readInput(n);
  if (!in)
    return llvm::failure();
  const Shape shape(prim::shapeOf(in.x.data));
  const int64_t count = product(ArrayRef(shape).drop_front(2));
  if (!n.check(count > 0, "X has no element per channel: its shape is " +
                              shapeString(n.shape(0))))
    return llvm::failure();
  const Type i32 = n.b.builder.getI32Type();
  Value sum = n.b.reduce(ReduceKind::sum, in.x.data,
                         dimRange(2, static_cast<int64_t>(shape.size())));
  Value offset = n.b.map(in.x.zp.value, [&](ScalarBuilder &b, ValueRange v) {
    return b.mul(b.cast(v[0], i32), b.number(count, i32));
  });
  Value factor = n.b.map({in.x.scale.value, in.y.scale.value},
                         [&](ScalarBuilder &b, ValueRange v) {
                           Value number = b.number(static_cast<double>(count),
                                                   v[0].getType());
                           return b.div(v[0], b.mul(v[1], number));
                         });
  Value result = n.b.map(
      {sum, offset, factor, in.y.zp.value}, [](ScalarBuilder &b, ValueRange v) {
        return b.rescaleFp32Rne(b.sub(v[0], v[1]), v[2], v[3]);
      });
  return finish(n, in, result);
}

ArrayRef<OpRow> importer::quantizedPoolRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"QLinearAveragePool", 1, {4, 5}, qLinearAveragePool, "", 1, microsoft},
      {"QLinearGlobalAveragePool",
       1,
       {4, 5},
       qLinearGlobalAveragePool,
       "",
       1,
       microsoft},
      notSupported("QLinearReduceMean", 1,
                   "ONNX Runtime's CPU has no kernel "
                   "for it to agree with",
                   microsoft),
  };
  return rows;
}
