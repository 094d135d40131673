// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalisations.

#include "core/importer/onnx/ops/Normalization.h"

#include "core/graph/Graph.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

/// Input \p i has shape [\p size].
static bool isVector(Node &n, unsigned i, int64_t size) {
  return n.isFloat(i) &&
         n.check(n.shape(i) == ArrayRef<int64_t>{size},
                 "input " + Twine(i) + " needs shape [" + Twine(size) +
                     "], but has " + shapeString(n.shape(i)));
}

double importer::readEpsilon(Node &n, double fallback) {
  const double epsilon = n.floatAttr("epsilon", fallback);
  n.check(std::isfinite(epsilon) && epsilon >= 0,
          "attribute 'epsilon' needs to be finite and at least 0, but got " +
              std::to_string(epsilon));
  return epsilon;
}

/// A value with mean 0 and variance 1 over some dims, and how it was made.
struct Normalised {
  Value value, mean, inverse;
};

/// (x - mean) / sqrt(variance + epsilon).
static Normalised normalise(Node &n, Value x, ArrayRef<int64_t> dims,
                            double epsilon) {
  Value mean = meanOver(n, x, dims);
  Value centred = n.b.sub(x, mean);
  Value variance = meanOver(n, n.b.mul(centred, centred), dims);
  Value inverse = n.b.map(variance, [&](ScalarBuilder &s, ValueRange v) {
    const Type type = v[0].getType();
    Value deviation =
        s.op(ScalarKind::sqrt, s.add(v[0], s.number(epsilon, type)));
    return s.div(s.number(1.0, type), deviation);
  });
  return {n.b.mul(centred, inverse), mean, inverse};
}

Value importer::scaleAndShift(Node &n, Value x, Value scale, Value bias,
                              Type element) {
  SmallVector<Value> operands{x, scale};
  if (bias)
    operands.push_back(bias);
  return n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
    const Type wide = v[0].getType();
    Value result = s.mul(v[0], s.cast(v[1], wide));
    if (bias)
      result = s.add(result, s.cast(v[2], wide));
    return s.cast(result, element);
  });
}

/// Normalises by the statistics of the batch itself, and moves the running
/// ones toward them.
static LogicalResult importBatchTraining(Node &n, double epsilon,
                                         double momentum) {
  const int64_t rank = n.rank(0), channels = n.shape(0)[1];
  SmallVector<int64_t> dims = iotaDims(rank);
  dims.erase(dims.begin() + 1);
  Value x = widen(n, n.input(0));
  Value mean = meanOver(n, x, dims);
  Value centred = n.b.sub(x, mean);
  Value variance = meanOver(n, n.b.mul(centred, centred), dims);
  Value normal =
      n.b.map({centred, variance}, [&](ScalarBuilder &s, ValueRange v) {
        Value sum = s.add(v[1], s.number(epsilon, v[1].getType()));
        return s.div(v[0], s.op(ScalarKind::sqrt, sum));
      });
  SmallVector<Value> results{
      scaleAndShift(n, normal, alongChannels(n, n.input(1), rank),
                    alongChannels(n, n.input(2), rank), n.element(0))};
  for (auto [i, now] : {std::pair(3u, mean), std::pair(4u, variance)})
    results.push_back(n.b.map(
        {n.b.reshape(now, {channels}), n.input(i)},
        [&](ScalarBuilder &s, ValueRange v) {
          const Type type = v[0].getType();
          Value kept = s.mul(s.cast(v[1], type), s.number(momentum, type));
          Value added = s.mul(v[0], s.number(1 - momentum, type));
          return s.cast(s.add(kept, added), v[1].getType());
        }));
  return n.results(results);
}

/// Statistics of each element of a sample, which attribute 'spatial' asked for
/// before version 9.
static LogicalResult importBatchPerElement(Node &n, double epsilon) {
  const ArrayRef<int64_t> sample = n.shape(0).drop_front();
  SmallVector<Value> operands{n.input(0)};
  for (unsigned i = 1; i < 5; ++i) {
    if (!n.sameType(0, i) ||
        !n.check(n.shape(i) == sample,
                 "input " + Twine(i) + " needs shape " + shapeString(sample) +
                     " with spatial 0, but has " + shapeString(n.shape(i))))
      return llvm::failure();
    Shape shape{1};
    llvm::append_range(shape, sample);
    operands.push_back(n.b.reshape(n.input(i), shape));
  }
  return n.result(mapWide(n, operands, [&](ScalarBuilder &s, ValueRange v) {
    Value sum = s.add(v[4], s.number(epsilon, v[4].getType()));
    Value normal = s.div(s.sub(v[0], v[3]), s.op(ScalarKind::sqrt, sum));
    return s.add(s.mul(normal, v[1]), v[2]);
  }));
}

