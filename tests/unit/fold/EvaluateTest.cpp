// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluation of values: what is computed, what is refused and why, and what
// it costs.

#include "core/fold/Evaluate.h"
#include "core/fold/Cost.h"
#include "core/prim/Constant.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace mlir;

namespace {

class EvaluateTest : public testing::Test {
protected:
  EvaluateTest() {
    context.loadDialect<prim::PrimDialect, func::FuncDialect>();
  }

  /// Parses one function and keeps it.
  void parse(llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    function = *module->getOps<func::FuncOp>().begin();
  }
  /// What the function returns first.
  Value returned() {
    return function.getBody().front().getTerminator()->getOperand(0);
  }
  Value argument(unsigned index) { return function.getArgument(index); }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

TEST_F(EvaluateTest, RunsAChainDownToConstants) {
  parse(R"(func.func @f() -> tensor<2xi64> {
    %a = prim.constant dense<[3, 4, 5]> : tensor<3xi64>
    %b = prim.slice %a starts [2] strides [-1] : tensor<3xi64> -> tensor<2xi64>
    %c = prim.map(%b, %b) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64> {
    ^bb0(%x: i64, %y: i64):
      %z = prim.scalar mul(%x, %y) : (i64, i64) -> i64
      prim.yield %z : i64
    }
    return %c : tensor<2xi64>
  })");
  std::optional<Tensor> result = evaluateValue(returned());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->elements<int64_t>(), llvm::ArrayRef<int64_t>({25, 16}));
}

TEST_F(EvaluateTest, ReadsBooleansAndSplats) {
  parse(R"(func.func @f() -> tensor<3xf32> {
    %c = prim.constant dense<[true, false, true]> : tensor<3xi1>
    %s = prim.constant dense<2.5> : tensor<3xf32>
    %z = prim.constant dense<-1.0> : tensor<1xf32>
    %r = prim.map(%c, %s, %z) : (tensor<3xi1>, tensor<3xf32>, tensor<1xf32>)
        -> tensor<3xf32> {
    ^bb0(%a: i1, %x: f32, %y: f32):
      %q = prim.scalar select(%a, %x, %y) : (i1, f32, f32) -> f32
      prim.yield %q : f32
    }
    return %r : tensor<3xf32>
  })");
  std::optional<Tensor> result = evaluateValue(returned());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->elements<float>(),
            llvm::ArrayRef<float>({2.5f, -1.0f, 2.5f}));
}

TEST_F(EvaluateTest, RunsComposites) {
  parse(R"(func.func @f() -> tensor<2xf32> {
    %a = prim.constant dense<[3.0, 4.0]> : tensor<2xf32>
    %b = prim.composite "twice" version 1 (%a) attributes {}
        : (tensor<2xf32>) -> tensor<2xf32> {
    ^bb0(%p: tensor<2xf32>):
      %d = prim.map(%p) : (tensor<2xf32>) -> tensor<2xf32> {
      ^bb0(%x: f32):
        %s = prim.scalar add(%x, %x) : (f32, f32) -> f32
        prim.yield %s : f32
      }
      prim.yield %d : tensor<2xf32>
    }
    return %b : tensor<2xf32>
  })");
  std::optional<Tensor> result = evaluateValue(returned());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->elements<float>(), llvm::ArrayRef<float>({6, 8}));
}

TEST_F(EvaluateTest, NamesTheArgumentThatIsMissing) {
  parse(R"(func.func @f(%u: tensor<2xi64>, %v: tensor<2xi64>) -> tensor<4xi64> {
    %a = prim.constant dense<[3, 4]> : tensor<2xi64>
    %b = prim.concat %a, %v dim 0 : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
    return %b : tensor<4xi64>
  })");
  BlockArgument unbound;
  EXPECT_FALSE(evaluateValue(returned(), &unbound));
  EXPECT_EQ(unbound, argument(1));

  Evaluator evaluator;
  EXPECT_FALSE(evaluator.evaluate(returned()));
  EXPECT_EQ(evaluator.reason(), "it depends on argument 1");
  // Bound, the same question has an answer.
  evaluator.bind(cast<BlockArgument>(argument(1)),
                 Tensor::of<int64_t>({2}, {7, 8}));
  std::optional<Tensor> result = evaluator.evaluate(returned());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->elements<int64_t>(), llvm::ArrayRef<int64_t>({3, 4, 7, 8}));
  EXPECT_FALSE(evaluator.unboundArgument());
  EXPECT_EQ(evaluator.reason(), "");
}

