// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions over some dims. Vectors run along the kept dims where those are
// contiguous, else along the reduced ones.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Ops.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Independent partial results of a reduction along a contiguous dim: they
/// hide the latency of an addition, and shorten the chain of roundings.
constexpr unsigned partials = 4;

/// Everything the kernel depends on.
struct Reduction {
  ReduceKind kind;
  DType type, run;
  IterationSpace reduced; // of the input alone
  unsigned lanes = 1;     // along the kept row, or along the reduced dims
  bool isAlong = false;   // the latter

  llvm::Value *load(Kernel &k, llvm::Value *pointer, int64_t stride,
                    Lanes at) const {
    return castElement(k, type, run,
                       loadElements(k, type, pointer, stride, at));
  }

  /// Loops over the reduced dims but the last \p spare ones.
  Values
  loops(Kernel &k, size_t dim, size_t spare, llvm::Value *pointer,
        llvm::ArrayRef<llvm::Value *> carried,
        llvm::function_ref<Values(llvm::Value *, llvm::ArrayRef<llvm::Value *>)>
            body) const {
    if (dim + spare == reduced.sizes.size())
      return body(pointer, carried);
    return k.loop(k.index(0), k.index(reduced.sizes[dim]), 1, carried,
                  [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> now) {
                    return loops(k, dim + 1, spare,
                                 k.advance(pointer, type,
                                           k.scale(i, reduced.strides[0][dim])),
                                 now, body);
                  });
  }

  llvm::Value *across(Kernel &k, llvm::Value *pointer, int64_t stride,
                      Lanes at) const {
    return loops(k, 0, 0, pointer, {identityOf(k, kind, run, at.count)},
                 [&](llvm::Value *here, llvm::ArrayRef<llvm::Value *> now) {
                   return Values{combine(k, kind, run, now[0],
                                         load(k, here, stride, at))};
                 })[0];
  }

  llvm::Value *along(Kernel &k, llvm::Value *pointer) const;
};

llvm::Value *Reduction::along(Kernel &k, llvm::Value *pointer) const {
  const int64_t size = reduced.sizes.back();
  // Fixed sizes: whole groups of vectors, whole vectors, the rest.
  const int64_t group = int64_t(partials) * lanes;
  const int64_t groups = size / group * group;
  const int64_t vectors = size / lanes * lanes;
  Values initial(partials, identityOf(k, kind, run, lanes));
  initial.push_back(identityOf(k, kind, run, 1));
  Values sums = loops(
      k, 0, 1, pointer, initial,
      [&](llvm::Value *row, llvm::ArrayRef<llvm::Value *> before) {
        auto step = [&](llvm::Value *sum, llvm::Value *i, int64_t offset,
                        Lanes at) {
          llvm::Value *here = k.advance(k.advance(row, type, i), type, offset);
          return combine(k, kind, run, sum, load(k, here, 1, at));
        };
        Values now =
            k.loop(k.index(0), k.index(groups), group, before,
                   [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> sum) {
                     Values next(sum.begin(), sum.end());
                     for (unsigned p = 0; p < partials; ++p)
                       next[p] = step(sum[p], i, int64_t(p) * lanes, {lanes});
                     return next;
                   });
        now[0] = k.loop(k.index(groups), k.index(vectors), lanes, {now[0]},
                        [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> sum) {
                          return Values{step(sum[0], i, 0, {lanes})};
                        })[0];
        now.back() =
            k.loop(k.index(vectors), k.index(size), 1, {now.back()},
                   [&](llvm::Value *i, llvm::ArrayRef<llvm::Value *> sum) {
                     return Values{step(sum[0], i, 0, {1})};
                   })[0];
        return now;
      });
  llvm::Value *sum =
      combine(k, kind, run, combine(k, kind, run, sums[0], sums[1]),
              combine(k, kind, run, sums[2], sums[3]));
  return combine(k, kind, run, combineLanes(k, kind, run, sum), sums.back());
}

} // namespace

