// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inner loops of representative kernels: no spilled and no narrow vectors.

#include "tests/unit/backends/cpu/compiler/kernels/Assembly.h"
#include "backends/cpu/compiler/kernels/MatMul.h"
#include "tests/bench/cpu-kernels/Shapes.h"
#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

#include <gtest/gtest.h>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

Epilogue relu() {
  Epilogue epilogue;
  epilogue.emit = [](IRBuilder<> &builder, Value *acc,
                     const EpilogueContext &) {
    return builder.CreateMaxNum(acc, Constant::getNullValue(acc->getType()));
  };
  return epilogue;
}

/// A rescale as 8-bit layers end with.
Epilogue rescale() {
  Epilogue epilogue;
  epilogue.emit = [](IRBuilder<> &builder, Value *acc,
                     const EpilogueContext &) -> Value * {
    auto *real =
        VectorType::get(builder.getFloatTy(), cast<VectorType>(acc->getType()));
    Value *value = builder.CreateSIToFP(acc, real);
    value = builder.CreateFMul(value, ConstantFP::get(real, 0.01));
    value = builder.CreateMinNum(value, ConstantFP::get(real, 255));
    value = builder.CreateMaxNum(value, ConstantFP::get(real, 0));
    value = builder.CreateFPToSI(value, acc->getType());
    return builder.CreateTrunc(
        value,
        VectorType::get(builder.getInt8Ty(), cast<VectorType>(acc->getType())));
  };
  return epilogue;
}

void expectClean(Machine &machine, const Kernel &kernel,
                 const std::string &name) {
  const std::vector<InnerLoop> loops =
      innerLoops(kernel.assembly(), machine.target.lanes * 32);
  int multiplyAdds = 0;
  for (const InnerLoop &loop : loops) {
    EXPECT_EQ(loop.vectorSpills, 0) << name << ", loop " << loop.label;
    EXPECT_EQ(loop.narrowMultiplyAdds, 0) << name << ", loop " << loop.label;
    multiplyAdds += loop.multiplyAdds;
  }
  EXPECT_GT(multiplyAdds, 0) << name << ": no inner loop was recognised";
}

void checkConvs(Machine &machine, const std::vector<ConvLayer> &layers,
                Arithmetic arithmetic = Arithmetic::fp32) {
  const bool isInt8 = arithmetic == Arithmetic::int8;
  for (const ConvLayer &layer : layers) {
    const ConvPlan plan = planConv(
        machine.target, layer.spec,
        chooseConvKind(machine.target, layer.spec, arithmetic), arithmetic);
    Kernel kernel(machine, 3,
                  [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
                      Value *begin, Value *end) {
                    emitConv(builder, plan,
                             {buffers[0], buffers[1], buffers[2]},
                             isInt8 ? rescale() : relu(), begin, end);
                  });
    expectClean(machine, kernel, layer.name);
  }
}

void checkMatMuls(Machine &machine, const std::vector<MatMulLayer> &layers,
                  Arithmetic arithmetic = Arithmetic::fp32) {
  const bool isInt8 = arithmetic == Arithmetic::int8;
  for (const MatMulLayer &layer : layers) {
    MatMulSpec spec = layer.spec;
    spec.isLhsSigned = isInt8;
    // A computed right side is packed by a kernel of its own.
    spec.isRhsUnsigned = isInt8 && !spec.packedRhs;
    spec.packedRhs |= isInt8;
    spec.isLhsWide = isInt8 && wantsWideLhs(machine.target);
    const MatMulPlan plan = planMatMul(machine.target, spec, arithmetic);
    Kernel kernel(machine, 3,
                  [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
                      Value *begin, Value *end) {
                    emitMatMul(builder, plan,
                               {buffers[0], buffers[1], buffers[2]},
                               isInt8 ? rescale() : relu(), begin, end);
                  });
    expectClean(machine, kernel, layer.name);
  }
}

// Code is only made, not run, so a machine without the instructions will do.
TEST(AssemblyTest, ResNet50) {
  checkConvs(Machine::avx512(), resnet50Layers());
}
TEST(AssemblyTest, Vgg16) { checkConvs(Machine::avx512(), vgg16Layers()); }
TEST(AssemblyTest, MobileNetV2) {
  checkConvs(Machine::avx512(), mobilenetV2Layers());
}
TEST(AssemblyTest, Bert) { checkMatMuls(Machine::avx512(), bertBaseLayers()); }
TEST(AssemblyTest, FewRows) {
  checkMatMuls(Machine::avx512(), fullyConnectedLayers());
}
TEST(AssemblyTest, ResNet50Avx2) {
  checkConvs(Machine::avx2(), resnet50Layers());
}
TEST(AssemblyTest, BertAvx2) {
  checkMatMuls(Machine::avx2(), bertBaseLayers());
}

TEST(AssemblyTest, ResNet50Int8) {
  checkConvs(Machine::avx512(), resnet50Layers(), Arithmetic::int8);
}
TEST(AssemblyTest, GroupedInt8) {
  checkConvs(Machine::avx512(), groupedLayers(), Arithmetic::int8);
}
TEST(AssemblyTest, BertInt8) {
  checkMatMuls(Machine::avx512(), bertBaseLayers(), Arithmetic::int8);
}
TEST(AssemblyTest, BertInt8Avx2) {
  checkMatMuls(Machine::avx2(), bertBaseLayers(), Arithmetic::int8);
}
TEST(AssemblyTest, GroupedInt8Avx2) {
  checkConvs(Machine::avx2(), groupedLayers(), Arithmetic::int8);
}
TEST(AssemblyTest, ResNet50Int8Avx2) {
  checkConvs(Machine::avx2(), resnet50Layers(), Arithmetic::int8);
}

/// The reader itself finds what it looks for.
TEST(AssemblyTest, ReaderFindsFaults) {
  const char *text = R"(
.LBB0_1:
.LBB0_2:
 vmovups 64(%rsp), %zmm1 # 64-byte Reload
 vfmadd231ps %zmm0, %zmm1, %zmm2
 vfmadd231ps %ymm0, %ymm1, %ymm3
 cmpq %rax, %rbx
 jl .LBB0_2
 jne .LBB0_1
)";
  const std::vector<InnerLoop> loops = innerLoops(text, 512);
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0].multiplyAdds, 1);
  EXPECT_EQ(loops[0].narrowMultiplyAdds, 1);
  EXPECT_EQ(loops[0].vectorSpills, 1);
  EXPECT_EQ(loops[0].instructions, 5);
}

} // namespace
} // namespace glowplug::cpu::test
