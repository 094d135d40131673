// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code that would write more than its buffers hold is never made.

#include "backends/cpu/compiler/codegen/CheckAccesses.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/lower/Lowering.h"
#include "backends/cpu/runtime/AccessFault.h"

#include <gtest/gtest.h>

namespace glowplug::cpu::test {
namespace {

constexpr DType f16 = gp_image_dtype_f16;
constexpr DType f32 = gp_image_dtype_f32;

struct TestKernel {
  static constexpr llvm::StringLiteral name = "test";

  void (*write)(Kernel &);

  bool operator==(const TestKernel &) const = default;
  void emit(Kernel &k) const { write(k); }
};

/// A lowering of one step with a result of 16 elements of \p type, whose kernel
/// \p write writes; what finishing it says.
std::string defectOf(DType type, void (*write)(Kernel &), int64_t stored = 16) {
  const Target target = cantFail(Target::create("x86-64", ""));
  const Program program;
  Lowering l(program, target, {}, {});
  l.beginOutput(0);
  const View result = l.allocate(type, {16});
  l.requireRoom(result, stored);
  l.addStep(TestKernel{write}, result, 1, 1);
  llvm::Error error = finishKernels(l);
  return error ? toString(std::move(error)) : "";
}

llvm::Value *registers(Kernel &k) { return k.real(f32, 1, 16); }

TEST(Accesses, StoresAreAsWideAsTheirBuffer) {
  const auto asInRegisters = [](Kernel &k) {
    k.b.CreateStore(registers(k), k.buffer(0));
  };
  const auto asInMemory = [](Kernel &k) {
    k.b.CreateStore(toMemory(k, f16, registers(k)), k.buffer(0));
  };
  EXPECT_EQ(defectOf(f32, asInRegisters), "");
  EXPECT_EQ(defectOf(f16, asInMemory), "");
  EXPECT_NE(defectOf(f16, asInRegisters)
                .find("defect of the compiler: kernel 0 (test): needs stores "
                      "of elements of 2 bytes to buffer 0"),
            std::string::npos);
  EXPECT_NE(defectOf(f32, asInMemory).find("elements of 4 bytes"),
            std::string::npos);
}

TEST(Accesses, MaskedStoresAndBooleansToo) {
  const auto masked = [](Kernel &k) {
    const Lanes lanes = k.firstLanes(16, k.index(3));
    k.b.CreateMaskedStore(registers(k), k.buffer(0), llvm::Align(4),
                          lanes.mask);
  };
  const auto bits = [](Kernel &k) {
    k.b.CreateStore(k.b.CreateFCmpOEQ(registers(k), registers(k)), k.buffer(0));
  };
  EXPECT_EQ(defectOf(f32, masked), "");
  EXPECT_NE(defectOf(f16, masked), "");
  EXPECT_NE(defectOf(gp_image_dtype_boolean, bits), "");
}

/// The address may have come a long way, but not from two buffers or nowhere.
TEST(Accesses, OriginsAreFollowed) {
  const auto through = [](Kernel &k) {
    k.loop(k.index(0), k.index(2), 1, {k.buffer(0)},
           [&](llvm::Value *, llvm::ArrayRef<llvm::Value *> at) -> Values {
             k.b.CreateStore(k.real(f32, 1, 8), at[0]);
             return {k.b.CreateFreeze(k.advance(at[0], f32, 8))};
           });
  };
  EXPECT_EQ(defectOf(f32, through), "");
  EXPECT_NE(defectOf(f16, through), "");
  const auto fromANumber = [](Kernel &k) {
    k.b.CreateStore(registers(k), k.b.CreateIntToPtr(k.begin, k.b.getPtrTy()));
  };
  EXPECT_NE(defectOf(f32, fromANumber).find("cannot tell whose memory"),
            std::string::npos);
}

TEST(Accesses, PlansDoNotStoreMoreElementsThanThereAre) {
  const auto nothing = [](Kernel &) {};
  EXPECT_EQ(defectOf(f32, nothing, 16), "");
  EXPECT_EQ(defectOf(f32, nothing, 17),
            "defect of the compiler: output 0: needs room for 17 elements, but "
            "its buffer has 16");
}

TEST(AccessFault, SaysWhatIsWrong) {
  const auto at = [](uint64_t address) {
    return reinterpret_cast<const void *>(address);
  };
  // One buffer at 1000 that holds 64 bytes from 1000 on.
  const void *table[] = {at(1000), at(1000), at(1064)};
  const auto say = [&](AccessKind kind, uint64_t first, uint64_t end) {
    AccessFault fault;
    EXPECT_FALSE(fault.happened());
    fault.report(table, AccessKind::decode(kind.encode()), first, end);
    fault.report(table, kind, 0, 0); // the first one counts
    EXPECT_TRUE(fault.happened());
    return fault.describe();
  };
  EXPECT_EQ(say({true, 0, 1, 6}, 1064, 1128),
            "stores bytes 64 to 128 of buffer 0, which holds 64 bytes");
  EXPECT_EQ(say({false, 0, 1, 0}, 996, 1000),
            "loads bytes -4 to 0 of buffer 0, which holds 64 bytes");
  EXPECT_EQ(say({false, 0, 1, 2}, 1002, 1006),
            "loads bytes 2 to 6 of buffer 0, which holds 64 bytes, at an "
            "address that is not a multiple of 4");
  EXPECT_EQ(say({true, -1, 1, 0}, 0, 4), "stores outside of its own memory");
}

} // namespace
} // namespace glowplug::cpu::test
