// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From text to bytes: what is written verifies, runs, and names what is wrong.

#include "core/image/instr/Writer.h"
#include "core/image/instr/Reader.h"
#include "core/prim/Prim.h"
#include "core/reference/instr/Interpreter.h"
#include "tests/unit/instr/Testing.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

/// Writes the program of \p text for toyMachine().
llvm::Expected<std::vector<uint8_t>> write(const std::string &text) {
  mlir::MLIRContext context;
  context.loadDialect<instr::InstrDialect, prim::PrimDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return llvm::createStringError("text does not parse");
  return writeInstr(*module->getOps<instr::ProgramOp>().begin(),
                    bytesOf(toyMachine()));
}

std::string replaced(std::string text, const std::string &from,
                     const std::string &to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// y = -x, on tiles.
const char negate[] = R"(instr.program "negate" {
  %x = instr.buffer "x" in "dram" offset 0 bytes 64
  %y = instr.buffer "y" in "dram" offset 64 bytes 64
  %t = instr.buffer "t" in "spad" offset 0 bytes 64
  instr.input %x : tensor<64xi8>
  instr.output %y : tensor<64xi8>
  %vx = instr.view %x offset 0 strides [1] : !instr.view<tensor<64xi8>>
  %vy = instr.view %y offset 0 strides [1] : !instr.view<tensor<64xi8>>
  %vt = instr.view %t offset 0 strides [1] : !instr.view<tensor<64xi8>>
  %low = instr.view %t offset 0 strides [1] : !instr.view<tensor<32xi8>>
  %high = instr.view %t offset 32 strides [1] : !instr.view<tensor<32xi8>>
  %in = instr.dma_start on "load" %vx to %vt : !instr.view<tensor<64xi8>>
  %a = instr.compute on "vector" (%low) to (%low) wait (%in)
      : (!instr.view<tensor<32xi8>>) to (!instr.view<tensor<32xi8>>) {
  ^bb0(%arg: tensor<32xi8>):
    %r = prim.map(%arg) : (tensor<32xi8>) -> tensor<32xi8> {
    ^bb0(%e: i8):
      %n = prim.scalar neg(%e) : (i8) -> i8
      prim.yield %n : i8
    }
    instr.yield %r : tensor<32xi8>
  }
  %b = instr.compute on "vector" (%high) to (%high) wait (%in)
      : (!instr.view<tensor<32xi8>>) to (!instr.view<tensor<32xi8>>) {
  ^bb0(%arg: tensor<32xi8>):
    %r = prim.map(%arg) : (tensor<32xi8>) -> tensor<32xi8> {
    ^bb0(%e: i8):
      %n = prim.scalar neg(%e) : (i8) -> i8
      prim.yield %n : i8
    }
    instr.yield %r : tensor<32xi8>
  }
  %out = instr.dma_start on "store" %vt to %vy wait (%b)
      : !instr.view<tensor<64xi8>>
})";

TEST(InstrWriterTest, WritesWhatRuns) {
  llvm::Expected<std::vector<uint8_t>> bytes = write(negate);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  ASSERT_EQ(instrError(*bytes, bytesOf(toyMachine())), "");
  const instr::Program &program = *instr::GetProgram(bytes->data());
  // Both computes run one kernel.
  EXPECT_EQ(program.instructions()->Get(2)->action_as_Compute()->kernel(), 0u);

  const Tensor x = randomTensor({DType::i8, {64}}, 5);
  const auto outputs = llvm::cantFail(interpretInstr(program, x));
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(outputs[0].elements<int8_t>()[i],
              static_cast<int8_t>(-x.elements<int8_t>()[i]));
}

TEST(InstrWriterTest, ReadsWhatItWrote) {
  const std::vector<uint8_t> machine = bytesOf(toyMachine());
  // With what reports need.
  const std::string text = replaced(
      replaced(
          negate, "\"negate\" {",
          "\"negate\" attributes {layers = [{bytes = 128 : i64, macs = 0 : "
          "i64, name = \"neg\"}]} {"),
      "%vt to %vy wait (%b)",
      "%vt to %vy wait (%b) {layer = 0 : i64, node = \"n\"}");
  auto bytes = write(text);
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  const std::string read = instrText(*bytes, machine);
  for (const char *part :
       {"instr.program \"negate\"", "%x = instr.buffer \"x\" in \"dram\"",
        "layers = [{bytes = 128 : i64, macs = 0 : i64, name = \"neg\"}]",
        "{layer = 0 : i64, node = \"n\"}", "prim.scalar neg"})
    EXPECT_NE(read.find(part), std::string::npos) << part << " in\n" << read;
  auto again = write(read);
  ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
  EXPECT_EQ(*again, *bytes);
}

TEST(InstrWriterTest, ReadsAProgramThatComputesNothing) {
  const std::vector<uint8_t> machine = bytesOf(toyMachine());
  CopyProgram p;
  p.copyOut({p.copyIn()});
  const std::vector<uint8_t> bytes = p.b.finish();
  ASSERT_EQ(instrError(bytes, machine), "");
  const std::string text = instrText(bytes, machine);
  EXPECT_NE(text.find("instr.dma_start"), std::string::npos) << text;
}

TEST(InstrWriterTest, ErrorsNameTheInstruction) {
  auto bytes = write(replaced(negate, "wait (%b)", ""));
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  EXPECT_EQ(instrError(*bytes, bytesOf(toyMachine())),
            "instruction 3 on 'store': race: reads byte 0 of 'spad', unordered "
            "with instruction 1 on 'vector'");
  auto engine = write(replaced(negate, "\"store\"", "\"stroe\""));
  ASSERT_FALSE(bool(engine));
  EXPECT_EQ(llvm::toString(engine.takeError()),
            "instruction 3: machine has no engine 'stroe'");
  auto space = write(replaced(negate, "\"spad\"", "\"sram\""));
  ASSERT_FALSE(bool(space));
  EXPECT_EQ(llvm::toString(space.takeError()), "machine has no space 'sram'");
}

TEST(InstrWriterTest, ForwardTokensCanDeadlock) {
  auto bytes = write(replaced(negate, "to %vt : ", "to %vt wait (%out) : "));
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  EXPECT_EQ(
      instrError(*bytes, bytesOf(toyMachine())),
      "deadlock: instruction 0 on 'load' waits for instruction 3 on "
      "'store', which waits for instruction 2 on 'vector', which is queued "
      "behind instruction 1 on 'vector', which waits for instruction 0 "
      "on 'load'");
}

} // namespace
