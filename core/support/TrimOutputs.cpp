// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Outputs are cut to what counts.

#include "core/support/TrimOutputs.h"

using namespace glowplug;

llvm::Error glowplug::trimOutputs(std::vector<Tensor> &outputs,
                                  const OutputExtents &extents,
                                  llvm::ArrayRef<Tensor> sizes) {
  const std::vector<Tensor> held(sizes.begin(), sizes.end());
  for (size_t i = 0; i < extents.size(); ++i) {
    if (extents[i].empty())
      continue;
    llvm::SmallVector<int64_t, 4> shape(outputs[i].shape());
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      if (extents[i][dim] < 0)
        continue;
      const int64_t size =
          held[static_cast<size_t>(extents[i][dim])].elements<int64_t>()[0];
      if (size < 0 || size > shape[dim])
        return llvm::createStringError(
            "output " + llvm::Twine(i) + " has from 0 to " +
            llvm::Twine(shape[dim]) + " elements along dim " +
            llvm::Twine(dim) + ", but the run says " + llvm::Twine(size));
      shape[dim] = size;
    }
    if (llvm::Error error = outputs[i].front(shape).moveInto(outputs[i]))
      return error;
  }
  outputs.resize(extents.size());
  return llvm::Error::success();
}
