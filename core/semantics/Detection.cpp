// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of non_max_suppression.

#include "core/semantics/Checks.h"

using namespace glowplug;
using namespace glowplug::semantics;

llvm::Expected<Shapes> semantics::shapesOf(const NonMaxSuppression &op,
                                           const OpTypes &types) {
  const TensorType &boxes = types.operands[0];
  const TensorType &scores = types.operands[1];
  GP_CHECK(needType("scores", scores.dtype, boxes.dtype)); // C1
  if (boxes.shape.size() != 3 || scores.shape.size() != 3)
    return broken("needs boxes and scores of rank 3, but got {0} and {1}",
                  boxes.shape.size(), scores.shape.size());
  const shapes::Shape expected = {scores.shape[0], scores.shape[2], 4};
  if (boxes.shape != expected)
    return broken("needs boxes of shape {0}, but got {1}", listString(expected),
                  listString(boxes.shape));
  for (const TensorType &scalar : types.operands.drop_front(2)) // C2
    if (!scalar.shape.empty())
      return broken("needs limits of rank 0, but got {0}", scalar.shape.size());
  for (const TensorType &threshold : types.operands.drop_front(3))
    GP_CHECK(needType("a threshold", threshold.dtype, boxes.dtype));
  if (op.most > scores.shape[2]) // C3
    return broken("needs at most {0} boxes per class, but got {1}",
                  scores.shape[2], op.most);
  const std::optional<int64_t> rows =
      elementCount({scores.shape[0], scores.shape[1], op.most});
  return Shapes{rows ? shapes::MaybeShape({*rows, 3}) : std::nullopt,
                shapes::Shape()};
}
