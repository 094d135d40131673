// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Activation functions.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// A function of one float and the parameters that the caller has read.
static LogicalResult
importFunction(Node &n,
               llvm::function_ref<Value(ScalarBuilder &, Value)> function) {
  n.ignoreAttr("consumed_inputs");
  if (!n.isFloat(0) || n.failed())
    return llvm::failure();
  return n.result(
      mapWide(n, n.input(0), [&](ScalarBuilder &s, ValueRange x) -> Value {
        return function(s, x[0]);
      }));
}

static Value number(ScalarBuilder &s, double value, Value like) {
  return s.number(value, like.getType());
}
static Value zero(ScalarBuilder &s, Value like) { return number(s, 0, like); }

/// min(max(x, 0), 1).
static Value clampToOne(ScalarBuilder &s, Value x) {
  return s.min(s.max(x, zero(s, x)), number(s, 1, x));
}

/// exp(x) - 1.
static Value expMinusOne(ScalarBuilder &s, Value x) {
  return s.sub(s.op(K::exp, x), number(s, 1, x));
}

/// log(1 + exp(x)), without overflow, and exact where it is nearly 0.
static Value softplus(ScalarBuilder &s, Value x) {
  Value small = s.op(K::exp, s.op(K::neg, s.op(K::abs, x)));
  return s.add(s.max(x, zero(s, x)), s.op(K::log1p, small));
}

static LogicalResult importCelu(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  n.check(alpha != 0, "attribute 'alpha' needs to differ from 0");
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    Value a = number(s, alpha, x);
    Value below = s.mul(a, expMinusOne(s, s.div(x, a)));
    return s.add(s.max(x, zero(s, x)), s.min(below, zero(s, x)));
  });
}

static LogicalResult importElu(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    return s.select(s.op(K::lt, {x, zero(s, x)}),
                    s.mul(number(s, alpha, x), expMinusOne(s, x)), x);
  });
}

static LogicalResult importHardSigmoid(Node &n) {
  const double alpha = n.floatAttr("alpha", 0.2),
               beta = n.floatAttr("beta", 0.5);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    return clampToOne(s,
                      s.add(s.mul(x, number(s, alpha, x)), number(s, beta, x)));
  });
}

static LogicalResult importHardSwish(Node &n) {
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    Value inner = s.add(s.mul(x, number(s, 1.0 / 6, x)), number(s, 0.5, x));
    return s.mul(x, clampToOne(s, inner));
  });
}

static LogicalResult importLeakyRelu(Node &n) {
  const double alpha = n.floatAttr("alpha", 0.01);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    return s.select(s.op(K::lt, {x, zero(s, x)}), s.mul(x, number(s, alpha, x)),
                    x);
  });
}

static LogicalResult importMish(Node &n) {
  return importFunction(n, [](ScalarBuilder &s, Value x) {
    return s.mul(x, s.op(K::tanh, softplus(s, x)));
  });
}

static LogicalResult importPRelu(Node &n) {
  if (!n.sameType(0, 1) || !n.broadcastsTo(1, n.shape(0), "slope") ||
      !n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers"))
    return llvm::failure();
  return n.result(
      n.b.map({n.input(0), n.input(1)}, [](ScalarBuilder &s, ValueRange x) {
        Value below = s.op(K::lt, {x[0], s.number(int64_t{0}, x[0].getType())});
        return s.select(below, s.mul(x[0], x[1]), x[0]);
      }));
}

static LogicalResult importRelu(Node &n) {
  n.ignoreAttr("consumed_inputs");
  if (!n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers"))
    return llvm::failure();
  return n.result(n.b.map(n.input(0), [](ScalarBuilder &s, ValueRange x) {
    return s.max(x[0], s.number(int64_t{0}, x[0].getType()));
  }));
}

static LogicalResult importSelu(Node &n) {
  const double alpha = n.floatAttr("alpha", 1.67326319217681884765625);
  const double gamma = n.floatAttr("gamma", 1.05070102214813232421875);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    Value below = s.mul(number(s, alpha, x), expMinusOne(s, x));
    return s.mul(number(s, gamma, x),
                 s.select(s.op(K::le, {x, zero(s, x)}), below, x));
  });
}

static LogicalResult importShrink(Node &n) {
  const double bias = n.floatAttr("bias", 0), lambd = n.floatAttr("lambd", 0.5);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    Value shift = number(s, bias, x);
    Value above = s.select(s.op(K::gt, {x, number(s, lambd, x)}),
                           s.sub(x, shift), zero(s, x));
    return s.select(s.op(K::lt, {x, number(s, -lambd, x)}), s.add(x, shift),
                    above);
  });
}

static LogicalResult importSigmoid(Node &n) {
  return importFunction(n, sigmoid);
}

static LogicalResult importSoftplus(Node &n) {
  return importFunction(n, softplus);
}

static LogicalResult importSoftsign(Node &n) {
  return importFunction(n, [](ScalarBuilder &s, Value x) {
    return s.div(x, s.add(number(s, 1, x), s.op(K::abs, x)));
  });
}

static LogicalResult importSwish(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    return s.mul(x, sigmoid(s, s.mul(x, number(s, alpha, x))));
  });
}

static LogicalResult importSwiGLU(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  if (!n.isFloat(0) || !n.sameType(0, 1) ||
      !n.check(n.shape(0) == n.shape(1), "inputs need one shape, but have " +
                                             shapeString(n.shape(0)) + " and " +
                                             shapeString(n.shape(1))))
    return llvm::failure();
  return n.result(
      mapWide(n, {n.input(0), n.input(1)}, [&](ScalarBuilder &s, ValueRange x) {
        Value gate = sigmoid(s, s.mul(x[0], number(s, alpha, x[0])));
        return s.mul(s.mul(x[0], gate), x[1]);
      }));
}

static LogicalResult importThresholdedRelu(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    return s.select(s.op(K::gt, {x, number(s, alpha, x)}), x, zero(s, x));
  });
}

ArrayRef<OpRow> importer::activationRows() {
  static constexpr OpRow rows[] = {
      {"Celu", 12, 1, importCelu},
      {"Elu", 1, 1, importElu},
      {"HardSigmoid", 1, 1, importHardSigmoid},
      {"HardSwish", 14, 1, importHardSwish},
      {"LeakyRelu", 1, 1, importLeakyRelu},
      {"Mish", 18, 1, importMish},
      {"PRelu", 7, 2, importPRelu},
      {"Relu", 1, 1, importRelu},
      {"Selu", 6, 1, importSelu},
      {"Shrink", 9, 1, importShrink, "floats"},
      {"Sigmoid", 1, 1, importSigmoid},
      {"Softplus", 1, 1, importSoftplus},
      {"Softsign", 1, 1, importSoftsign},
      {"SwiGLU", 28, 2, importSwiGLU},
      {"Swish", 24, 1, importSwish},
      {"ThresholdedRelu", 10, 1, importThresholdedRelu},
  };
  return rows;
}
