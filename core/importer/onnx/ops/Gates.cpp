// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the gates of RNN, GRU and LSTM compute.

#include "core/importer/onnx/ops/Gates.h"

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/QuantParams.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// A function by its name, in small letters, with the defaults of those values
/// that it has.
struct KnownFunction {
  llvm::StringLiteral name;
  GateKind kind;
  std::optional<double> alpha = std::nullopt, beta = std::nullopt;
};

} // namespace

static constexpr KnownFunction knownFunctions[] = {
    {"affine", GateKind::affine, 1, 0},
    {"elu", GateKind::elu, 1},
    {"hardsigmoid", GateKind::hardSigmoid, 0.2, 0.5},
    {"leakyrelu", GateKind::leakyRelu, 0.01},
    {"relu", GateKind::relu},
    {"scaledtanh", GateKind::scaledTanh, 1, 1},
    {"sigmoid", GateKind::sigmoid},
    {"softplus", GateKind::softplus},
    {"softsign", GateKind::softsign},
    {"tanh", GateKind::tanh},
    {"thresholdedrelu", GateKind::thresholdedRelu, 1},
};

SmallVector<GateFunction>
importer::readGateFunctions(Node &n, ArrayRef<StringRef> defaults,
                            int64_t directions) {
  SmallVector<std::string> names;
  if (auto given = n.stringsAttr("activations"))
    names.assign(given->begin(), given->end());
  else
    for (int64_t d = 0; d < directions; ++d)
      for (StringRef name : defaults)
        names.push_back(name.str());
  if (!n.check(names.size() == defaults.size() * directions,
               "activations needs " + Twine(defaults.size() * directions) +
                   " entries, but has " + Twine(names.size())))
    return {};
  const SmallVector<double> alphas =
      n.floatsAttr("activation_alpha").value_or(SmallVector<double>());
  const SmallVector<double> betas =
      n.floatsAttr("activation_beta").value_or(SmallVector<double>());
  SmallVector<GateFunction> functions;
  // Values are consumed in order by the functions that have one.
  size_t alpha = 0, beta = 0;
  auto next = [](const SmallVector<double> &given, size_t &at,
                 std::optional<double> fallback) {
    if (!fallback)
      return 0.0;
    return at < given.size() ? given[at++] : *fallback;
  };
  for (const std::string &name : names) {
    const auto *known = llvm::find_if(
        knownFunctions, [text = StringRef(name).lower()](const auto &one) {
          return one.name == text;
        });
    if (known == std::end(knownFunctions)) {
      (void)n.fail("activation '" + name + "' is not known");
      return {};
    }
    functions.push_back({known->kind, next(alphas, alpha, known->alpha),
                         next(betas, beta, known->beta)});
  }
  return n.failed() ? SmallVector<GateFunction>() : functions;
}

Value importer::applyGate(Node &n, const GateFunction &f,
                          std::optional<double> clip, Value x) {
  return mapWide(n, x, [&](ScalarBuilder &s, ValueRange v) {
    Value x = v[0];
    const Type type = x.getType();
    auto number = [&](double value) { return s.number(value, type); };
    if (clip)
      x = s.min(s.max(x, number(-*clip)), number(*clip));
    const Value zero = number(0.0), one = number(1.0);
    switch (f.kind) {
    case GateKind::affine:
      return s.add(s.mul(number(f.alpha), x), number(f.beta));
    case GateKind::elu:
      return s.select(
          s.op(ScalarKind::ge, {x, zero}), x,
          s.mul(number(f.alpha), s.sub(s.op(ScalarKind::exp, {x}), one)));
    case GateKind::hardSigmoid:
      return s.min(
          s.max(s.add(s.mul(number(f.alpha), x), number(f.beta)), zero), one);
    case GateKind::leakyRelu:
      return s.select(s.op(ScalarKind::ge, {x, zero}), x,
                      s.mul(number(f.alpha), x));
    case GateKind::relu:
      return s.max(x, zero);
    case GateKind::scaledTanh:
      return s.mul(number(f.alpha),
                   s.op(ScalarKind::tanh, {s.mul(number(f.beta), x)}));
    case GateKind::sigmoid:
      return sigmoid(s, x);
    case GateKind::softplus:
      // max(x, 0) + log(1 + exp(-|x|)) does not overflow.
      return s.add(
          s.max(x, zero),
          s.op(ScalarKind::log,
               {s.add(one, s.op(ScalarKind::exp,
                                {s.op(ScalarKind::neg,
                                      {s.op(ScalarKind::abs, {x})})}))}));
    case GateKind::softsign:
      return s.div(x, s.add(one, s.op(ScalarKind::abs, {x})));
    case GateKind::tanh:
      return s.op(ScalarKind::tanh, {x});
    case GateKind::thresholdedRelu:
      return s.select(s.op(ScalarKind::ge, {x, number(f.alpha)}), x, zero);
    }
    llvm_unreachable("unknown function");
  });
}

bool importer::checkIntegerWeights(Node &n, unsigned i, unsigned scale,
                                   ArrayRef<int64_t> shape) {
  if (!isEightBits(n, i, "input " + Twine(i)) ||
      !n.check(n.shape(i) == shape, "input " + Twine(i) + " needs shape " +
                                        shapeString(shape) + ", but has " +
                                        shapeString(n.shape(i))))
    return false;
  for (unsigned j : {scale, scale + 1})
    if (!n.check(n.hasInput(j), "input " + Twine(j) + " is missing") ||
        !n.check(n.dtype(j) == (j == scale ? DType::f32 : n.dtype(i)) &&
                     (n.shape(j) == shape.take_front(1) ||
                      n.shape(j) == ArrayRef<int64_t>{shape[0], shape[2]}),
                 "input " + Twine(j) +
                     " needs an entry per direction, or per direction and "
                     "column, but is " +
                     typeString(n.dtype(j), n.shape(j))))
      return false;
  return true;
}

Value importer::gateProducts(Node &n, Value rows, const GateWeights &weights) {
  if (!weights.scale)
    return n.b.matmul(rows, weights.matrix);
  const Type i32 = n.b.builder.getI32Type(), f32 = n.b.builder.getF32Type();
  const DynamicallyQuantised q = quantiseDynamically(n, rows);
  Value centred = n.b.map({q.data, q.zp}, [&](ScalarBuilder &s, ValueRange v) {
    return s.sub(s.cast(v[0], i32), s.cast(v[1], i32));
  });
  Value sums = n.b.matmul(centred, weights.matrix);
  Value factor = n.b.mul(q.scale, weights.scale);
  return n.b.map({sums, factor}, [&](ScalarBuilder &s, ValueRange v) {
    return s.mul(s.cast(v[0], f32), v[1]);
  });
}
