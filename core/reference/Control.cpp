// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops `if` and `loop`, which run bodies.

#include "core/reference/Control.h"

#include <cstring>

using namespace glowplug;
using namespace glowplug::reference;

static bool isTrue(const Tensor &condition) {
  return condition.bytes().front() != 0;
}

/// Writes \p row as row number \p index of \p stacked.
static void store(const Tensor &row, Tensor &stacked, int64_t index) {
  const llvm::ArrayRef<uint8_t> bytes = row.bytes();
  if (!bytes.empty())
    std::memcpy(stacked.mutableBytes().data() +
                    static_cast<size_t>(index) * bytes.size(),
                bytes.data(), bytes.size());
}

static Evaluated evaluateLoop(const image::Loop &op,
                              llvm::ArrayRef<Tensor> operands,
                              llvm::ArrayRef<bool> exact,
                              llvm::ArrayRef<TensorType> results, RunBody run) {
  const size_t carried = op.carried();
  llvm::SmallVector<Tensor, 4> stacked;
  for (const TensorType &type : results.drop_front(carried).drop_back()) {
    llvm::Expected<Tensor> tensor = Tensor::zeros(type.dtype, type.shape);
    if (!tensor)
      return tensor.takeError();
    stacked.push_back(std::move(*tensor));
  }
  // The number of the iteration, what is carried, what stays the same.
  llvm::SmallVector<Tensor, 4> inputs{Tensor::scalar<int64_t>(0)};
  llvm::append_range(inputs, operands.drop_front(2));
  llvm::SmallVector<bool> exactInputs{true};
  llvm::append_range(exactInputs, exact.drop_front(2));
  // After the first iteration, what is carried was computed.
  for (size_t i = 0; i < carried; ++i)
    exactInputs[i + 1] = !isFloat(inputs[i + 1].dtype());

  const int64_t trips =
      std::min(operands[0].elements<int64_t>().front(), op.most());
  int64_t iteration = 0;
  for (bool goesOn = isTrue(operands[1]); goesOn && iteration < trips;
       ++iteration) {
    inputs[0] = Tensor::scalar(iteration);
    Evaluated outputs = run(op.body(), inputs, exactInputs);
    if (!outputs)
      return outputs.takeError();
    goesOn = isTrue((*outputs)[0]);
    for (size_t i = 0; i < carried; ++i)
      inputs[i + 1] = (*outputs)[i + 1];
    for (size_t i = 0; i < stacked.size(); ++i)
      store((*outputs)[carried + 1 + i], stacked[i], iteration);
  }

  Results answer(llvm::ArrayRef<Tensor>(inputs).slice(1, carried));
  llvm::append_range(answer, stacked);
  answer.push_back(Tensor::scalar(iteration));
  return answer;
}

Evaluated reference::evaluateControl(const image::Op &op,
                                     llvm::ArrayRef<Tensor> operands,
                                     llvm::ArrayRef<bool> exact,
                                     llvm::ArrayRef<TensorType> results,
                                     RunBody run) {
  if (const image::If *choice = op.attributes_as_If())
    return run(isTrue(operands[0]) ? choice->then_body() : choice->else_body(),
               operands.drop_front(), exact.drop_front());
  return evaluateLoop(*op.attributes_as_Loop(), operands, exact, results, run);
}
