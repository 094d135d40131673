// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products of quantised integers: exact sums, which
// are rescaled as ONNX Runtime does it.

#include "core/importer/onnx/ops/Conv.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Products.h"
#include "core/importer/onnx/ops/QuantParams.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// One side of a contraction: a tensor of 8 bits and the zero point of its
/// elements along \c dim.
struct Side {
  Value data;
  ParamInput zp;
  int64_t dim;
};

using Contraction =
    llvm::function_ref<Value(Value lhs, Value rhs, const prim::ZeroPoints &)>;

} // namespace

/// The elements less their zero point, in i32.
static Value centred(Node &n, const Side &side) {
  const Type i32 = n.b.builder.getI32Type();
  Value zero = side.zp.along(n, prim::rankOf(side.data), side.dim);
  return n.b.map({side.data, zero}, [&](ScalarBuilder &s, ValueRange v) {
    return s.sub(s.cast(v[0], i32), s.cast(v[1], i32));
  });
}

/// Zero points that are known are attributes of the contraction; if one is not,
/// both are subtracted before.
static Value contract(Node &n, const Side &lhs, const Side &rhs,
                      Contraction contraction) {
  if (lhs.zp.known && rhs.zp.known)
    return contraction(lhs.data, rhs.data,
                       {lhs.zp.integers(), rhs.zp.integers()});
  return contraction(centred(n, lhs), centred(n, rhs), {});
}

static Entries entriesOf(int64_t count, const char *what) {
  return {count, std::string("one per ") + what};
}

//===----------------------------------------------------------------------===//
// From sums to results
//===----------------------------------------------------------------------===//

/// (a * b) / c, each rounded to f32: the factor of the sums in fp32_rne. The
/// scales broadcast to the result.
static Value rescaleFactor(Node &n, Value a, Value b, Value c) {
  return n.b.map({a, b, c}, [](ScalarBuilder &s, ValueRange v) {
    return s.div(s.mul(v[0], v[1]), v[2]);
  });
}

static Value rescale(Node &n, Value sum, Value factor, Value zp) {
  return n.b.map({sum, factor, zp}, [](ScalarBuilder &s, ValueRange v) {
    return s.rescaleFp32Rne(v[0], v[1], v[2]);
  });
}

