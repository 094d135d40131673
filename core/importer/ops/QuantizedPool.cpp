// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Average pools of quantised integers: exact sums, scaled once; and what they
// stand for.

#include "core/importer/Types.h"
#include "core/importer/ops/Families.h"
#include "core/importer/ops/Pool.h"
#include "core/importer/ops/QuantParams.h"
#include "core/prim/Schemes.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// What both pools read: the input with channels as dim 1.
struct PoolInput {
  Quantised x;
  ResultParams y;
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
  result.y = readResultParams(n, 3, "Y", n.dtype(0));
  if (result.channelsLast)
    result.x.data = moveChannels(n, result.x.data, /*toFront=*/true);
  return result;
}

static LogicalResult finish(Node &n, const PoolInput &in, Value result) {
  return n.result(in.channelsLast ? moveChannels(n, result, /*toFront=*/false)
                                  : result);
}

/// How many elements each window holds, as a value of \p element that
/// broadcasts to the result.
static Value countsOf(Node &n, const Sliding &s, ArrayRef<int64_t> in,
                      bool withPads, Type element) {
  const auto rank = static_cast<int64_t>(in.size());
  Value result = n.b.splat(int64_t(1), element, Shape(rank, 1));
  for (size_t i = 0; i < s.kernel.size(); ++i) {
    if (!n.reserve(s.out[i] * 8))
      return result;
    const SmallVector<int64_t> list = windowCounts(s, i, in[2 + i], withPads);
    const bool isUniform = llvm::all_equal(list);
    Value along =
        isUniform ? n.indices(list.front(), Shape(rank, 1))
                  : n.indices(list, onesBut(rank, static_cast<int64_t>(i) + 2,
                                            s.out[i]));
    result = n.b.mul(result, n.b.cast(along, element));
  }
  return result;
}

/// Tells beside \p result, a quantize, what the pool means, where it is known.
static Value keepScheme(Value result, const PoolInput &in, const Sliding &s,
                        ArrayRef<int64_t> shape, bool withPads) {
  double count = 1, leastCount = 1;
  for (size_t i = 0; i < s.kernel.size(); ++i) {
    const SmallVector<int64_t> list =
        windowCounts(s, i, shape[2 + i], withPads);
    if (list.empty())
      return result;
    count *= static_cast<double>(*llvm::max_element(list));
    leastCount *= static_cast<double>(*llvm::min_element(list));
  }
  // With pads, one number for all or none.
  if (withPads && count != leastCount)
    return result;
  const auto &[x, y] = std::pair(in.x, in.y);
  if (!x.scale.known || !x.zeroPoint.known || !y.scale.known ||
      !y.zeroPoint.known || count == 1)
    return result;
  auto scale = [](const QuantParam &param) {
    return static_cast<float>(toDoubles(*param.known).front());
  };
  prim::setPoolScheme(result.getDefiningOp(),
                      {scale(x.scale), scale(y.scale),
                       x.zeroPoint.integers().front(),
                       y.zeroPoint.integers().front(), withPads ? count : 0});
  return result;
}

/// round(sum of (x - zero point) * (x_scale / (y_scale * count)) + zero point)
/// per window, which stands for ONNX Runtime's sum of floats.
static LogicalResult qLinearAveragePool(Node &n) {
  const bool withPads = n.flagAttr("count_include_pad");
  const PoolInput in = readInput(n);
  if (!in)
    return llvm::failure();
  const Shape shape(prim::shapeOf(in.x.data));
  const Sliding s = readPool(n, shape);
  if (n.failed())
    return llvm::failure();
  const Type f32 = n.b.builder.getF32Type(), i32 = n.b.builder.getI32Type();
  Value sums = n.b.window(ReduceKind::sum, in.x.data, windowOf(s));
  Value real = countsOf(n, s, shape, /*withPads=*/false, i32);
  Value divisors = countsOf(n, s, shape, withPads, f32);
  if (n.failed())
    return llvm::failure();
  Value offset = n.b.map({real, in.x.zeroPoint.value},
                         [&](ScalarBuilder &b, ValueRange v) {
                           return b.mul(v[0], b.cast(v[1], i32));
                         });
  Value factor = n.b.map({in.x.scale.value, in.y.scale.value, divisors},
                         [](ScalarBuilder &b, ValueRange v) {
                           return b.div(v[0], b.mul(v[1], v[2]));
                         });
  Value result = n.b.map({sums, offset, factor, in.y.zeroPoint.value},
                         [&](ScalarBuilder &b, ValueRange v) {
                           Value sum = b.cast(b.sub(v[0], v[1]), f32);
                           Value moved =
                               b.add(b.mul(sum, v[2]), b.cast(v[3], f32));
                           const Type type = v[3].getType();
                           Value y = b.quantize(moved, b.number(1.0, f32),
                                                b.number(int64_t(0), type));
                           return keepScheme(y, in, s, shape, withPads);
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
  Value offset =
      n.b.map(in.x.zeroPoint.value, [&](ScalarBuilder &b, ValueRange v) {
        return b.mul(b.cast(v[0], i32), b.number(count, i32));
      });
  Value factor = n.b.map({in.x.scale.value, in.y.scale.value},
                         [&](ScalarBuilder &b, ValueRange v) {
                           Value number = b.number(static_cast<double>(count),
                                                   v[0].getType());
                           return b.div(v[0], b.mul(v[1], number));
                         });
  Value result =
      n.b.map({sum, offset, factor, in.y.zeroPoint.value},
              [](ScalarBuilder &b, ValueRange v) {
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
