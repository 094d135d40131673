// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise work: map, and the epilogues of other ops.

#include "core/reference/Call.h"
#include "core/reference/Parallel.h"
#include "core/reference/Region.h"

using namespace glowplug;
using namespace glowplug::reference;

/// Below this many elements a thread costs more than it saves.
static constexpr int64_t elementsPerThread = 32768;

/// Applies \p region to \p operands, broadcast to the shape of the results of
/// \p call.
static Evaluated apply(const image::Region &region, const Call &call,
                       llvm::ArrayRef<Tensor> operands) {
  Results results;
  for (unsigned i = 0; i < call.types.size(); ++i) {
    llvm::Expected<Tensor> result = call.allocate(i);
    if (!result)
      return result.takeError();
    results.push_back(std::move(*result));
  }

  std::vector<BroadcastReader> readers;
  for (const Tensor &operand : operands)
    readers.emplace_back(operand.bytes().data(), dtypeBytes(operand.dtype()),
                         operand.shape(), results[0].shape());
  const CompiledRegion compiled(region, call.precision);
  constexpr int64_t blockSize = CompiledRegion::blockSize;

  auto run = [&](int64_t firstBlock, int64_t lastBlock) {
    CompiledRegion::Frame frame(compiled);
    std::vector<uint64_t> buffers(readers.size() * blockSize);
    llvm::SmallVector<const uint8_t *, 8> parameters(readers.size());
    llvm::SmallVector<uint8_t *, 2> outputs(results.size());
    for (int64_t block = firstBlock; block < lastBlock; ++block) {
      const int64_t begin = block * blockSize;
      const int64_t count =
          std::min(blockSize, results[0].elementCount() - begin);
      for (size_t i = 0; i < readers.size(); ++i)
        parameters[i] = readers[i].read(
            begin, count, reinterpret_cast<uint8_t *>(&buffers[i * blockSize]));
      for (size_t i = 0; i < results.size(); ++i)
        outputs[i] = results[i].mutableBytes().data() +
                     begin * dtypeBytes(results[i].dtype());
      compiled.run(frame, parameters, outputs, count);
    }
  };
  parallelFor(call.threads,
              (results[0].elementCount() + blockSize - 1) / blockSize,
              elementsPerThread / blockSize, run);
  return results;
}

Evaluated reference::evaluate(const image::Map &op, const Call &call) {
  return apply(*op.region(), call, call.operands);
}

Evaluated reference::finish(const image::Region *epilogue, const Call &call,
                            const Tensor &accumulated, unsigned firstExtra) {
  if (!epilogue) {
    llvm::Expected<Tensor> result =
        castTensor(accumulated, call.types[0].dtype);
    if (!result)
      return result.takeError();
    return Results{std::move(*result)};
  }
  llvm::SmallVector<Tensor, 4> operands = {accumulated};
  llvm::append_range(operands, call.operands.drop_front(firstExtra));
  return apply(*epilogue, call, operands);
}

llvm::Expected<Tensor> reference::castTensor(const Tensor &tensor, DType type) {
  if (tensor.dtype() == type)
    return tensor;
  llvm::Expected<Tensor> result = Tensor::uninitialized(type, tensor.shape());
  if (!result)
    return result;
  const uint8_t *from = tensor.bytes().data();
  castLoop(type, tensor.dtype())(&from, result->mutableBytes().data(),
                                 tensor.elementCount());
  return result;
}