TEST_F(EvaluateTest, RefusesWhatIsTooLarge) {
  // 4 TiB, from one number.
  parse(R"(func.func @f() -> tensor<1099511627776xf32> {
    %a = prim.constant dense<1.0> : tensor<1xf32>
    %b = prim.broadcast %a : tensor<1xf32> -> tensor<1099511627776xf32>
    return %b : tensor<1099511627776xf32>
  })");
  Evaluator evaluator;
  EXPECT_FALSE(evaluator.evaluate(returned()));
  EXPECT_TRUE(evaluator.reason().starts_with("its computation is too large"))
      << evaluator.reason().str();
  EXPECT_FALSE(evaluator.unboundArgument());
}

TEST_F(EvaluateTest, SpendsOneBudgetOverAllQuestions) {
  parse(R"(func.func @f() -> (tensor<100xf32>, tensor<100xf32>) {
    %a = prim.constant dense<1.0> : tensor<1xf32>
    %b = prim.broadcast %a : tensor<1xf32> -> tensor<100xf32>
    %c = prim.reshape %b : tensor<100xf32> -> tensor<100xf32>
    return %b, %c : tensor<100xf32>, tensor<100xf32>
  })");
  Evaluator evaluator(250);
  Block &block = function.getBody().front();
  EXPECT_TRUE(evaluator.evaluate(block.getTerminator()->getOperand(0)));
  EXPECT_FALSE(evaluator.evaluate(block.getTerminator()->getOperand(1)));
  // What was evaluated stays known.
  EXPECT_TRUE(evaluator.evaluate(block.getTerminator()->getOperand(0)));
}

TEST_F(EvaluateTest, SaysThatDataIsMissing) {
  parse(R"(func.func @f() -> tensor<100xf32> {
    %a = prim.constant dense_resource<absent> : tensor<100xf32>
    return %a : tensor<100xf32>
  })");
  Evaluator evaluator;
  EXPECT_FALSE(evaluator.evaluate(returned()));
  EXPECT_EQ(evaluator.reason(),
            "it depends on a constant whose handle has no data");
}

TEST_F(EvaluateTest, WalksLongChainsWithoutRecursion) {
  std::string text = "func.func @f() -> tensor<1xi64> {\n"
                     "%v0 = prim.constant dense<1> : tensor<1xi64>\n";
  constexpr int length = 20000;
  for (int i = 0; i < length; ++i)
    text += "%v" + std::to_string(i + 1) + " = prim.concat %v" +
            std::to_string(i) + " dim 0 : (tensor<1xi64>) -> tensor<1xi64>\n";
  text += "return %v" + std::to_string(length) + " : tensor<1xi64>\n}";
  parse(text);
  EXPECT_TRUE(evaluateValue(returned()));
}

TEST_F(EvaluateTest, CountsTheWorkOfAContraction) {
  parse(
      R"(func.func @f(%a: tensor<3x5xf32>, %b: tensor<5x7xf32>) -> tensor<3x7xf32> {
    %c = prim.matmul %a, %b : tensor<3x5xf32>, tensor<5x7xf32> -> tensor<3x7xf32>
    return %c : tensor<3x7xf32>
  })");
  EXPECT_EQ(evaluationCost(returned().getDefiningOp()), 3 * 7 * 5 + 15 + 35);
}

TEST_F(EvaluateTest, SaturatesCostsThatDoNotFit) {
  parse(
      R"(func.func @f(%a: tensor<4294967296x4294967295xf32>) -> tensor<1x1xf32> {
    %c = prim.reduce sum %a dims [0, 1] : tensor<4294967296x4294967295xf32> -> tensor<1x1xf32>
    return %c : tensor<1x1xf32>
  })");
  EXPECT_EQ(evaluationCost(returned().getDefiningOp()),
            std::numeric_limits<int64_t>::max());
}

} // namespace
