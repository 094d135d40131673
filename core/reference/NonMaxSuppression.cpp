// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Selects the boxes that do not overlap a better one.

#include "core/reference/Call.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <algorithm>
#include <vector>

using namespace glowplug;
using namespace glowplug::reference;

namespace {

/// A box by its low and high corner, and its area.
template <typename A>
struct Box {
  A low[2], high[2];
  A area;
};

} // namespace

template <typename A, typename T>
static Box<A> readBox(const T *numbers, bool isCenter) {
  Box<A> box;
  for (int i = 0; i < 2; ++i) {
    const A first = convert<A>(numbers[i]), second = convert<A>(numbers[i + 2]);
    const A half = second / 2;
    const A a = isCenter ? first - half : first;
    const A b = isCenter ? first + half : second;
    box.low[i] = std::min(a, b);
    box.high[i] = std::max(a, b);
  }
  box.area = (box.high[0] - box.low[0]) * (box.high[1] - box.low[1]);
  return box;
}

/// Intersection over union; 0 where a box has no area.
template <typename A>
static A overlap(const Box<A> &a, const Box<A> &b) {
  if (!(a.area > 0) || !(b.area > 0))
    return 0;
  A common = 1;
  for (int i = 0; i < 2; ++i) {
    const A side =
        std::min(a.high[i], b.high[i]) - std::max(a.low[i], b.low[i]);
    if (!(side > 0))
      return 0;
    common *= side;
  }
  return common / (a.area + b.area - common);
}

/// The boxes to keep of one class, best first.
template <typename A>
static std::vector<int64_t> select(llvm::ArrayRef<Box<A>> boxes,
                                   llvm::ArrayRef<A> scores, A iouThreshold,
                                   A scoreThreshold, size_t most) {
  std::vector<int64_t> order;
  for (size_t i = 0; i < scores.size(); ++i)
    if (scores[i] > scoreThreshold)
      order.push_back(static_cast<int64_t>(i));
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  std::vector<int64_t> kept;
  for (int64_t candidate : order) {
    if (kept.size() == most)
      break;
    if (llvm::none_of(kept, [&](int64_t better) {
          return overlap(boxes[candidate], boxes[better]) > iouThreshold;
        }))
      kept.push_back(candidate);
  }
  return kept;
}

Evaluated reference::evaluate(const image::NonMaxSuppression &op,
                              const Call &call) {
  llvm::Expected<Tensor> indices = call.allocate(0);
  if (!indices)
    return indices.takeError();
  llvm::Expected<Tensor> count = call.allocate(1);
  if (!count)
    return count.takeError();
  const llvm::ArrayRef<int64_t> shape = call.operand(1).shape();
  const int64_t batches = shape[0], classes = shape[1], number = shape[2];
  const int64_t limit =
      std::clamp<int64_t>(call.operand(2).elements<int64_t>()[0], 0, op.most());
  // What is past the count is undefined; here it is -1.
  llvm::MutableArrayRef<int64_t> rows = indices->mutableElements<int64_t>();
  std::fill(rows.begin(), rows.end(), -1);
  int64_t found = 0;
  dispatch(call.operand(0).dtype(), [&]<typename T>(TypeTag<T>) {
    if constexpr (isFloat(dtypeOf<T>)) {
      using A = std::conditional_t<sizeof(T) == 8, double, float>;
      auto scalarAt = [&](unsigned operand) {
        return convert<A>(call.operand(operand).elements<T>()[0]);
      };
      const T *box = call.operand(0).elements<T>().data();
      const T *score = call.operand(1).elements<T>().data();
      std::vector<Box<A>> boxes(number);
      std::vector<A> scores(number);
      for (int64_t n = 0; n < batches; ++n) {
        for (int64_t i = 0; i < number; ++i, box += 4)
          boxes[i] = readBox<A>(box, op.center());
        for (int64_t c = 0; c < classes; ++c, score += number) {
          std::transform(score, score + number, scores.begin(), convert<A, T>);
          for (int64_t kept :
               select<A>(boxes, scores, scalarAt(3), scalarAt(4), limit)) {
            const int64_t row[] = {n, c, kept};
            std::copy_n(row, 3, rows.begin() + 3 * found++);
          }
        }
      }
    }
  });
  count->mutableElements<int64_t>()[0] = found;
  return Results{std::move(*indices), std::move(*count)};
}
