// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps share a kernel only if they would have got the same code anyway.

#include "backends/cpu/compiler/LowerProgram.h"
#include "tests/unit/backends/cpu/compiler/RandomProgram.h"
#include "tests/unit/backends/cpu/compiler/Twins.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <regex>

namespace glowplug::cpu::test {
namespace {

/// The code of a kernel and its tables, without what depends on its place in
/// the module: names of globals, numbers of attributes and metadata.
std::string codeOf(const Lowering &l, uint32_t kernel) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::Function &function =
      *l.module.getFunction("k" + std::to_string(kernel));
  function.print(stream);
  for (llvm::Instruction &instruction : llvm::instructions(function))
    for (llvm::Value *operand : instruction.operands())
      if (auto *global = llvm::dyn_cast<llvm::GlobalVariable>(operand))
        global->getInitializer()->print(stream);
  static const std::regex places("@k?[0-9]+|#[0-9]+|![0-9]+");
  return std::regex_replace(text, places, "@");
}

/// Fails unless each step of \p program has the code that it has where no
/// kernels are shared.
void expectSameCode(const Program &program, const CompileOptions &options,
                    const std::string &name) {
  const Target target = cantFail(Target::create("x86-64-v3", ""));
  CompileOptions apart = options;
  apart.shareKernels = false;
  Lowering shared(program, target, options, {});
  Lowering own(program, target, apart, {});
  lowerProgram(shared);
  lowerProgram(own);
  EXPECT_EQ(own.kernelInfos.size(), own.steps.size());
  EXPECT_EQ(shared.steps.size(), own.steps.size());
  for (size_t i = 0; i < own.steps.size(); ++i) {
    const std::string expected = codeOf(own, own.steps[i].kernel);
    const std::string got = codeOf(shared, shared.steps[i].kernel);
    if (got == expected)
      continue;
    ADD_FAILURE() << name << ", " << own.steps[i].source
                  << ": needs a kernel of its own, but got that of an op "
                     "before it";
    return;
  }
}

TEST(SharedKernelsTest, NearlyAlikeIsNotAlike) {
  for (const Twins &twins : allTwins())
    for (bool tiled : {true, false}) {
      CompileOptions options;
      options.useTiledKernels = tiled;
      expectSameCode(twins.program, options,
                     twins.name + (tiled ? " (tiled)" : " (generic)"));
    }
}

TEST(SharedKernelsTest, RandomPrograms) {
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i) {
    const Program program = randomProgram(random);
    expectSameCode(program, {}, describe(program));
  }
}

/// Equal ops do share a kernel.
TEST(SharedKernelsTest, TheSameTwiceIsOneKernel) {
  for (Twins &twins : allTwins()) {
    Program &program = twins.program;
    const std::vector<Op> ops = program.ops;
    for (Op op : ops) {
      for (ValueId &result : op.results) {
        program.values.push_back(program.values[result]);
        result = static_cast<ValueId>(program.values.size() - 1);
        program.outputs.push_back(result);
      }
      program.ops.push_back(std::move(op));
    }
    const Target target = cantFail(Target::create("x86-64-v3", ""));
    Lowering l(program, target, {}, {});
    lowerProgram(l);
    EXPECT_LE(2 * l.kernelInfos.size(), l.steps.size()) << twins.name;
  }
}

} // namespace
} // namespace glowplug::cpu::test
