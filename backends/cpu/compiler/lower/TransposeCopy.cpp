// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies that turn a dim that is contiguous in the source into one that is
// not: squares of elements are transposed in registers.

#include "backends/cpu/compiler/lower/TransposeCopy.h"

#include "backends/cpu/compiler/emit/LoopNest.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// A copy of [outer..., p, q]: p is contiguous in the source, q in the target.
struct Transposition {
  static constexpr llvm::StringLiteral name = "transpose";

  DType type;
  llvm::SmallVector<int64_t, 6> outer;
  llvm::SmallVector<int64_t, 6> fromOuter, toOuter; // strides
  int64_t p, q;
  int64_t fromQ, toP; // strides; those of p and q themselves are 1
  unsigned side;      // of a square

  bool operator==(const Transposition &) const = default;
  void emit(Kernel &k) const;

private:
  void square(Kernel &k, llvm::Value *from, llvm::Value *to) const;
  void scalars(Kernel &k, llvm::Value *from, llvm::Value *to, llvm::Value *pLo,
               llvm::Value *pHi, llvm::Value *qLo) const;
};

/// The copy as a transposition; nothing if it is not one, or too small.
std::optional<Transposition> recognise(const View &from, const View &to,
                                       const TargetTraits &traits) {
  IterationSpace space;
  space.sizes.assign(to.sizes.begin(), to.sizes.end());
  space.strides.emplace_back(from.strides.begin(), from.strides.end());
  space.strides.emplace_back(to.strides.begin(), to.strides.end());
  space.simplify();
  const size_t last = space.sizes.size() - 1;
  if (space.strides[0][last] == 1 || space.strides[1][last] != 1)
    return std::nullopt;
  size_t contiguous = last;
  for (size_t d = 0; d < last; ++d)
    if (space.strides[0][d] == 1)
      contiguous = d;
  if (contiguous == last)
    return std::nullopt;

  Transposition t;
  t.type = from.type;
  t.side = traits.vectorBytes() / std::max(4u, byteSize(from.type));
  t.p = space.sizes[contiguous];
  t.q = space.sizes[last];
  if (t.p < t.side || t.q < t.side)
    return std::nullopt;
  t.fromQ = space.strides[0][last];
  t.toP = space.strides[1][contiguous];
  for (size_t d = 0; d < last; ++d)
    if (d != contiguous) {
      t.outer.push_back(space.sizes[d]);
      t.fromOuter.push_back(space.strides[0][d]);
      t.toOuter.push_back(space.strides[1][d]);
    }
  return t;
}

// Rows i and i + side/2 are interleaved to rows 2i and 2i + 1. After log2(side)
// rounds of that, rows have become columns.
void Transposition::square(Kernel &k, llvm::Value *from,
                           llvm::Value *to) const {
  llvm::Type *vector = k.widen(k.memoryType(type), side);
  const llvm::Align align(byteSize(type));
  llvm::SmallVector<int, 16> low, high;
  for (unsigned i = 0; i < side; ++i) {
    int source = static_cast<int>(i % 2 ? side : 0);
    low.push_back(source + static_cast<int>(i / 2));
    high.push_back(source + static_cast<int>(side / 2 + i / 2));
  }
  llvm::SmallVector<llvm::Value *, 16> rows;
  for (unsigned i = 0; i < side; ++i)
    rows.push_back(
        k.b.CreateAlignedLoad(vector, k.advance(from, type, i * fromQ), align));
  for (unsigned round = 1; round < side; round *= 2) {
    llvm::SmallVector<llvm::Value *, 16> next;
    for (unsigned i = 0; i < side / 2; ++i) {
      next.push_back(k.b.CreateShuffleVector(rows[i], rows[i + side / 2], low));
      next.push_back(
          k.b.CreateShuffleVector(rows[i], rows[i + side / 2], high));
    }
    rows = next;
  }
  for (unsigned i = 0; i < side; ++i)
    k.b.CreateAlignedStore(rows[i], k.advance(to, type, i * toP), align);
}

/// The elements [pLo, pHi) x [qLo, q) one by one.
void Transposition::scalars(Kernel &k, llvm::Value *from, llvm::Value *to,
                            llvm::Value *pLo, llvm::Value *pHi,
                            llvm::Value *qLo) const {
  llvm::Type *element = k.memoryType(type);
  const llvm::Align align(byteSize(type));
  k.loop(pLo, pHi, 1, [&](llvm::Value *i) {
    llvm::Value *source = k.advance(from, type, i);
    llvm::Value *target = k.advance(to, type, k.scale(i, toP));
    k.loop(qLo, k.index(q), 1, [&](llvm::Value *j) {
      k.b.CreateAlignedStore(
          k.b.CreateAlignedLoad(
              element, k.advance(source, type, k.scale(j, fromQ)), align),
          k.advance(target, type, j), align);
    });
  });
}

void Transposition::emit(Kernel &k) const {
  // A unit is a strip of `side` indices of p over the whole of q.
  llvm::SmallVector<int64_t, 6> sizes = outer;
  sizes.push_back((p + side - 1) / side);
  k.loop(k.begin, k.end, 1, [&](llvm::Value *unit) {
    Values index = splitIndex(k, unit, sizes);
    llvm::Value *from = k.buffer(0), *to = k.buffer(1);
    for (size_t d = 0; d < outer.size(); ++d) {
      from = k.advance(from, type, k.scale(index[d], fromOuter[d]));
      to = k.advance(to, type, k.scale(index[d], toOuter[d]));
    }
    llvm::Value *lo = k.scale(index.back(), side);
    llvm::Value *hi = k.b.CreateAdd(lo, k.index(side));
    const int64_t squares = q / side * side;
    auto strip = [&] {
      k.loop(k.index(0), k.index(squares), side, [&](llvm::Value *j) {
        llvm::Value *source =
            k.advance(k.advance(from, type, lo), type, k.scale(j, fromQ));
        llvm::Value *target =
            k.advance(k.advance(to, type, k.scale(lo, toP)), type, j);
        square(k, source, target);
      });
      scalars(k, from, to, lo, hi, k.index(squares));
      return Values();
    };
    if (p % side == 0) {
      strip();
      return;
    }
    k.choose(k.b.CreateICmpSLE(hi, k.index(p)), strip, [&] {
      scalars(k, from, to, lo, k.index(p), k.index(0));
      return Values();
    });
  });
}

} // namespace

bool transposeCopy(Lowering &l, const View &from, const View &to) {
  std::optional<Transposition> t = recognise(from, to, l.traits);
  if (!t)
    return false;
  const int64_t units =
      elementCount(t->outer) * ((t->p + t->side - 1) / t->side);
  l.addStep(*t, {from, to}, units, uint64_t(t->side * t->q) * 200);
  return true;
}

} // namespace glowplug::cpu
