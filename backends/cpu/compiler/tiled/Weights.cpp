// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packing of constants, with as few copies of them as can be: they are the
// bulk of a model.

#include "backends/cpu/compiler/tiled/Weights.h"

namespace glowplug::cpu {

View packConstant(Lowering &l, const View &view, int64_t count,
                  llvm::function_ref<void(llvm::ArrayRef<float> from,
                                          llvm::MutableArrayRef<float> to)>
                      pack) {
  std::vector<uint8_t> copy;
  std::optional<llvm::ArrayRef<uint8_t>> bytes = l.constantData(view);
  if (!bytes) {
    copy = *l.constantBytes(view);
    bytes = copy;
  }
  // Constants lie at multiples of 64 bytes, as does what the heap gives.
  std::vector<uint8_t> packed(count * sizeof(float));
  pack({reinterpret_cast<const float *>(bytes->data()),
        bytes->size() / sizeof(float)},
       {reinterpret_cast<float *>(packed.data()), size_t(count)});
  return l.addSegment(gp_image_dtype_f32, {count}, std::move(packed));
}

} // namespace glowplug::cpu