/// A type that holds the numbers of both.
static Type commonFloat(Type a, Type b) {
  if (a == b)
    return a;
  if (a.isF64() || b.isF64())
    return mlir::Float64Type::get(a.getContext());
  return mlir::Float32Type::get(a.getContext());
}

static LogicalResult importBatchNormalization(Node &n) {
  const double momentum = n.floatAttr("momentum", 0.9);
  n.ignoreAttr("consumed_inputs");
  // Before version 7 the default was to train.
  const bool isTest = n.intAttr("is_test", n.opset() >= 7) != 0;
  const double epsilon = readEpsilon(n);
  const bool training = n.flagAttr("training_mode");
  const bool spatial = n.flagAttr("spatial", true);
  if (n.failed() || !n.isFloat(0) || !n.checkRank(0, 2))
    return llvm::failure();
  if (!isTest)
    return n.unsupported("training is not supported before version 14; it is "
                         "supported with is_test 1");
  if (!spatial)
    return importBatchPerElement(n, epsilon);
  for (unsigned i = 1; i < 5; ++i)
    if (!isVector(n, i, n.shape(0)[1]))
      return llvm::failure();
  if (training)
    return importBatchTraining(n, epsilon, momentum);
  if (!n.check(!n.wantsOutput(1), "output 1 needs training_mode 1"))
    return llvm::failure();
  // Statistics may be wider than the data, whose type may not hold them.
  Type widest = n.element(1);
  for (unsigned i = 2; i < 5; ++i)
    widest = commonFloat(widest, n.element(i));
  SmallVector<Value> statistics;
  for (unsigned i = 1; i < 5; ++i)
    statistics.push_back(n.b.cast(n.input(i), widest));
  Value x = n.input(0);
  return n.result(n.b.builder.create<graph::BatchNormOp>(
      n.b.loc, x.getType(), x, statistics[0], statistics[1], statistics[2],
      statistics[3], n.b.builder.getF64FloatAttr(epsilon)));
}

static LogicalResult importInstanceNormalization(Node &n) {
  n.ignoreAttr("consumed_inputs");
  const double epsilon = readEpsilon(n);
  if (n.failed() || !n.isFloat(0) || !n.checkRank(0, 3) ||
      !isVector(n, 1, n.shape(0)[1]) || !isVector(n, 2, n.shape(0)[1]))
    return llvm::failure();
  const int64_t rank = n.rank(0);
  Normalised x = normalise(n, widen(n, n.input(0)), dimRange(2, rank), epsilon);
  return n.result(scaleAndShift(n, x.value, alongChannels(n, n.input(1), rank),
                                alongChannels(n, n.input(2), rank),
                                n.element(0)));
}

/// Scale and bias have an entry per group through version 20, per channel
/// from then on.
static LogicalResult importGroups(Node &n, bool perChannel) {
  n.ignoreAttr("stash_type"); // computed in f32 at least, in any case
  const double epsilon = readEpsilon(n);
  const int64_t groups = n.requiredInt("num_groups");
  if (n.failed() || !n.isFloat(0) || !n.checkRank(0, 3, 7) ||
      !n.atLeast(groups, 1, "num_groups"))
    return llvm::failure();
  ArrayRef<int64_t> shape = n.shape(0);
  if (!n.check(shape[1] % groups == 0, Twine(groups) +
                                           " groups do not divide " +
                                           Twine(shape[1]) + " channels"))
    return llvm::failure();
  const int64_t size = perChannel ? shape[1] : groups;
  if (!isVector(n, 1, size) || !isVector(n, 2, size))
    return llvm::failure();

  Shape grouped{shape[0], groups, shape[1] / groups};
  llvm::append_range(grouped, shape.drop_front(2));
  Normalised x =
      normalise(n, n.b.reshape(widen(n, n.input(0)), grouped),
                dimRange(2, static_cast<int64_t>(grouped.size())), epsilon);
  Shape aligned(grouped.size(), 1);
  aligned[1] = groups;
  aligned[2] = size / groups;
  Value result = scaleAndShift(n, x.value, n.b.reshape(n.input(1), aligned),
                               n.b.reshape(n.input(2), aligned), n.element(0));
  return n.result(n.b.reshape(result, shape));
}

