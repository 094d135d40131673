// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walking dense and strided arrays side by side.

#include "core/reference/Strided.h"

#include "core/support/Dispatch.h"

#include <algorithm>
#include <cstring>

using namespace glowplug;
using namespace glowplug::reference;

DimVector reference::rowMajorStrides(Dims shape) {
  DimVector strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<int64_t>(shape[i], 1);
  }
  return strides;
}

DimVector reference::broadcastStrides(Dims operand, Dims result) {
  DimVector strides = rowMajorStrides(operand);
  for (size_t i = 0; i < operand.size(); ++i)
    if (operand[i] == 1 && result[i] != 1)
      strides[i] = 0;
  return strides;
}

void reference::collapse(DimVector &sizes,
                         llvm::ArrayRef<DimVector *> strides) {
  size_t kept = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 1)
      continue;
    bool even = kept > 0 && llvm::all_of(strides, [&](const DimVector *s) {
                  return (*s)[kept - 1] == (*s)[i] * sizes[i];
                });
    if (even) {
      sizes[kept - 1] *= sizes[i];
      for (DimVector *s : strides)
        (*s)[kept - 1] = (*s)[i];
      continue;
    }
    sizes[kept] = sizes[i];
    for (DimVector *s : strides)
      (*s)[kept] = (*s)[i];
    ++kept;
  }
  if (kept == 0) {
    sizes.assign(1, 1);
    for (DimVector *s : strides)
      s->assign(1, 1);
    return;
  }
  sizes.resize(kept);
  for (DimVector *s : strides)
    s->resize(kept);
}

template <typename T>
static void copyRow(int64_t count, const T *source, int64_t sourceStride,
                    T *target, int64_t targetStride) {
  if (sourceStride == 1 && targetStride == 1) {
    std::memcpy(target, source, count * sizeof(T));
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    target[i * targetStride] = source[i * sourceStride];
}

void reference::copyStrided(Dims shape, unsigned elementBytes,
                            const uint8_t *source, Dims sourceStrides,
                            uint8_t *target, Dims targetStrides) {
  if (llvm::is_contained(shape, 0))
    return;
  DimVector sizes(shape);
  DimVector from(sourceStrides);
  DimVector to(targetStrides);
  collapse(sizes, {&from, &to});

  int64_t row = sizes.pop_back_val();
  int64_t fromRow = from.pop_back_val();
  int64_t toRow = to.pop_back_val();
  dispatchWidth(elementBytes, [&]<typename T>(TypeTag<T>) {
    const T *in = reinterpret_cast<const T *>(source);
    T *out = reinterpret_cast<T *>(target);
    Odometer outer(sizes);
    do
      copyRow(row, in + outer.offset(from), fromRow, out + outer.offset(to),
              toRow);
    while (outer.next());
  });
}

BroadcastReader::BroadcastReader(const uint8_t *data, unsigned elementBytes,
                                 Dims operand, Dims result)
    : data(data), elementBytes(elementBytes), dense(operand == result),
      sizes(result), strides(broadcastStrides(operand, result)) {
  collapse(sizes, {&strides});
}

const uint8_t *BroadcastReader::read(int64_t begin, int64_t count,
                                     uint8_t *buffer) const {
  if (dense)
    return data + begin * elementBytes;

  DimVector position(sizes.size());
  int64_t rest = begin;
  for (size_t i = sizes.size(); i-- > 0;) {
    position[i] = rest % sizes[i];
    rest /= sizes[i];
  }
  dispatchWidth(elementBytes, [&]<typename T>(TypeTag<T>) {
    const T *in = reinterpret_cast<const T *>(data);
    T *out = reinterpret_cast<T *>(buffer);
    const size_t last = sizes.size() - 1;
    while (count > 0) {
      int64_t run = std::min(count, sizes[last] - position[last]);
      int64_t offset = 0;
      for (size_t i = 0; i <= last; ++i)
        offset += position[i] * strides[i];
      if (strides[last] == 0)
        std::fill_n(out, run, in[offset]);
      else
        copyRow<T>(run, in + offset, strides[last], out, 1);
      out += run;
      count -= run;
      // On to the next row.
      position[last] = 0;
      for (size_t i = last; i-- > 0;) {
        if (++position[i] < sizes[i])
          break;
        position[i] = 0;
      }
    }
  });
  return buffer;
}
