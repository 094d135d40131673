// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The net itself: what it is told to catch, it catches.

#include "core/conformance/graphs/Builder.h"
#include "tests/fuzz/Guard.h"
#include "tests/fuzz/Isolate.h"
#include "tests/fuzz/Shrink.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::fuzz;
using namespace glowplug::graphs;

namespace {

TEST(Generate, EqualSeedsGiveEqualCases) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Case a = generate(seed, {}), b = generate(seed, {});
    EXPECT_EQ(textOf(a), textOf(b));
    EXPECT_EQ(a.model.SerializeAsString(), b.model.SerializeAsString());
    ASSERT_EQ(a.inputs.size(), b.inputs.size());
    for (auto [x, y] : llvm::zip(a.inputs, b.inputs))
      EXPECT_EQ(x.bytes(), y.bytes());
  }
}

TEST(Generate, ReachesEveryOperatorTypeAndRank) {
  std::set<std::string> operators;
  std::set<DType> types;
  std::set<int64_t> ranks;
  bool hasEmpty = false, hasNegative = false;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    const Case made = generate(seed, {});
    for (const onnx::NodeProto &node : made.model.graph().node())
      operators.insert(node.op_type());
    for (const Tensor &tensor : made.inputs) {
      types.insert(tensor.dtype());
      ranks.insert(tensor.rank());
      hasEmpty |= tensor.elementCount() == 0;
      for (double value : toDoubles(tensor))
        hasNegative |= value < 0;
    }
  }
  for (const std::string &name : operatorNames())
    if (name != "QdqIsland") // it is made of others
      EXPECT_TRUE(operators.count(name)) << name;
  EXPECT_EQ(types.size(), dtypeCount - 1);
  EXPECT_EQ(ranks, (std::set<int64_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(hasEmpty);
  EXPECT_TRUE(hasNegative);
}

TEST(Generate, OnlyKeepsToTheOperatorsNamed) {
  Options options;
  options.only = {"MatMul", "Cast"};
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Case made = generate(seed, options);
    for (const onnx::NodeProto &node : made.model.graph().node())
      EXPECT_TRUE(node.op_type() == "MatMul" || node.op_type() == "Cast")
          << node.op_type();
  }
}

TEST(Guarded, SeesWritesOnBothSides) {
  for (Guarded::Side side : {Guarded::Side::end, Guarded::Side::begin}) {
    Guarded memory(100, side);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 64, 0u);
    EXPECT_EQ(memory.firstChange(), Guarded::untouched);
    memory.data()[99] = 1;
    EXPECT_EQ(memory.firstChange(), Guarded::untouched);
    memory.data()[100] = 1;
    EXPECT_EQ(memory.firstChange(), 100);
    if (side == Guarded::Side::end) {
      memory.data()[-1] = 1;
      EXPECT_EQ(memory.firstChange(), -1);
    }
  }
}

TEST(Guarded, EndsAtAPageThatNobodyMayTouch) {
  Guarded last(128, Guarded::Side::end), first(128, Guarded::Side::begin);
  EXPECT_DEATH(last.data()[128] = 1, "");
  EXPECT_DEATH(first.data()[-1] = 1, "");
  first.protect();
  EXPECT_DEATH(first.data()[0] = 1, "");
}

TEST(Isolate, TellsHowTasksEnd) {
  std::map<size_t, TaskEnd> ends;
  IsolateOptions options;
  options.jobs = 2;
  options.batch = 3;
  options.seconds = 0.5;
  runIsolated(
      8, options,
      [](size_t index) -> std::string {
        setStage("task " + std::to_string(index));
        if (index == 1)
          std::raise(SIGSEGV);
        if (index == 2) {
          (void)!write(STDERR_FILENO, "last words\n", 11);
          std::abort();
        }
        if (index == 4)
          pause();
        if (index == 5)
          std::_Exit(3);
        return "result " + std::to_string(index);
      },
      [&](size_t index, const TaskEnd &end) {
        EXPECT_TRUE(ends.try_emplace(index, end).second);
        return true;
      });
  ASSERT_EQ(ends.size(), 8u);
  for (size_t index : {0, 3, 6, 7})
    EXPECT_EQ(ends[index].result, "result " + std::to_string(index));
  EXPECT_EQ(ends[1].kind, TaskEnd::Kind::signalled);
  EXPECT_EQ(ends[1].number, SIGSEGV);
  EXPECT_EQ(ends[1].stage, "task 1");
  EXPECT_EQ(ends[2].number, SIGABRT);
  EXPECT_EQ(ends[2].stderrText, "last words\n");
  EXPECT_EQ(ends[4].kind, TaskEnd::Kind::timedOut);
  EXPECT_EQ(ends[5].kind, TaskEnd::Kind::exited);
  EXPECT_EQ(ends[5].number, 3);
}

/// Whether a graph has a node of \p op.
bool has(const Case &which, const std::string &op) {
  return llvm::any_of(which.model.graph().node(),
                      [&](const auto &node) { return node.op_type() == op; });
}

TEST(Shrink, KeepsWhatFailsAndNothingElse) {
  size_t tried = 0;
  for (uint64_t seed = 0; tried < 5 && seed < 2000; ++seed) {
    Case large = generate(seed, {});
    if (!has(large, "Relu") || large.model.graph().node_size() < 5)
      continue;
    ++tried;
    const Case small = shrink(
        large,
        [](const std::vector<Case> &made) -> std::optional<size_t> {
          for (size_t i = 0; i < made.size(); ++i)
            if (has(made[i], "Relu"))
              return i;
          return std::nullopt;
        },
        [](const Case &which) {
          // Shapes do not matter to this predicate: any value does.
          std::map<std::string, Tensor> values;
          for (const onnx::NodeProto &node : which.model.graph().node())
            for (const std::string &name : node.output())
              values[name] = Tensor::of<float>({2}, {1.0f, 2.0f});
          return std::optional(values);
        },
        20);
    EXPECT_EQ(small.model.graph().node_size(), 1) << textOf(small);
    EXPECT_TRUE(has(small, "Relu"));
    EXPECT_EQ(small.inputs.size(),
              static_cast<size_t>(small.model.graph().input_size()));
  }
  EXPECT_EQ(tried, 5u);
}

} // namespace
