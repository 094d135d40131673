// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CausalConvWithState: a convolution per channel over what came before.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

enum Input : unsigned { input, weight, bias, pastState };

} // namespace

static bool checkCausalConv(Node &n) {
  if (!n.isFloat(input) || !n.checkRank(input, 3, 3) ||
      !n.checkRank(weight, 3, 3))
    return false;
  for (unsigned i : {weight, bias, pastState})
    if (n.hasInput(i) && !n.sameType(input, i))
      return false;
  ArrayRef<int64_t> in = n.shape(input), kernel = n.shape(weight);
  auto hasShape = [&](unsigned i, const Shape &shape) {
    return !n.hasInput(i) ||
           n.check(n.shape(i) == ArrayRef<int64_t>(shape),
                   "input " + Twine(i) + " needs shape " + shapeString(shape) +
                       ", but has " + shapeString(n.shape(i)));
  };
  return n.atLeast(in[1], 1, "dim 1 of input 0") &&
         n.atLeast(kernel[2], 1, "dim 2 of input 1") &&
         hasShape(weight, {in[1], 1, kernel[2]}) && hasShape(bias, {in[1]}) &&
         hasShape(pastState, {in[0], in[1], kernel[2] - 1}) &&
         n.checkShape({in[0], in[1], in[2] + kernel[2] - 1});
}

static LogicalResult importCausalConv(Node &n) {
  const std::string activation = n.stringAttr("activation", "none");
  if (!n.check(activation == "none" || activation == "silu" ||
                   activation == "swish",
               "activation needs to be none, silu or swish, but got '" +
                   activation + "'") ||
      !checkCausalConv(n))
    return llvm::failure();
  const Shape in(n.shape(input));
  const int64_t kept = n.shape(weight)[2] - 1;
  Value past = n.hasInput(pastState)
                   ? n.input(pastState)
                   : n.b.splat(0.0, n.element(input), {in[0], in[1], kept});
  Value all =
      kept == 0 ? n.input(input) : n.b.concat({past, n.input(input)}, 2);
  Value result =
      n.b.conv(all, n.input(weight), {{1}, {0}, {0}, {1}, /*groups=*/in[1]});
  if (n.hasInput(bias))
    result = n.b.add(result, alongChannels(n, n.input(bias), 3));
  if (activation != "none")
    result = mapWide(n, result, [](ScalarBuilder &s, ValueRange v) {
      return s.mul(v[0], sigmoid(s, v[0]));
    });
  Value present =
      n.b.slice(all, {0, 0, in[2]}, {in[0], in[1], kept}, {1, 1, 1});
  return n.results({result, present});
}

ArrayRef<OpRow> importer::causalConvRows() {
  static constexpr OpRow rows[] = {
      {"CausalConvWithState", 27, {2, 4}, importCausalConv, "", 2},
  };
  return rows;
}
