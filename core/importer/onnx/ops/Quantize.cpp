// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised integers whose parameters follow from the floats.

#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/QuantParams.h"

using namespace glowplug;
using namespace glowplug::importer;

DynamicallyQuantised importer::quantiseDynamically(Node &n, Value x) {
  PrimBuilder &b = n.b;
  const Type f32 = b.builder.getF32Type();
  const Type u8 = b.builder.getIntegerType(8, false);
  Value flat = b.reshape(x, {product(prim::shapeOf(x))});
  Value low = b.reduce(ReduceKind::min, flat, {0});
  Value high = b.reduce(ReduceKind::max, flat, {0});
  auto extended = [&](ScalarBuilder &s, ValueRange v) {
    Value zero = s.number(0.0, f32);
    return std::pair(s.min(v[0], zero), s.max(v[1], zero));
  };
  Value scale = b.map({low, high}, [&](ScalarBuilder &s, ValueRange v) {
    auto [least, most] = extended(s, v);
    Value range = s.sub(most, least);
    // All zeros: any scale will do, but not 0.
    Value isZero = s.op(ScalarKind::eq, {range, s.number(0.0, f32)});
    return s.select(isZero, s.number(1.0, f32),
                    s.div(range, s.number(255.0, f32)));
  });
  Value zp = b.map({low, high, scale}, [&](ScalarBuilder &s, ValueRange v) {
    auto [least, most] = extended(s, v);
    Value exact = s.div(s.sub(s.number(0.0, f32), least), v[2]);
    Value clamped =
        s.min(s.max(exact, s.number(0.0, f32)), s.number(255.0, f32));
    return s.cast(s.op(ScalarKind::round_even, {clamped}), u8);
  });
  scale = b.reshape(scale, {});
  zp = b.reshape(zp, {});
  Value y = b.map({x, scale, zp}, [](ScalarBuilder &s, ValueRange v) {
    return s.quantize(v[0], v[1], v[2]);
  });
  return {y, scale, zp};
}

static LogicalResult dynamicQuantizeLinear(Node &n) {
  if (!n.check(n.dtype(0) == DType::f32,
               "x needs to be f32, but is " + dtypeName(n.dtype(0))) ||
      !n.check(product(n.shape(0)) > 0, "x is empty"))
    return llvm::failure();
  const DynamicallyQuantised q = quantiseDynamically(n, n.input(0));
  return n.results({q.data, q.scale, q.zp});
}

ArrayRef<OpRow> importer::quantizeRows() {
  static constexpr OpRow rows[] = {
      {"DynamicQuantizeLinear", 11, 1, dynamicQuantizeLinear, "", 3},
  };
  return rows;
}
