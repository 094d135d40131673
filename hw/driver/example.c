/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The example of a program on bare metal. */

#include "example.h"

/* A poll is one read of a register, and what the platform's idle() takes. */
#define POLLS UINT32_C(10000000)
#define NO_OPCODE UINT64_C(0xff)
#define POISON UINT64_C(0xa5a5a5a5a5a5a5a5)
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_FACTOR UINT64_C(0x100000001b3)

struct example {
  const struct example_machine *machine;
  struct npu_device npu;
  struct npu_placed_part placed;
};

static void poison_outputs(const struct example *example) {
  const struct example_machine *machine = example->machine;
  const struct npu_program *program = &example->placed.program;
  for (size_t i = 0; i < program->write_count; ++i)
    for (uint64_t at = 0; at + 8 <= program->writes[i].bytes; at += 8)
      machine->write_memory(machine->context, program->writes[i].address + at,
                            POISON);
}

static uint64_t hash_outputs(const struct example *example) {
  const struct example_machine *machine = example->machine;
  const struct npu_program *program = &example->placed.program;
  uint64_t hash = HASH_START, word = 0;
  for (size_t i = 0; i < program->write_count; ++i)
    for (uint64_t at = 0; at < program->writes[i].bytes; ++at) {
      if (at % 8 == 0)
        word = machine->read_memory(machine->context,
                                    program->writes[i].address + at);
      hash = (hash ^ (word >> 8 * (at % 8) & 0xff)) * HASH_FACTOR;
    }
  return hash;
}

static void begin(struct example *example, struct example_run *run,
                  const char *name) {
  run->name = name;
  run->interrupts = example->npu.interrupts;
  poison_outputs(example);
}

static void end(struct example *example, struct example_run *run,
                enum npu_error error) {
  const struct example_machine *machine = example->machine;
  run->error = error;
  run->interrupts = example->npu.interrupts - run->interrupts;
  (void)npu_read_last_fault(&example->npu, &run->fault);
  (void)npu_read_counters(&example->npu, &run->counters);
  run->output_hash = hash_outputs(example);
  machine->report(machine->context, run);
}

/* Runs what is loaded to its end. */
static void run_once(struct example *example, const char *name) {
  struct example_run run;
  begin(example, &run, name);
  enum npu_error error = npu_start(&example->npu);
  if (error == NPU_OK)
    error = npu_wait(&example->npu, POLLS);
  end(example, &run, error);
}

/* A command that no queue takes is in the place of the first one. */
static void run_broken(struct example *example) {
  const struct example_machine *machine = example->machine;
  const uint64_t address = example->placed.program.commands_address;
  const uint64_t command = machine->read_memory(machine->context, address);
  machine->write_memory(machine->context, address, command | NO_OPCODE);
  run_once(example, "broken");
  machine->write_memory(machine->context, address, command);
}

/* Asks once, when the program has hardly begun, and stops it. */
static void run_stopped(struct example *example) {
  struct example_run run;
  begin(example, &run, "stopped");
  enum npu_error error = npu_start(&example->npu);
  if (error == NPU_OK)
    error = npu_wait(&example->npu, 0);
  if (error == NPU_ERROR_TIMEOUT)
    error = npu_stop(&example->npu, POLLS);
  end(example, &run, error);
}

enum npu_error example_main(const struct example_machine *machine) {
  /* Too much for the stack of a small machine. */
  static struct example example;
  example.machine = machine;
  enum npu_error error =
      npu_probe(&example.npu, &machine->platform, POLLS, NULL);
  if (error == NPU_OK)
    error =
        npu_place_part(&example.placed, machine->part, machine->part_address);
  if (error == NPU_OK)
    error = npu_load(&example.npu, &example.placed.program);
  if (error != NPU_OK)
    return error;
  machine->connect_interrupt(machine->context, &example.npu);
  run_once(&example, "first");
  run_once(&example, "second");
  run_broken(&example);
  run_once(&example, "after the fault");
  run_stopped(&example);
  run_once(&example, "after the stop");
  return NPU_OK;
}
