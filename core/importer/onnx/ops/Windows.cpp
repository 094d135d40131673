// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of signal processing: sums of cosines.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/prim/Constant.h"

#include <numbers>

using namespace glowplug;
using namespace glowplug::importer;

/// a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N), where N is the size, or one
/// less for a symmetric window. A symmetric window of one element is 0 / 0.
static LogicalResult importWindow(Node &n, double a0, double a1, double a2) {
  const bool periodic = n.flagAttr("periodic", true);
  const int64_t number = n.intAttr("output_datatype", 1);
  const std::optional<DType> type = dtypeOfOnnx(number);
  const int64_t size = n.intInput(0, "size");
  if (!type || *type == DType::boolean)
    return n.fail("attribute 'output_datatype' needs to be a type of numbers, "
                  "but got " +
                  onnxTypeName(number));
  if (!n.atLeast(size, 0, "size") || !n.checkShape({size}))
    return llvm::failure();
  const double length = static_cast<double>(periodic ? size : size - 1);
  const Type element = prim::elementType(n.b.builder.getContext(), *type);
  return n.result(
      n.b.map(iota(n, 1, 0, size), [&](ScalarBuilder &s, ValueRange i) {
        const Type wide = s.builder.getF64Type();
        auto term = [&](double factor, double turns) {
          Value angle =
              s.mul(s.cast(i[0], wide),
                    s.number(2 * std::numbers::pi * turns / length, wide));
          return s.mul(s.number(factor, wide), s.op(ScalarKind::cos, angle));
        };
        Value sum = s.sub(s.number(a0, wide), term(a1, 1));
        if (a2 != 0)
          sum = s.add(sum, term(a2, 2));
        return s.cast(sum, element);
      }));
}

static LogicalResult importBlackman(Node &n) {
  return importWindow(n, 0.42, 0.5, 0.08);
}
static LogicalResult importHamming(Node &n) {
  return importWindow(n, 25.0 / 46, 21.0 / 46, 0);
}
static LogicalResult importHann(Node &n) {
  return importWindow(n, 0.5, 0.5, 0);
}

ArrayRef<OpRow> importer::windowRows() {
  static constexpr OpRow rows[] = {
      {"BlackmanWindow", 17, 1, importBlackman, "size known"},
      {"HammingWindow", 17, 1, importHamming, "size known"},
      {"HannWindow", 17, 1, importHann, "size known"},
  };
  return rows;
}
