// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RotaryEmbedding, of ONNX and of com.microsoft: turns pairs of elements by
// angles that grow with the position.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Heads.h"
#include "core/importer/onnx/ops/Index.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// The inputs of one node, by number.
struct RotaryInputs {
  unsigned cosines, sines, positions;
};

/// How elements of a head make pairs.
struct Pairs {
  bool interleaved = false; ///< Neighbours; else the two halves.
  int64_t turned = 0;       ///< Elements that are turned; the others stay.
};

} // namespace

/// Elements \p first, \p first + \p stride, ... of the last of four dims.
static Value cut(Node &n, Value x, int64_t first, int64_t count,
                 int64_t stride) {
  Shape shape(prim::shapeOf(x));
  shape[3] = count;
  return n.b.slice(x, {0, 0, 0, first}, shape, {1, 1, 1, stride});
}

/// Turns the pairs of \p x, [N, heads, L, size]. \p cosines and \p sines are
/// [N or 1, 1, L or 1, turned / 2].
static Value rotate(Node &n, Value x, Value cosines, Value sines,
                    const Pairs &pairs) {
  const int64_t half = pairs.turned / 2, size = prim::shapeOf(x)[3];
  const int64_t stride = pairs.interleaved ? 2 : 1;
  const SmallVector<Value> operands{
      cut(n, x, 0, half, stride),
      cut(n, x, pairs.interleaved ? 1 : half, half, stride), cosines, sines};
  Value first = mapWide(n, operands, [](ScalarBuilder &s, ValueRange v) {
    return s.sub(s.mul(v[2], v[0]), s.mul(v[3], v[1]));
  });
  Value second = mapWide(n, operands, [](ScalarBuilder &s, ValueRange v) {
    return s.add(s.mul(v[3], v[0]), s.mul(v[2], v[1]));
  });
  Shape shape(prim::shapeOf(x));
  shape[3] = pairs.turned;
  Value turned;
  if (pairs.interleaved) {
    Shape single(prim::shapeOf(first));
    single.push_back(1);
    turned = n.b.reshape(
        n.b.concat({n.b.reshape(first, single), n.b.reshape(second, single)},
                   4),
        shape);
  } else {
    turned = n.b.concat({first, second}, 3);
  }
  if (pairs.turned == size)
    return turned;
  return n.b.concat({turned, cut(n, x, pairs.turned, size - pairs.turned, 1)},
                    3);
}

/// The table of input \p i for each position, [N or 1, 1, L, half].
static Value anglesOf(Node &n, unsigned i, Value positions, int64_t batch,
                      int64_t length) {
  ArrayRef<int64_t> table = n.shape(i);
  Value angles = n.input(i);
  if (positions) {
    if (!n.checkRank(i, 2, 2) ||
        !n.atLeast(table[0], 1, "dim 0 of input " + Twine(i)))
      return {};
    angles = n.b.gather(angles, positions, 0);
  } else if (!n.check(table.size() == 3 && table[0] == batch &&
                          table[1] == length,
                      "input " + Twine(i) + " needs shape [" + Twine(batch) +
                          ", " + Twine(length) +
                          ", angles] without position_ids, but has " +
                          shapeString(table))) {
    return {};
  }
  Shape shape(prim::shapeOf(angles));
  shape.insert(shape.begin() + 1, 1);
  return n.b.reshape(angles, shape);
}

/// The positions as i64, [N, L] or [1, L]; null where they are not given.
static Value readPositions(Node &n, unsigned i, int64_t batch, int64_t length,
                           bool allowsStart) {
  if (!n.hasInput(i) || !isIndex(n, i))
    return {};
  ArrayRef<int64_t> shape = n.shape(i);
  Value positions = n.b.cast(n.input(i), n.b.builder.getI64Type());
  if (allowsStart && shape == ArrayRef<int64_t>{1})
    return n.b.add(n.b.reshape(positions, {1, 1}), iota(n, 2, 1, length));
  n.check(shape == ArrayRef<int64_t>{batch, length},
          "position_ids needs shape [" + Twine(batch) + ", " + Twine(length) +
              "], but has " + shapeString(shape));
  return positions;
}

static LogicalResult importRotary(Node &n, const RotaryInputs &in,
                                  bool isMicrosoft) {
  Pairs pairs;
  pairs.interleaved = n.flagAttr("interleaved");
  pairs.turned = n.intAttr("rotary_embedding_dim", 0);
  int64_t heads = n.intAttr("num_heads", 0);
  if (!n.isFloat(0) || !n.checkRank(0, 3, 4) || !n.sameType(0, in.cosines) ||
      !n.sameType(0, in.sines) || !n.checkRank(in.cosines, 2, 3))
    return llvm::failure();
  ArrayRef<int64_t> shape = n.shape(0);
  const bool joined = shape.size() == 3;
  const int64_t half = n.shape(in.cosines).back();
  // com.microsoft may leave the number of heads to the table.
  if (joined && heads == 0 && isMicrosoft && half > 0)
    heads = shape[2] / (2 * half);
  if (joined &&
      (!n.atLeast(heads, 1, "num_heads") ||
       !n.check(shape[2] % heads == 0,
                "num_heads of " + Twine(heads) +
                    " does not divide dim 2 of the input, " + Twine(shape[2]))))
    return llvm::failure();
  Value x = joined ? splitHeads(n, n.input(0), heads) : n.input(0);
  ArrayRef<int64_t> split = prim::shapeOf(x);
  if (pairs.turned == 0)
    pairs.turned = split[3];
  if (!n.check(pairs.turned >= 2 && pairs.turned <= split[3] &&
                   pairs.turned % 2 == 0,
               "rotary_embedding_dim needs to be even and from 2 to the size "
               "of a head, " +
                   Twine(split[3]) + ", but got " + Twine(pairs.turned)) ||
      !n.check(
          half == pairs.turned / 2 && n.shape(in.sines) == n.shape(in.cosines),
          "the tables of cosines and sines need " + Twine(pairs.turned / 2) +
              " angles, but have shapes " + shapeString(n.shape(in.cosines)) +
              " and " + shapeString(n.shape(in.sines))))
    return llvm::failure();
  Value positions =
      readPositions(n, in.positions, split[0], split[2], isMicrosoft);
  if (n.failed())
    return llvm::failure();
  Value cosines = anglesOf(n, in.cosines, positions, split[0], split[2]);
  Value sines = anglesOf(n, in.sines, positions, split[0], split[2]);
  if (n.failed())
    return llvm::failure();
  Value result = rotate(n, x, cosines, sines, pairs);
  return n.result(joined ? joinHeads(n, result) : result);
}

static LogicalResult onnxRotary(Node &n) {
  return importRotary(n, {1, 2, 3}, /*isMicrosoft=*/false);
}

static LogicalResult microsoftRotary(Node &n) {
  const double scale = n.floatAttr("scale", 1);
  if (n.flagAttr("is_packed_batching") || scale != 1)
    return n.unsupported("is_packed_batching and scale are not supported; "
                         "they are supported as 0 and 1");
  return importRotary(n, {2, 3, 1}, /*isMicrosoft=*/true);
}

ArrayRef<OpRow> importer::rotaryRows() {
  static constexpr OpRow rows[] = {
      {"RotaryEmbedding", 23, {3, 4}, onnxRotary},
      {"RotaryEmbedding", 1, 4, microsoftRotary, "", 1, "com.microsoft"},
  };
  return rows;
}
