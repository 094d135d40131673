// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C accessors of <glowplug/instr.h> and <glowplug/machine.h> read what the
// core writes.

#include "tests/unit/instr/Testing.h"

#include <glowplug/image.h>
#include <glowplug/instr.h>
#include <glowplug/machine.h>

using namespace glowplug;
using namespace glowplug::test;

namespace {

TEST(InstrAccessorsTest, ReadsMachine) {
  const std::vector<uint8_t> bytes = bytesOf(toyMachine());
  const gp_machine_machine machine = gp_machine_root(bytes.data());
  EXPECT_EQ(gp_machine_machine_container_version(machine),
            GP_MACHINE_CONTAINER_VERSION);
  EXPECT_STREQ(gp_machine_machine_name(machine), "toy");
  ASSERT_EQ(gp_machine_machine_engines_count(machine), 4u);
  const gp_machine_engine engine = gp_machine_machine_engines_at(machine, 1);
  EXPECT_STREQ(gp_machine_engine_name(engine), "matrix");
  const gp_machine_rule rule = gp_machine_engine_rules_at(engine, 0);
  EXPECT_EQ(gp_machine_rule_op(rule), gp_image_attributes_mat_mul);
  const gp_machine_port port = gp_machine_rule_operands_at(rule, 0);
  EXPECT_EQ(gp_machine_port_multiples_at(port, 1), 16);
  EXPECT_EQ(gp_machine_port_innermost(port), -1);
  EXPECT_FALSE(gp_machine_rule_rest(rule).p);
  const gp_machine_rule map =
      gp_machine_engine_rules_at(gp_machine_machine_engines_at(machine, 2), 0);
  EXPECT_EQ(gp_machine_port_spaces_count(gp_machine_rule_rest(map)), 2u);
}

TEST(InstrAccessorsTest, ReadsProgramAndKernels) {
  CopyProgram p;
  p.copyOut({p.copyIn()});
  BodyBuilder &body = p.b.addKernel();
  const ValueId x = body.input("", DType::i8, {4});
  body.output(body.map(image::ScalarOp::neg, {x}));
  const std::vector<uint8_t> bytes = p.b.finish();

  const gp_instr_program program = gp_instr_root(bytes.data());
  EXPECT_EQ(gp_instr_program_container_version(program),
            GP_INSTR_CONTAINER_VERSION);
  ASSERT_EQ(gp_instr_program_instructions_count(program), 2u);
  const gp_instr_instruction out = gp_instr_program_instructions_at(program, 1);
  EXPECT_EQ(gp_instr_instruction_engine(out), store);
  EXPECT_EQ(gp_instr_instruction_waits_at(out, 0), 0u);
  const gp_instr_copy copy = gp_instr_instruction_as_copy(out);
  EXPECT_EQ(gp_instr_view_buffer(gp_instr_copy_target(copy)), 2u);
  EXPECT_EQ(gp_instr_view_shape_at(gp_instr_copy_target(copy), 0), 64);

  const uint8_t *kernels = gp_instr_program_kernels_data(program);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(kernels) % 8, 0u);
  const gp_image_program image = gp_image_root(kernels);
  ASSERT_EQ(gp_image_program_bodies_count(image), 1u);
  const gp_image_op op =
      gp_image_body_ops_at(gp_image_program_bodies_at(image, 0), 0);
  EXPECT_EQ(gp_image_op_attributes_type(op), gp_image_attributes_map);
}

} // namespace
