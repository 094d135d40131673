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

struct ReduceKernel {
  static constexpr llvm::StringLiteral name = "reduce";

  ReduceKind kind;
  DType type, run;
  IterationSpace reduced; // of the input alone
  unsigned lanes = 1;     // along the kept row, or along the reduced dims
  bool isAlong = false;   // the latter
  Region epilogue;
  LoopNest nest; // over the kept dims: input, extras, output

  bool operator==(const ReduceKernel &) const = default;
  void emit(Kernel &k) const;

private:
  unsigned rowLanes() const { return isAlong ? 1 : lanes; }

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
  void emitLanes(Kernel &k, llvm::ArrayRef<llvm::Value *> pointers,
                 llvm::Value *x, Lanes at) const;
};

llvm::Value *ReduceKernel::along(Kernel &k, llvm::Value *pointer) const {
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

/// The results at \p x of a row.
void ReduceKernel::emitLanes(Kernel &k, llvm::ArrayRef<llvm::Value *> pointers,
                             llvm::Value *x, Lanes at) const {
  const size_t last = nest.operands() - 1;
  auto place = [&](size_t i) {
    return k.advance(pointers[i], nest.type(i), k.scale(x, nest.rowStride(i)));
  };
  llvm::Value *input = place(0);
  llvm::Value *sum =
      isAlong ? along(k, input) : across(k, input, nest.rowStride(0), at);
  const Values extras = loadExtras(k, nest, 1, pointers, x, at);
  llvm::Value *result =
      applyEpilogue(k, epilogue, run, sum, extras, nest.type(last), at);
  storeElements(k, nest.type(last), result, place(last), nest.rowStride(last),
                at);
}

void ReduceKernel::emit(Kernel &k) const {
  bool mayMask = true;
  for (size_t i = 0; i < nest.operands(); ++i)
    mayMask &= nest.rowStride(i) == 0 || nest.rowStride(i) == 1;
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *>, RowRange range) {
    vectorLoop(k, range, rowLanes(), mayMask, [&](llvm::Value *x, Lanes at) {
      emitLanes(k, pointers, x, at);
    });
  });
}

/// The dims of \p input that are kept, as walked by all \p buffers, and those
/// that are reduced, as walked by the input alone.
struct Dims {
  IterationSpace kept, reduced;

  Dims(const ReduceOp &reduce, llvm::ArrayRef<View> buffers) {
    const View &input = buffers.front(), &output = buffers.back();
    kept.sizes.assign(output.sizes.begin(), output.sizes.end());
    auto &inputStrides = kept.strides.emplace_back();
    reduced.strides.emplace_back();
    for (size_t d = 0; d < input.sizes.size(); ++d) {
      const bool isReduced = llvm::is_contained(reduce.dims, int64_t(d));
      inputStrides.push_back(isReduced ? 0 : input.strides[d]);
      if (isReduced) {
        reduced.sizes.push_back(input.sizes[d]);
        reduced.strides[0].push_back(input.strides[d]);
      }
    }
    for (const View &buffer : buffers.drop_front())
      kept.strides.emplace_back(buffer.strides.begin(), buffer.strides.end());
    kept.simplify();
    reduced.simplify();
  }
};

} // namespace

void lowerReduce(Lowering &l, const Op &op, const ReduceOp &reduce) {
  View input = l.view(op.operands[0]);
  if (input.innerStride() != 0 && input.innerStride() != 1)
    input = l.dense(op.operands[0]);
  const View output = l.allocate(op.results[0]);
  std::vector<View> buffers{input};
  for (View &extra : epilogueExtras(l, op, 1))
    buffers.push_back(std::move(extra));
  buffers.push_back(output);
  std::vector<DType> types;
  for (const View &buffer : buffers)
    types.push_back(buffer.type);

  const Dims dims(reduce, buffers);
  const DType run = runType(reduce.kind, input.type);
  const unsigned full =
      std::max(1u, l.traits.vectorBytes() /
                       std::max(computeSize(run), computeSize(input.type)));
  const bool isAlong = dims.reduced.strides[0].back() == 1 &&
                       dims.reduced.sizes.back() >= int64_t(full) && full > 1;
  const bool isAcross = !isAlong && dims.kept.strides[0].back() == 1;
  const unsigned lanes = isAlong || isAcross ? full : 1;
  const int64_t count = std::max<int64_t>(1, dims.reduced.elements());
  const LoopNest nest(dims.kept, types, isAlong ? 1 : lanes,
                      std::max<int64_t>(1, 8192 / count));
  const ReduceKernel kernel{reduce.kind,     input.type, run,
                            dims.reduced,    lanes,      isAlong,
                            reduce.epilogue, nest};
  l.addStep(kernel, buffers, nest.units(),
            nest.elementsPerUnit() *
                (factsOf(reduce.epilogue).costPs + 100 * uint64_t(count)));
}

} // namespace glowplug::cpu
