// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fast Fourier transforms: one pass per prime factor of the length.

#include "core/importer/onnx/ops/Fourier.h"

#include <cmath>
#include <numbers>

using namespace glowplug;
using namespace glowplug::importer;

/// The prime factors of \p length, ascending; what is left in the end is 1.
static SmallVector<int64_t> factorsOf(int64_t length) {
  SmallVector<int64_t> factors;
  for (int64_t p = 2; p <= 13; ++p)
    for (; length % p == 0; length /= p)
      factors.push_back(p);
  if (length > 1)
    factors.push_back(length);
  return factors;
}

bool importer::hasSmallFactors(int64_t length) {
  return length >= 2 && factorsOf(length).back() <= 13;
}

namespace {

/// One pass. Rows are [done, factor, left]: `done` is the product of the
/// factors before, `left` that of those after.
class Pass {
public:
  Pass(Node &n, const Complex &x, int64_t done, int64_t factor, bool inverse)
      : n(n), b(n.b), type(prim::elementOf(x.real)),
        signals(prim::shapeOf(x.real)[0]), length(prim::shapeOf(x.real)[1]),
        done(done), factor(factor), left(length / done / factor),
        sign(inverse ? 1 : -1) {
    for (int64_t j = 0; j < factor; ++j)
      parts.push_back({part(x.real, j), part(x.imaginary, j)});
  }
  /// Again [signals, length].
  Complex run();

private:
  Value part(Value x, int64_t j);
  /// The sum of \p terms, each but the first times its factor; from the left.
  Value sum(ArrayRef<Value> terms, ArrayRef<double> factors);
  double angle(int64_t steps, int64_t of) const {
    return 2 * std::numbers::pi * static_cast<double>(steps % of) /
           static_cast<double>(of);
  }
  /// Transforms across the parts, before the twiddle factors.
  SmallVector<Complex> butterflies();
  Complex twiddled(const Complex &x, int64_t j);

  Node &n;
  PrimBuilder &b;
  Type type;
  int64_t signals, length, done, factor, left;
  double sign;
  SmallVector<Complex> parts; ///< [signals, done, left] each.
};

} // namespace

Value Pass::part(Value x, int64_t j) {
  Value split = b.reshape(x, {signals, done, factor, left});
  Value cut =
      b.slice(split, {0, 0, j, 0}, {signals, done, 1, left}, {1, 1, 1, 1});
  return b.reshape(cut, {signals, done, left});
}

Value Pass::sum(ArrayRef<Value> terms, ArrayRef<double> factors) {
  return b.map(terms, [&](ScalarBuilder &s, ValueRange v) {
    Value total =
        factors[0] == 1 ? v[0] : s.mul(s.number(factors[0], type), v[0]);
    for (size_t i = 1; i < factors.size(); ++i)
      total = s.add(total, factors[i] == 1
                               ? v[i]
                               : s.mul(s.number(factors[i], type), v[i]));
    return total;
  });
}

SmallVector<Complex> Pass::butterflies() {
  SmallVector<Complex> results(factor);
  auto both = [&](const Complex &x, const Complex &y, auto op) {
    return Complex{op(x.real, y.real), op(x.imaginary, y.imaginary)};
  };
  auto add = [&](Value x, Value y) { return b.add(x, y); };
  auto sub = [&](Value x, Value y) { return b.sub(x, y); };
  if (factor == 2)
    return {both(parts[0], parts[1], add), both(parts[0], parts[1], sub)};
  // Parts j and factor - j have cosines in common, and opposite sines.
  const int64_t half = factor / 2;
  SmallVector<Value> sumsReal{parts[0].real}, sumsImaginary{parts[0].imaginary},
      differencesReal, differencesImaginary;
  for (int64_t j = 1; j <= half; ++j) {
    const Complex s = both(parts[j], parts[factor - j], add);
    const Complex d = both(parts[j], parts[factor - j], sub);
    sumsReal.push_back(s.real);
    sumsImaginary.push_back(s.imaginary);
    differencesReal.push_back(d.real);
    differencesImaginary.push_back(d.imaginary);
  }
  const std::vector<double> ones(half + 1, 1);
  results[0] = {sum(sumsReal, ones), sum(sumsImaginary, ones)};
  for (int64_t m = 1; m <= half; ++m) {
    std::vector<double> cosines{1}, sines, opposite;
    for (int64_t j = 1; j <= half; ++j) {
      cosines.push_back(std::cos(angle(j * m, factor)));
      sines.push_back(sign * std::sin(angle(j * m, factor)));
      opposite.push_back(-sines.back());
    }
    const Complex even{sum(sumsReal, cosines), sum(sumsImaginary, cosines)};
    const Complex odd{sum(differencesImaginary, opposite),
                      sum(differencesReal, sines)};
    results[m] = both(even, odd, add);
    results[factor - m] = both(even, odd, sub);
  }
  return results;
}

/// A row of \p values as [1, 1, left].
static Value constantRow(Node &n, ArrayRef<double> values, Type type) {
  const auto count = static_cast<int64_t>(values.size());
  if (type.isF64())
    return n.constantOf(Tensor::of<double>({1, 1, count}, values));
  const std::vector<float> narrow(values.begin(), values.end());
  return n.constantOf(
      Tensor::of<float>({1, 1, count}, ArrayRef<float>(narrow)));
}

Complex Pass::twiddled(const Complex &x, int64_t j) {
  if (j == 0 || left == 1)
    return x;
  std::vector<double> cosines, sines;
  for (int64_t i = 0; i < left; ++i) {
    cosines.push_back(std::cos(angle(j * done * i, length)));
    sines.push_back(sign * std::sin(angle(j * done * i, length)));
  }
  const SmallVector<Value> operands{x.real, x.imaginary,
                                    constantRow(n, cosines, type),
                                    constantRow(n, sines, type)};
  Value real = b.map(operands, [](ScalarBuilder &s, ValueRange v) {
    return s.sub(s.mul(v[0], v[2]), s.mul(v[1], v[3]));
  });
  Value imaginary = b.map(operands, [](ScalarBuilder &s, ValueRange v) {
    return s.add(s.mul(v[0], v[3]), s.mul(v[1], v[2]));
  });
  return {real, imaginary};
}

Complex Pass::run() {
  SmallVector<Value> real, imaginary;
  for (auto [j, result] : llvm::enumerate(butterflies())) {
    const Complex turned = twiddled(result, static_cast<int64_t>(j));
    const Shape aligned{signals, 1, done, left};
    real.push_back(b.reshape(turned.real, aligned));
    imaginary.push_back(b.reshape(turned.imaginary, aligned));
  }
  return {b.reshape(b.concat(real, 1), {signals, length}),
          b.reshape(b.concat(imaginary, 1), {signals, length})};
}

Complex importer::fastFourier(Node &n, const Complex &x, bool inverse) {
  Complex result = x;
  int64_t done = 1;
  for (int64_t factor : factorsOf(prim::shapeOf(x.real)[1])) {
    result = Pass(n, result, done, factor, inverse).run();
    done *= factor;
  }
  return result;
}
