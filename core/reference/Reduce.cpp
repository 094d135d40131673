// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions over whole dims.

#include "core/reference/Call.h"
#include "core/reference/Reduction.h"

using namespace glowplug;
using namespace glowplug::reference;

Evaluated reference::evaluate(const image::Reduce &op, const Call &call) {
  const Tensor &input = call.operand(0);
  llvm::Expected<Tensor> reduced = Tensor::uninitialized(
      reducedType(op.kind(), input.dtype()), call.types[0].shape);
  if (!reduced)
    return reduced.takeError();

  // Strides 0 in the reduced dims: the input's elements find their result.
  DimVector sizes(input.shape());
  DimVector from = rowMajorStrides(sizes);
  DimVector to = broadcastStrides(reduced->shape(), sizes);
  collapse(sizes, {&from, &to});
  const int64_t run = sizes.pop_back_val();
  const int64_t fromRun = from.pop_back_val();
  const int64_t toRun = to.pop_back_val();

  dispatchReduction(
      op.kind(), input.dtype(),
      [&]<typename T, typename A>(TypeTag<T>, auto combine, A identity) {
        std::vector<A> values(reduced->elementCount(), identity);
        const T *source = input.elements<T>().data();
        if (input.elementCount() != 0) {
          Odometer outer(sizes);
          do {
            const T *in = source + outer.offset(from);
            A *out = values.data() + outer.offset(to);
            for (int64_t i = 0; i < run; ++i)
              out[i * toRun] =
                  combine(out[i * toRun], convert<A>(in[i * fromRun]));
          } while (outer.next());
        }
        storeReduced<A>(values, *reduced, 0);
      });
  return finish(op.epilogue(), call, *reduced, 1);
}