template <bool perChannel>
static LogicalResult importGroupNormalization(Node &n) {
  return importGroups(n, perChannel);
}

/// The dims from \p axis on of input 0, as the shape that scale and bias
/// broadcast to.
static bool checkAffine(Node &n, unsigned i) {
  return n.sameType(0, i) &&
         n.broadcastsTo(i, n.shape(0), i == 1 ? "Scale" : "B");
}

Value importer::layerNorm(Node &n, Value x, Value scale, Value bias,
                          int64_t axis, double epsilon) {
  return n.b.builder.create<graph::LayerNormOp>(
      n.b.loc, x.getType(), x, scale, bias, n.b.builder.getI64IntegerAttr(axis),
      n.b.builder.getF64FloatAttr(epsilon));
}

static LogicalResult importLayerNormalization(Node &n) {
  const double epsilon = readEpsilon(n);
  const int64_t stash = n.intAttr("stash_type", 1);
  if (!n.isFloat(0))
    return llvm::failure();
  const int64_t rank = n.rank(0);
  const int64_t axis = n.axis(n.intAttr("axis", -1), rank);
  if (n.failed() || !checkAffine(n, 1) || (n.hasInput(2) && !checkAffine(n, 2)))
    return llvm::failure();
  Value x = n.input(0);
  Value scale = prim::alignRank(n.b, n.input(1), rank);
  Value bias = n.hasInput(2) ? prim::alignRank(n.b, n.input(2), rank) : Value();
  SmallVector<Value> results{layerNorm(n, x, scale, bias, axis, epsilon)};
  if (n.wantsOutput(1) || n.wantsOutput(2)) {
    if (stash != 1)
      return n.unsupported("stash_type " + Twine(stash) +
                           " is not supported; it is supported as 1 (float)");
    Normalised parts = normalise(n, n.b.cast(x, n.b.builder.getF32Type()),
                                 dimRange(axis, rank), epsilon);
    results.append({parts.mean, parts.inverse});
  }
  return n.results(results);
}

RootMeanSquare importer::rootMeanSquare(Node &n, Value x,
                                        ArrayRef<int64_t> dims,
                                        double epsilon) {
  Value squares = meanOver(n, n.b.mul(x, x), dims);
  Value root = n.b.map(squares, [&](ScalarBuilder &s, ValueRange v) {
    return s.op(ScalarKind::sqrt,
                s.add(v[0], s.number(epsilon, v[0].getType())));
  });
  Value inverse = n.b.map(root, [&](ScalarBuilder &s, ValueRange v) {
    return s.div(s.number(1.0, v[0].getType()), v[0]);
  });
  return {n.b.div(x, root), inverse};
}

static LogicalResult importRMSNormalization(Node &n) {
  const double epsilon = readEpsilon(n);
  n.ignoreAttr("stash_type");
  if (!n.isFloat(0))
    return llvm::failure();
  const int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  if (n.failed() || !n.broadcastsTo(1, n.shape(0), "scale") || !n.isFloat(1))
    return llvm::failure();
  const RootMeanSquare x = rootMeanSquare(n, widen(n, n.input(0)),
                                          dimRange(axis, n.rank(0)), epsilon);
  return n.results(
      {scaleAndShift(n, x.value, n.input(1), Value(), n.element(0)),
       x.inverse});
}