/// The sums as f32, times (a * b), plus the bias of the columns in input
/// \p bias, if there is one.
static LogicalResult scaleToFloat(Node &n, Value sum, Value a, Value b,
                                  unsigned bias) {
  const Type f32 = n.b.builder.getF32Type();
  Value factor = n.b.mul(a, b);
  Value result = n.b.map({sum, factor}, [&](ScalarBuilder &s, ValueRange v) {
    return s.mul(s.cast(v[0], f32), v[1]);
  });
  if (!n.hasInput(bias))
    return n.result(result);
  const int64_t columns = prim::shapeOf(sum).back();
  if (!n.check(n.dtype(bias) == DType::f32 &&
                   n.shape(bias) == ArrayRef<int64_t>{columns},
               "bias needs to be f32[" + Twine(columns) + "], but is " +
                   typeString(n.dtype(bias), n.shape(bias))))
    return llvm::failure();
  return n.result(n.b.add(result, n.input(bias)));
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

namespace {

/// The dims of a product along which parameters vary.
struct ProductDims {
  /// Entries of the parameters of a's rows and b's columns.
  Entries rows, columns;
  int64_t rank = 0;
  /// Of the result.
  int64_t rowDim = 0, columnDim = 0;
};

} // namespace

/// For a product of \p a and \p b with a result of shape \p result.
static ProductDims dimsOf(ArrayRef<int64_t> a, ArrayRef<int64_t> b,
                          ArrayRef<int64_t> result) {
  ProductDims dims;
  dims.rank = static_cast<int64_t>(result.size());
  const bool hasColumns = b.size() > 1;
  if (hasColumns) {
    dims.columns = entriesOf(b.back(), "column of b");
    dims.columnDim = dims.rank - 1;
  }
  if (a.size() > 1) {
    dims.rows = entriesOf(a[a.size() - 2], "row of a");
    dims.rowDim = dims.rank - 1 - hasColumns;
  }
  return dims;
}

/// Exact sums of (a - its zero point) * (b - its zero point).
static Value integerProduct(Node &n, Value a, const ParamInput &aZp, Value b,
                            const ParamInput &bZp, ArrayRef<int64_t> shape) {
  const Side lhs{a, aZp, std::max<int64_t>(prim::rankOf(a) - 2, 0)};
  const Side rhs{b, bZp, prim::rankOf(b) - 1};
  return contract(
      n, lhs, rhs, [&](Value l, Value r, const prim::ZeroPoints &zeroPoints) {
        return multiply(n, l, r, shape, [&](Value left, Value right) {
          return n.b.matmul(left, right, zeroPoints);
        });
      });
}

namespace {

/// An integer product with everything that was read on the way.
struct Product {
  Value sum;
  ProductDims dims;
  explicit operator bool() const { return static_cast<bool>(sum); }
};

} // namespace

/// The product of inputs \p a and \p b with zero points at \p aZp and \p bZp.
static Product readProduct(Node &n, unsigned a, unsigned aZp, unsigned b,
                           unsigned bZp) {
  if (!isEightBits(n, a, "a") || !isEightBits(n, b, "b"))
    return {};
  const auto shape = productShape(n, n.shape(a), n.shape(b));
  if (!shape)
    return {};
  Product result;
  result.dims = dimsOf(n.shape(a), n.shape(b), *shape);
  const ParamInput lhs =
      readZeroPoint(n, aZp, "a_zero_point", n.dtype(a), result.dims.rows);
  if (!lhs)
    return {};
  const ParamInput rhs =
      readZeroPoint(n, bZp, "b_zero_point", n.dtype(b), result.dims.columns);
  if (rhs)
    result.sum = integerProduct(n, n.input(a), lhs, n.input(b), rhs, *shape);
  return result;
}

static LogicalResult matMulInteger(Node &n) {
  const Product product = readProduct(n, 0, 2, 1, 3);
  return product ? n.result(product.sum) : llvm::failure();
}

/// Input \p i as a scale of any floats, all of one type, and of f32 before
/// version 21; as f32. Products of scales soon underflow in f16.
static ParamInput readWideScale(Node &n, unsigned i, const Twine &name,
                                const Entries &entries, unsigned first) {
  const bool onlyF32 = n.opset() < 21;
  ParamInput scale = readScale(n, i, name, entries, onlyF32);
  if (!scale || !n.check(n.dtype(i) == n.dtype(first),
                         name + " needs to be " + dtypeName(n.dtype(first)) +
                             " as a_scale, but is " + dtypeName(n.dtype(i))))
    return {};
  scale.value = n.b.cast(scale.value, n.b.builder.getF32Type());
  return scale;
}

static LogicalResult qLinearMatMul(Node &n) {
  const Product product = readProduct(n, 0, 2, 3, 5);
  if (!product || !isEightBits(n, 7, "y_zero_point"))
    return llvm::failure();
  const ProductDims &dims = product.dims;
  const ParamInput a = readWideScale(n, 1, "a_scale", dims.rows, 1);
  const ParamInput b =
      a ? readWideScale(n, 4, "b_scale", dims.columns, 1) : ParamInput();
  const ParamInput y =
      b ? readWideScale(n, 6, "y_scale", dims.rows, 1) : ParamInput();
  const ParamInput zp =
      y ? readZeroPoint(n, 7, "y_zero_point", n.dtype(7), dims.rows)
        : ParamInput();
  if (!zp)
    return llvm::failure();
  Value factor = rescaleFactor(n, a.along(n, dims.rank, dims.rowDim),
                               b.along(n, dims.rank, dims.columnDim),
                               y.along(n, dims.rank, dims.rowDim));
  return n.result(
      rescale(n, product.sum, factor, zp.along(n, dims.rank, dims.rowDim)));
}

static LogicalResult matMulIntegerToFloat(Node &n) {
  const Product product = readProduct(n, 0, 4, 1, 5);
  if (!product)
    return llvm::failure();
  const ProductDims &dims = product.dims;
  const ParamInput a = readScale(n, 2, "a_scale");
  const ParamInput b =
      a ? readScale(n, 3, "b_scale", dims.columns) : ParamInput();
  if (!b)
    return llvm::failure();
  return scaleToFloat(n, product.sum, a.value,
                      b.along(n, dims.rank, dims.columnDim), 6);
}

static LogicalResult dynamicQuantizeMatMul(Node &n) {
  if (!n.check(n.dtype(0) == DType::f32,
               "a needs to be f32, but is " + dtypeName(n.dtype(0))) ||
      !n.check(product(n.shape(0)) > 0, "a is empty") ||
      !isEightBits(n, 1, "b"))
    return llvm::failure();
  const auto shape = productShape(n, n.shape(0), n.shape(1));
  if (!shape)
    return llvm::failure();
  const ProductDims dims = dimsOf(n.shape(0), n.shape(1), *shape);
  const ParamInput scale = readScale(n, 2, "b_scale", dims.columns);
  const ParamInput zp =
      scale ? readZeroPoint(n, 3, "b_zero_point", n.dtype(1), dims.columns)
            : ParamInput();
  if (!zp)
    return llvm::failure();
  const DynamicallyQuantised a = quantiseDynamically(n, n.input(0));
  Value sum =
      integerProduct(n, a.data, {a.zp, std::nullopt}, n.input(1), zp, *shape);
  return scaleToFloat(n, sum, a.scale,
                      scale.along(n, dims.rank, dims.columnDim), 4);
}

/// alpha * a * b + c, where c is quantised with the scale of the products.
static LogicalResult qGemm(Node &n) {
  const double alpha = n.floatAttr("alpha", 1);
  const bool transA = n.flagAttr("transA"), transB = n.flagAttr("transB");
  if (!isEightBits(n, 0, "a") || !isEightBits(n, 3, "b") ||
      !n.checkRank(0, 2, 2) || !n.checkRank(3, 2, 2))
    return llvm::failure();
  const Shape order{1, 0}, same{0, 1};
  Value a = n.b.transpose(n.input(0), transA ? order : same);
  Value b = n.b.transpose(n.input(3), transB ? order : same);
  const auto shape = productShape(n, prim::shapeOf(a), prim::shapeOf(b));
  if (!shape)
    return llvm::failure();
  const ProductDims dims = dimsOf(prim::shapeOf(a), prim::shapeOf(b), *shape);
  const ParamInput aScale = readScale(n, 1, "a_scale");
  const ParamInput aZp =
      aScale ? readZeroPoint(n, 2, "a_zero_point", n.dtype(0)) : ParamInput();
  const ParamInput bScale =
      aZp ? readScale(n, 4, "b_scale", dims.columns) : ParamInput();
  const ParamInput bZp =
      bScale ? readZeroPoint(n, 5, "b_zero_point", n.dtype(3), dims.columns)
             : ParamInput();
  if (!bZp)
    return llvm::failure();
  Value sum = integerProduct(n, a, aZp, b, bZp, *shape);
  if (n.hasInput(6)) {
    if (!n.check(n.dtype(6) == DType::i32,
                 "c needs to be i32, but is " + dtypeName(n.dtype(6))) ||
        !n.broadcastsTo(6, *shape, "c"))
      return llvm::failure();
    sum = n.b.add(sum, n.input(6));
  }
  Value scaled =
      n.b.map(aScale.value, [&](ScalarBuilder &s, ValueRange v) -> Value {
        return alpha == 1 ? v[0] : s.mul(s.number(alpha, v[0].getType()), v[0]);
      });
  Value columns = bScale.along(n, 2, 1);
  if (!n.hasInput(7))
    return scaleToFloat(n, sum, scaled, columns, /*bias=*/9);
  const DType type = n.hasInput(8) ? n.dtype(8) : n.dtype(0);
  if (n.hasInput(8) && !isEightBits(n, 8, "y_zero_point"))
    return llvm::failure();
  const QuantParams y = readQuantParams(n, 7, "y", type);
  if (!y)
    return llvm::failure();
  return n.result(rescale(
      n, sum, rescaleFactor(n, scaled, columns, y.scale.value), y.zp.value));
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// Sums over input \p x and weights \p w. A pad counts as the zero point.
static Value integerConv(Node &n, unsigned x, unsigned xZp, unsigned w,
                         unsigned wZp) {
  if (!isEightBits(n, x, "x") || !isEightBits(n, w, "w"))
    return {};
  const auto attributes = readConv(n, n.shape(x), n.shape(w));
  if (!attributes)
    return {};
  const ParamInput input = readZeroPoint(n, xZp, "x_zero_point", n.dtype(x));
  if (!input)
    return {};
  const ParamInput weights =
      readZeroPoint(n, wZp, "w_zero_point", n.dtype(w),
                    entriesOf(n.shape(w)[0], "output channel"));
  if (!weights)
    return {};
  return contract(n, {n.input(x), input, 1}, {n.input(w), weights, 0},
                  [&](Value l, Value r, const prim::ZeroPoints &zeroPoints) {
                    return n.b.conv(l, r, *attributes, zeroPoints);
                  });
}

static LogicalResult convInteger(Node &n) {
  Value sum = integerConv(n, 0, 2, 1, 3);
  return sum ? n.result(sum) : llvm::failure();
}

static LogicalResult qLinearConv(Node &n) {
  Value sum = integerConv(n, 0, 2, 3, 5);
  if (!sum || !isEightBits(n, 7, "y_zero_point"))
    return llvm::failure();
  const int64_t channels = prim::shapeOf(sum)[1], rank = prim::rankOf(sum);
  const ParamInput x = readScale(n, 1, "x_scale");
  const ParamInput w =
      x ? readScale(n, 4, "w_scale", entriesOf(channels, "output channel"))
        : ParamInput();
  const QuantParams y =
      w ? readQuantParams(n, 6, "y", n.dtype(7)) : QuantParams();
  if (!y)
    return llvm::failure();
  if (n.hasInput(8)) {
    if (!n.check(n.dtype(8) == DType::i32 &&
                     n.shape(8) == ArrayRef<int64_t>{channels},
                 "B needs to be i32[" + Twine(channels) + "], but is " +
                     typeString(n.dtype(8), n.shape(8))))
      return llvm::failure();
    sum = n.b.add(sum, alongChannels(n, n.input(8), rank));
  }
  Value factor = rescaleFactor(n, x.value, w.along(n, rank, 1), y.scale.value);
  return n.result(rescale(n, sum, factor, y.zp.value));
}

ArrayRef<OpRow> importer::quantizedProductRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"ConvInteger", 10, {2, 4}, convInteger},
      {"DynamicQuantizeMatMul",
       1,
       {3, 5},
       dynamicQuantizeMatMul,
       "",
       1,
       microsoft},
      {"MatMulInteger", 10, {2, 4}, matMulInteger},
      {"MatMulIntegerToFloat",
       1,
       {4, 7},
       matMulIntegerToFloat,
       "",
       1,
       microsoft},
      {"QGemm", 1, {6, 9}, qGemm, "", 1, microsoft},
      {"QLinearConv", 10, {8, 9}, qLinearConv},
      {"QLinearMatMul", 10, 8, qLinearMatMul},
  };
  return rows;
}
