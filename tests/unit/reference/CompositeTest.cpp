// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Composites: the body is the definition.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ReduceKind;
using image::ScalarOp;

namespace {

/// A body that computes the softmax of [rows, columns] along its columns.
BodyBuilder &addSoftmax(ProgramBuilder &program, int64_t rows,
                        int64_t columns) {
  BodyBuilder &b = program.addBody();
  ValueId x = b.input("x", DType::f32, {rows, columns});
  ValueId shifted =
      b.map(ScalarOp::sub, {x, b.reduce(ReduceKind::max, x, {1})});
  ValueId exp = b.map(ScalarOp::exp, {shifted});
  b.output(b.map(ScalarOp::div, {exp, b.reduce(ReduceKind::sum, exp, {1})}));
  return b;
}

TEST(CompositeTest, RunsItsBody) {
  ProgramBuilder b("composite");
  BodyBuilder &softmax = addSoftmax(b, 2, 3);
  ValueId x = b.input("x", DType::f32, {2, 3});
  b.output(b.composite("softmax", softmax, {x}, {{"axis", {1}, {}, ""}})[0]);
  Tensor out = run(b, {Tensor::of<float>({2, 3}, {1, 1, 1, 1000, 0, 1000})})[0];
  const float third = 1.0f / 3;
  EXPECT_EQ(elementsOf<float>(out),
            (std::vector<float>{third, third, third, 0.5f, 0, 0.5f}));
}

TEST(CompositeTest, NestsAndReturnsSeveralResults) {
  ProgramBuilder b("composite");
  BodyBuilder &inner = b.addBody();
  ValueId a = inner.input("a", DType::i32, {2});
  ValueId one = inner.splat<int32_t>({2}, 1);
  inner.output(inner.map(ScalarOp::add, {a, one}));
  inner.output(a); // an input straight through
  BodyBuilder &outer = b.addBody();
  ValueId c = outer.input("c", DType::i32, {2});
  auto once = outer.composite("inner", inner, {c});
  auto twice = outer.composite("inner", inner, {once[0]});
  outer.output(twice[0]);
  outer.output(twice[1]);
  ValueId x = b.input("x", DType::i32, {2});
  for (ValueId result : b.composite("outer", outer, {x}, {}, 7))
    b.output(result);
  auto out = run(b, {Tensor::of<int32_t>({2}, {10, 20})});
  EXPECT_EQ(elementsOf<int32_t>(out[0]), (std::vector<int32_t>{12, 22}));
  EXPECT_EQ(elementsOf<int32_t>(out[1]), (std::vector<int32_t>{11, 21}));
}

} // namespace
