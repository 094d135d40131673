// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// non_max_suppression: the cases of ONNX's own tests, and the edges.

#include "tests/unit/reference/Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

struct Case {
  std::vector<float> boxes, scores;
  int64_t limit = 3;
  float iouThreshold = 0.5f, scoreThreshold = 0;
  int64_t batches = 1, classes = 1, most = 0; ///< most: 0 for all
  bool center = false;
};

/// The rows that count, and after them the count itself.
std::vector<int64_t> suppress(const Case &given) {
  ProgramBuilder b("nms");
  const auto number = static_cast<int64_t>(given.scores.size()) /
                      (given.batches * given.classes);
  image::NonMaxSuppressionT op;
  op.most = given.most ? given.most : number;
  op.center = given.center;
  const std::vector<ValueId> operands = {
      b.input("boxes", DType::f32, {given.batches, number, 4}),
      b.input("scores", DType::f32, {given.batches, given.classes, number}),
      b.input("limit", DType::i64, {}), b.input("iou", DType::f32, {}),
      b.input("score", DType::f32, {})};
  const int64_t rows = given.batches * given.classes * op.most;
  const auto results =
      b.op(op, operands,
           {TensorType(DType::i64, {rows, 3}), TensorType(DType::i64, {})});
  b.output(results[0]);
  b.output(results[1]);
  const auto outputs = run(
      b,
      {Tensor::of<float>({given.batches, number, 4}, given.boxes),
       Tensor::of<float>({given.batches, given.classes, number}, given.scores),
       Tensor::of<int64_t>({}, given.limit),
       Tensor::of<float>({}, given.iouThreshold),
       Tensor::of<float>({}, given.scoreThreshold)});
  if (outputs.size() != 2)
    return {};
  const int64_t count = elementsOf<int64_t>(outputs[1])[0];
  std::vector<int64_t> result = elementsOf<int64_t>(outputs[0]);
  result.resize(3 * count);
  result.push_back(count);
  return result;
}

using Rows = std::vector<int64_t>;

const std::vector<float> sixBoxes = {0, 0,     1, 1,     0, 0.1f, 1, 1.1f,
                                     0, -0.1f, 1, 0.9f,  0, 10,   1, 11,
                                     0, 10.1f, 1, 11.1f, 0, 100,  1, 101};
const std::vector<float> sixScores = {0.9f, 0.75f, 0.6f, 0.95f, 0.5f, 0.3f};

} // namespace

TEST(NonMaxSuppressionTest, TakesAwayWhatOverlaps) {
  EXPECT_EQ(suppress({sixBoxes, sixScores}),
            (Rows{0, 0, 3, 0, 0, 0, 0, 0, 5, 3}));
}

TEST(NonMaxSuppressionTest, StopsAtItsLimits) {
  EXPECT_EQ(suppress({sixBoxes, sixScores, 2}), (Rows{0, 0, 3, 0, 0, 0, 2}));
  EXPECT_EQ(suppress({sixBoxes, sixScores, 0}), (Rows{0}));
  EXPECT_EQ(suppress({sixBoxes, sixScores, -1}), (Rows{0}));
  Case few = {sixBoxes, sixScores, 1 << 20};
  few.most = 1;
  EXPECT_EQ(suppress(few), (Rows{0, 0, 3, 1}));
}

TEST(NonMaxSuppressionTest, ScoresNeedToBeAboveTheThreshold) {
  EXPECT_EQ(suppress({sixBoxes, sixScores, 3, 0.5f, 0.4f}),
            (Rows{0, 0, 3, 0, 0, 0, 2}));
  EXPECT_EQ(suppress({sixBoxes, sixScores, 3, 0.5f, 0.9f}), (Rows{0, 0, 3, 1}));
  EXPECT_EQ(suppress({{0, 0, 1, 1}, {NAN}}), (Rows{0}));
}

TEST(NonMaxSuppressionTest, CornersMayBeFlipped) {
  std::vector<float> boxes = sixBoxes;
  for (size_t i = 0; i < boxes.size(); i += 8)
    std::swap(boxes[i], boxes[i + 2]), std::swap(boxes[i + 1], boxes[i + 3]);
  EXPECT_EQ(suppress({boxes, sixScores}), (Rows{0, 0, 3, 0, 0, 0, 0, 0, 5, 3}));
}

TEST(NonMaxSuppressionTest, BoxesMayBeGivenByTheirCenters) {
  Case given = {{0.5f, 0.5f,  1, 1, 0.5f, 0.6f,  1, 1, 0.5f, 0.4f,   1, 1,
                 0.5f, 10.5f, 1, 1, 0.5f, 10.6f, 1, 1, 0.5f, 100.5f, 1, 1},
                sixScores};
  given.center = true;
  EXPECT_EQ(suppress(given), (Rows{0, 0, 3, 0, 0, 0, 0, 0, 5, 3}));
}

TEST(NonMaxSuppressionTest, EqualBoxesLeaveTheFirst) {
  const std::vector<float> box = {0, 0, 1, 1};
  std::vector<float> boxes;
  for (int i = 0; i < 10; ++i)
    boxes.insert(boxes.end(), box.begin(), box.end());
  EXPECT_EQ(suppress({boxes, std::vector<float>(10, 0.9f)}),
            (Rows{0, 0, 0, 1}));
}

TEST(NonMaxSuppressionTest, BatchesAndClassesAreApart) {
  Case given = {sixBoxes, sixScores, 2};
  given.boxes.insert(given.boxes.end(), sixBoxes.begin(), sixBoxes.end());
  for (int i = 0; i < 3; ++i)
    given.scores.insert(given.scores.end(), sixScores.begin(), sixScores.end());
  given.batches = given.classes = 2;
  EXPECT_EQ(suppress(given), (Rows{0, 0, 3, 0, 0, 0, 0, 1, 3, 0, 1, 0, 1,
                                   0, 3, 1, 0, 0, 1, 1, 3, 1, 1, 0, 8}));
}

TEST(NonMaxSuppressionTest, BoxesWithoutAreaOverlapNone) {
  EXPECT_EQ(suppress({{0, 0, 0, 1, 0, 0, 0, 1}, {0.5f, 0.4f}, 3, 0}),
            (Rows{0, 0, 0, 0, 0, 1, 2}));
}
