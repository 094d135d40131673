// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tests of the search for the wrong op, and of making cases smaller.

#include "tests/unit/locate/Testing.h"

#include "core/locate/Reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

constexpr size_t opCount = 20;

/// A chain of maps y = x + 1, named op0, op1, ...
PartImage chain() {
  ProgramBuilder b("chain");
  ValueId value = b.input("x", DType::f32, {4, 3});
  for (size_t i = 0; i < opCount; ++i) {
    b.setLocation("op" + std::to_string(i));
    value = b.map(image::ScalarOp::add, {value, b.splat<float>({1, 1}, 1)});
  }
  b.output(value);
  return partOf(b);
}

/// The number of op \p index of chain() among those that compute.
class SearchTest : public ::testing::Test {
protected:
  std::unique_ptr<Search> search() {
    return llvm::cantFail(
        Search::create(backend, part, Tensor::of<float>({4, 3}, input), 1));
  }
  std::string nameOf(uint32_t op) const { return Cutter(part).nameOf(op); }
  static void spoilAll(llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs) {
    for (llvm::MutableArrayRef<uint8_t> output : outputs)
      reinterpret_cast<float *>(output.data())[7] = NAN;
  }

  const std::vector<float> input = std::vector<float>(12, 1.5F);
  const PartImage part = chain();
  WrongBackend backend;
};

TEST_F(SearchTest, FindsTheOneWrongOpInFewSteps) {
  for (size_t wrong : {size_t{0}, size_t{1}, size_t{11}, opCount - 1}) {
    const std::string name = "op" + std::to_string(wrong);
    backend.spoil = [&](const image::Body &body, auto outputs) {
      if (countOf(body, name) != 0)
        spoilAll(outputs);
    };
    auto searched = search();
    std::vector<uint32_t> ops;
    const std::optional<Case> found = llvm::cantFail(searched->bisect(ops));
    ASSERT_TRUE(found);
    ASSERT_EQ(ops.size(), 1U);
    EXPECT_EQ(nameOf(ops[0]), name);
    const OutputComparison &output = found->judgement.comparison.outputs[0];
    EXPECT_EQ(output.first.index, (std::vector<int64_t>{2, 1}));
    EXPECT_EQ(output.first.got, "nan");
    EXPECT_EQ(output.nanForNumber, 1U);
    // On inputs of its own: 1 more than those before it.
    EXPECT_EQ(output.first.want, std::to_string(wrong + 2) + ".5");
    EXPECT_LE(searched->judged(), 8U);
  }
}

TEST_F(SearchTest, FindsTheShortestRunThatIsWrong) {
  for (size_t length : {size_t{2}, size_t{5}, size_t{13}}) {
    const std::string last = "op15";
    const std::string first = "op" + std::to_string(16 - length);
    backend.spoil = [&](const image::Body &body, auto outputs) {
      if (countOf(body, first) != 0 && countOf(body, last) != 0)
        spoilAll(outputs);
    };
    std::vector<uint32_t> ops;
    ASSERT_TRUE(llvm::cantFail(search()->bisect(ops)));
    ASSERT_EQ(ops.size(), length);
    EXPECT_EQ(nameOf(ops.front()), first);
    EXPECT_EQ(nameOf(ops.back()), last);
  }
}

TEST_F(SearchTest, AnErrorOfTheBackendIsWrong) {
  backend.fail = [](const image::Body &body) {
    return countOf(body, "op6") != 0 ? "boom" : "";
  };
  std::vector<uint32_t> ops;
  const std::optional<Case> found = llvm::cantFail(search()->bisect(ops));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->judgement.verdict, Judgement::Verdict::failed);
  EXPECT_EQ(found->judgement.message, "wrong: boom");
  EXPECT_EQ(nameOf(ops[0]), "op6");
}

TEST_F(SearchTest, ARefusedCutIsNotWrong) {
  backend.spoil = [](const image::Body &body, auto outputs) {
    if (countOf(body, "op9") != 0)
      spoilAll(outputs);
  };
  backend.refuse = [](const image::Body &body) {
    return countOf(body, "op9") != 0 && countOf(body, "op8") == 0 ? "alone"
                                                                  : "";
  };
  std::vector<uint32_t> ops;
  ASSERT_TRUE(llvm::cantFail(search()->bisect(ops)));
  ASSERT_EQ(ops.size(), 2U);
  EXPECT_EQ(nameOf(ops[0]), "op8");
}

TEST_F(SearchTest, NothingIsFoundWhereAllIsRight) {
  std::vector<uint32_t> ops;
  EXPECT_FALSE(llvm::cantFail(search()->bisect(ops)));
  EXPECT_FALSE(llvm::cantFail(search()->scan(ops)));
  EXPECT_TRUE(ops.empty());
}

TEST_F(SearchTest, ScanFindsAnOpWhoseErrorIsMaskedLater) {
  backend.spoil = [](const image::Body &body, auto outputs) {
    if (body.ops()->size() == 2 && countOf(body, "op4") != 0)
      spoilAll(outputs);
  };
  std::vector<uint32_t> ops;
  auto searched = search();
  EXPECT_FALSE(llvm::cantFail(searched->bisect(ops)));
  ASSERT_TRUE(llvm::cantFail(searched->scan(ops)));
  EXPECT_EQ(nameOf(ops[0]), "op4");
}