static LogicalResult importLpNormalization(Node &n) {
  const int64_t p = n.intAttr("p", 2);
  if (!n.isFloat(0))
    return llvm::failure();
  const int64_t axis = n.axis(n.intAttr("axis", -1), n.rank(0));
  if (n.failed() ||
      !n.check(p == 1 || p == 2, "p needs to be 1 or 2, but got " + Twine(p)))
    return llvm::failure();
  Value x = widen(n, n.input(0));
  Value terms = n.b.map(x, [&](ScalarBuilder &s, ValueRange v) {
    return p == 1 ? s.op(ScalarKind::abs, v[0]) : s.mul(v[0], v[0]);
  });
  Value sum = n.b.reduce(ReduceKind::sum, terms, {axis});
  // A norm of 0 gives 0: so ONNX defines it.
  Value result = n.b.map({x, sum}, [&](ScalarBuilder &s, ValueRange v) {
    Value norm = p == 1 ? v[1] : s.op(ScalarKind::sqrt, v[1]);
    Value zero = s.number(0.0, norm.getType());
    return s.select(s.op(ScalarKind::eq, {norm, zero}), zero,
                    s.div(v[0], norm));
  });
  return n.result(n.b.cast(result, n.element(0)));
}

/// Sum of squares over a window of channels.
static LogicalResult importLRN(Node &n) {
  const double alpha = n.floatAttr("alpha", 1e-4);
  const double beta = n.floatAttr("beta", 0.75);
  const double bias = n.floatAttr("bias", 1);
  const int64_t size = n.requiredInt("size");
  if (n.failed() || !n.isFloat(0) || !n.checkRank(0, 2) ||
      !n.atLeast(size, 1, "size") ||
      !n.check(size <= 1 << 20,
               "size needs to be at most 1048576, but got " + Twine(size)))
    return llvm::failure();
  const int64_t rank = n.rank(0);
  Value x = widen(n, n.input(0));
  prim::WindowAttributes window;
  window.sizes = onesBut(rank, 1, size);
  window.strides = window.dilations = Shape(rank, 1);
  window.padsLow = window.padsHigh = Shape(rank, 0);
  window.padsLow[1] = (size - 1) / 2;
  window.padsHigh[1] = size - 1 - window.padsLow[1];
  Value sums = n.b.window(ReduceKind::sum, n.b.mul(x, x), window);
  Value result = n.b.map({x, sums}, [&](ScalarBuilder &s, ValueRange v) {
    const Type type = v[0].getType();
    Value base =
        s.add(s.number(bias, type),
              s.mul(s.number(alpha / static_cast<double>(size), type), v[1]));
    return s.div(v[0], s.op(ScalarKind::pow, {base, s.number(beta, type)}));
  });
  return n.result(n.b.cast(result, n.element(0)));
}

static LogicalResult importMeanVarianceNormalization(Node &n) {
  if (!n.isFloat(0))
    return llvm::failure();
  const SmallVector<int64_t> axes = n.axes(
      n.intsAttr("axes").value_or(SmallVector<int64_t>{0, 2, 3}), n.rank(0));
  if (n.failed())
    return llvm::failure();
  Value x = widen(n, n.input(0));
  Value centred = n.b.sub(x, meanOver(n, x, axes));
  Value variance = meanOver(n, n.b.mul(centred, centred), axes);
  Value result =
      n.b.map({centred, variance}, [&](ScalarBuilder &s, ValueRange v) {
        Value deviation = s.op(ScalarKind::sqrt, v[1]);
        return s.div(v[0], s.add(deviation, s.number(1e-9, v[0].getType())));
      });
  return n.result(n.b.cast(result, n.element(0)));
}

ArrayRef<OpRow> importer::normalizationRows() {
  static constexpr OpRow rows[] = {
      {"BatchNormalization", 1, 5, importBatchNormalization, "inference"},
      {"BatchNormalization", 14, 5, importBatchNormalization, "", 3},
      {"GroupNormalization", 18, 3, importGroupNormalization<false>,
       "rank 3 to 7"},
      {"GroupNormalization", 21, 3, importGroupNormalization<true>,
       "rank 3 to 7"},
      {"InstanceNormalization", 1, 3, importInstanceNormalization},
      {"LRN", 1, 1, importLRN},
      {"LayerNormalization",
       1,
       {2, 3},
       importLayerNormalization,
       "Mean and InvStdDev as float; below 17 as ONNX Runtime writes it",
       3},
      {"LpNormalization", 1, 1, importLpNormalization},
      {"MeanVarianceNormalization", 9, 1, importMeanVarianceNormalization},
      {"RMSNormalization", 23, 2, importRMSNormalization},
      {"SimplifiedLayerNormalization", 1, 2, importRMSNormalization,
       "as ONNX Runtime writes it", 2},
  };
  return rows;
}