void lowerReduce(Lowering &l, const Op &op, const ReduceOp &reduce) {
  View input = l.view(op.operands[0]);
  if (input.innerStride() != 0 && input.innerStride() != 1)
    input = l.dense(op.operands[0]);
  View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 1);

  Reduction r{reduce.kind, input.type, runType(reduce.kind, input.type), {}};
  IterationSpace kept;
  kept.sizes.assign(output.sizes.begin(), output.sizes.end());
  auto &inputStrides = kept.strides.emplace_back();
  r.reduced.strides.emplace_back();
  for (size_t d = 0; d < input.sizes.size(); ++d) {
    bool isReduced = llvm::is_contained(reduce.dims, int64_t(d));
    inputStrides.push_back(isReduced ? 0 : input.strides[d]);
    if (isReduced) {
      r.reduced.sizes.push_back(input.sizes[d]);
      r.reduced.strides[0].push_back(input.strides[d]);
    }
  }
  for (const View &extra : extras)
    kept.strides.emplace_back(extra.strides.begin(), extra.strides.end());
  kept.strides.emplace_back(output.strides.begin(), output.strides.end());
  kept.simplify();
  r.reduced.simplify();

  const TargetTraits &traits = l.traits;
  const unsigned full =
      std::max(1u, traits.vectorBytes() /
                       std::max(computeSize(r.run), computeSize(r.type)));
  r.isAlong = r.reduced.strides[0].back() == 1 &&
              r.reduced.sizes.back() >= int64_t(full) && full > 1;
  const bool isAcross = !r.isAlong && kept.strides[0].back() == 1;
  r.lanes = r.isAlong || isAcross ? full : 1;
  const unsigned rowLanes = r.isAlong ? 1 : r.lanes;

  std::vector<View> buffers{input};
  buffers.insert(buffers.end(), extras.begin(), extras.end());
  buffers.push_back(output);
  std::vector<DType> types;
  for (const View &buffer : buffers)
    types.push_back(buffer.type);
  const int64_t reducedCount = std::max<int64_t>(1, r.reduced.elements());
  LoopNest nest(kept, types, rowLanes,
                std::max<int64_t>(1, 8192 / reducedCount));
  Key key("reduce");
  key << int64_t(r.kind) << r.isAlong << int64_t(r.lanes)
      << llvm::ArrayRef(r.reduced.sizes) << llvm::ArrayRef(r.reduced.strides[0])
      << llvm::ArrayRef(kept.sizes) << reduce.epilogue;
  for (size_t i = 0; i < buffers.size(); ++i)
    key << int64_t(types[i]) << llvm::ArrayRef(kept.strides[i]);

  const uint64_t cost =
      nest.elementsPerUnit() *
      (factsOf(reduce.epilogue).costPs + 100 * uint64_t(reducedCount));
  l.addStep(key, buffers, nest.units(), cost, [&](Kernel &k) {
    const size_t last = buffers.size() - 1;
    nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                     llvm::ArrayRef<llvm::Value *>, RowRange range) {
      bool mayMask = true;
      for (size_t i = 0; i <= last; ++i)
        mayMask &= nest.rowStride(i) == 0 || nest.rowStride(i) == 1;
      vectorLoop(k, range, rowLanes, mayMask, [&](llvm::Value *x, Lanes at) {
        auto place = [&](size_t i) {
          return k.advance(pointers[i], types[i],
                           k.scale(x, nest.rowStride(i)));
        };
        llvm::Value *sum = r.isAlong
                               ? r.along(k, place(0))
                               : r.across(k, place(0), nest.rowStride(0), at);
        Values more;
        for (size_t i = 1; i < last; ++i)
          more.push_back(
              loadElements(k, types[i], place(i), nest.rowStride(i), at));
        storeElements(k, types[last],
                      applyEpilogue(k, reduce.epilogue, r.run, sum, more,
                                    types[last], at),
                      place(last), nest.rowStride(last), at);
      });
    });
  });
}

} // namespace glowplug::cpu