TEST_F(SearchTest, OutputsThatAreNotWrittenAreWrong) {
  ProgramBuilder b("integers");
  b.output(b.map(image::ScalarOp::neg, b.input("x", DType::i8, {3})));
  backend.spoil = [](const image::Body &, auto outputs) {
    std::fill(outputs[0].begin(), outputs[0].end(), 0xff); // as it was before
  };
  const Judgement judgement = llvm::cantFail(judge(
      backend, partOf(b), Tensor::of<int8_t>({3}, {0, 1, 2}), /*threads=*/1));
  EXPECT_EQ(judgement.verdict, Judgement::Verdict::wrong);
  EXPECT_EQ(judgement.comparison.outputs[0].mismatches, 2U);
}

TEST_F(SearchTest, ReduceLeavesOutWhatIsNotNeeded) {
  backend.spoil = [](const image::Body &body, auto outputs) {
    if (countOf(body, "op3") != 0 && countOf(body, "op12") != 0)
      spoilAll(outputs);
  };
  std::vector<uint32_t> ops;
  std::optional<Case> found = llvm::cantFail(search()->bisect(ops));
  ASSERT_EQ(ops.size(), 10U);
  const ReducedCase reduced =
      llvm::cantFail(reduce(backend, std::move(*found), 1));
  EXPECT_EQ(reduced.ops, 2U);
  EXPECT_EQ(reduced.wrong.judgement.verdict, Judgement::Verdict::wrong);
}

TEST_F(SearchTest, ReduceTakesTheEntriesThatAreWrong) {
  backend.spoil = [](const image::Body &body, auto outputs) {
    // The third row, which holds the inputs 6 to 8, as long as it is there.
    const auto floats = llvm::MutableArrayRef(
        reinterpret_cast<float *>(outputs[0].data()), outputs[0].size() / 4);
    for (float &x : floats)
      x += x == 8 ? 1 : 0;
  };
  std::vector<float> numbers(12);
  std::iota(numbers.begin(), numbers.end(), 0.F);
  auto searched = llvm::cantFail(
      Search::create(backend, part, Tensor::of<float>({4, 3}, numbers), 1));
  std::vector<uint32_t> ops;
  std::optional<Case> found = llvm::cantFail(searched->scan(ops));
  ASSERT_TRUE(found);
  const ReducedCase reduced =
      llvm::cantFail(reduce(backend, std::move(*found), 1));
  ASSERT_EQ(reduced.wrong.inputs.size(), 1U);
  EXPECT_EQ(reduced.wrong.inputs[0].elementCount(), 1);
  EXPECT_EQ(reduced.wrong.inputs[0].elements<float>()[0], 7);
}

TEST(Reduce, MakesConvolutionsSmaller) {
  ProgramBuilder b("conv");
  ConvOptions options;
  options.padsLow = options.padsHigh = {1, 1};
  options.strides = {2, 1};
  b.output(b.conv(b.input("x", DType::i8, {4, 2, 16, 9}),
                  b.splat<int8_t>({3, 2, 3, 3}, 1), options));
  const PartImage part = partOf(b);
  const Tensor input = llvm::cantFail(Tensor::zeros(DType::i8, {4, 2, 16, 9}));
  WrongBackend backend;
  backend.spoil = [](const image::Body &, auto outputs) { outputs[0][0] ^= 1; };
  Case wrong = {part, {input}, llvm::cantFail(judge(backend, part, input, 1))};
  const ReducedCase reduced =
      llvm::cantFail(reduce(backend, std::move(wrong), 1));
  EXPECT_EQ(reduced.wrong.inputs[0].shape().vec(),
            (std::vector<int64_t>{1, 2, 1, 1}));
}

TEST(Reduce, TakesTheEpilogueAwayWhereItIsNotNeeded) {
  ProgramBuilder b("epilogue");
  const ValueId x = b.input("x", DType::i8, {2, 2});
  RegionBuilder region({DType::i32, DType::i32});
  region.yield(region.add(region.parameter(0), region.parameter(1)));
  MatMulOptions options;
  options.epilogue = {region, {b.splat<int32_t>({1, 1}, 7)}};
  b.output(b.matmul(x, x, options));
  const PartImage part = partOf(b);
  const Tensor input = Tensor::of<int8_t>({2, 2}, {1, 2, 3, 4});
  for (bool isEpilogueWrong : {false, true}) {
    WrongBackend backend;
    backend.spoil = [&](const image::Body &body, auto outputs) {
      const image::Op &op = *body.ops()->Get(body.ops()->size() - 1);
      if (!isEpilogueWrong || op.attributes_as_MatMul()->epilogue())
        outputs[0][0] ^= 1;
    };
    Case wrong = {
        part, {input}, llvm::cantFail(judge(backend, part, input, 1))};
    const ReducedCase reduced =
        llvm::cantFail(reduce(backend, std::move(wrong), 1));
    const image::Body &body =
        *image::GetProgram(reduced.wrong.program.image.data())->body();
    EXPECT_EQ(body.ops()->size(), isEpilogueWrong ? 2U : 1U);
    EXPECT_EQ(reduced.wrong.inputs.size(), 1U);
  }
}

} // namespace
