// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// if and loop: which body runs, how often, and what comes of it.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

Tensor truth(bool value) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::boolean, {}));
  tensor.mutableBytes()[0] = value;
  return tensor;
}

TEST(ControlTest, RunsOneOfTwoBodies) {
  ProgramBuilder b("if");
  b.require("control_flow");
  BodyBuilder &negative = b.addBody();
  negative.output(
      negative.map(ScalarOp::neg, {negative.input("x", DType::f32, {2})}));
  BodyBuilder &same = b.addBody();
  same.output(same.input("x", DType::f32, {2}));
  ValueId condition = b.input("c", DType::boolean, {});
  ValueId x = b.input("x", DType::f32, {2});
  b.output(b.choice(condition, negative, same, {x})[0]);
  const Tensor values = Tensor::of<float>({2}, {1, -2});
  EXPECT_EQ(elementsOf<float>(run(b, {truth(true), values})[0]),
            (std::vector<float>{-1, 2}));
  EXPECT_EQ(elementsOf<float>(run(b, {truth(false), values})[0]),
            (std::vector<float>{1, -2}));
}

/// Adds `step` to what is carried in each iteration, for as long as the sum of
/// the first element is below 10; a row is the sum and the iteration.
class LoopTest : public ::testing::Test {
protected:
  explicit LoopTest(int64_t most = 4) : b("loop") {
    b.require("control_flow");
    BodyBuilder &body = b.addBody();
    ValueId iteration = body.input("i", DType::i64, {});
    ValueId carried = body.input("sum", DType::i64, {1});
    ValueId step = body.input("step", DType::i64, {1});
    ValueId sum = body.map(ScalarOp::add, {carried, step});
    ValueId limit = body.splat<int64_t>({1}, 10);
    body.output(body.reshape(body.map(ScalarOp::lt, {sum, limit}), {}));
    body.output(sum);
    body.output(body.concat({sum, body.reshape(iteration, {1})}, /*dim=*/0));
    trips = b.input("trips", DType::i64, {});
    condition = b.input("c", DType::boolean, {});
    ValueId first = b.input("first", DType::i64, {1});
    ValueId by = b.input("step", DType::i64, {1});
    for (ValueId result :
         b.loop(trips, condition, body, {first, by}, /*carried=*/1, most))
      b.output(result);
  }

  /// What is carried last, the rows, and the count.
  std::vector<std::vector<int64_t>> results(int64_t tripCount, bool goesOn,
                                            int64_t first, int64_t step) {
    std::vector<std::vector<int64_t>> lists;
    for (const Tensor &tensor :
         run(b, {Tensor::scalar<int64_t>(tripCount), truth(goesOn),
                 Tensor::of<int64_t>({1}, {first}),
                 Tensor::of<int64_t>({1}, {step})}))
      lists.push_back(elementsOf<int64_t>(tensor));
    return lists;
  }

  using Lists = std::vector<std::vector<int64_t>>;
  ProgramBuilder b;
  ValueId trips, condition;
};

TEST_F(LoopTest, CarriesAndStacks) {
  EXPECT_EQ(results(3, true, 1, 2),
            (Lists{{7}, {3, 0, 5, 1, 7, 2, 0, 0}, {3}}));
}

TEST_F(LoopTest, EndsWithItsCondition) {
  EXPECT_EQ(results(4, true, 5, 3),
            (Lists{{11}, {8, 0, 11, 1, 0, 0, 0, 0}, {2}}));
}

TEST_F(LoopTest, HasNoIterationWithoutAFirst) {
  const Lists none{{5}, {0, 0, 0, 0, 0, 0, 0, 0}, {0}};
  EXPECT_EQ(results(4, false, 5, 3), none);
  EXPECT_EQ(results(0, true, 5, 3), none);
  EXPECT_EQ(results(-7, true, 5, 3), none);
}

TEST_F(LoopTest, EndsAtItsMost) {
  EXPECT_EQ(results(1000, true, 0, 1),
            (Lists{{4}, {1, 0, 2, 1, 3, 2, 4, 3}, {4}}));
}

TEST(ControlTest, NestsBodies) {
  // Doubles x once per iteration in which it is below 20, else halves it.
  ProgramBuilder b("nested");
  b.require("control_flow");
  BodyBuilder &twice = b.addBody();
  ValueId a = twice.input("x", DType::f32, {});
  twice.output(twice.map(ScalarOp::add, {a, a}));
  BodyBuilder &half = b.addBody();
  ValueId c = half.input("x", DType::f32, {});
  half.output(half.map(ScalarOp::mul, {c, half.splat<float>({}, 0.5f)}));
  BodyBuilder &body = b.addBody();
  body.input("i", DType::i64, {});
  ValueId x = body.input("x", DType::f32, {});
  ValueId isSmall = body.map(ScalarOp::lt, {x, body.splat<float>({}, 20)});
  body.output(body.splat<uint8_t>({}, 1));
  body.valueAt(ValueId{body.body().outputs.back()}).dtype =
      image::DType::boolean;
  body.output(body.choice(isSmall, twice, half, {x})[0]);
  ValueId trips = b.input("trips", DType::i64, {});
  ValueId condition = b.input("c", DType::boolean, {});
  ValueId first = b.input("x", DType::f32, {});
  b.output(b.loop(trips, condition, body, {first}, 1, 100)[0]);
  auto after = [&](int64_t count) {
    return elementsOf<float>(run(b, {Tensor::scalar(count), truth(true),
                                     Tensor::scalar<float>(3)})[0])[0];
  };
  EXPECT_EQ(after(3), 24);
  EXPECT_EQ(after(4), 12);
  EXPECT_EQ(after(5), 24);
}

} // namespace
