/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The driver of the NPU for bare metal. */

#include "npu_driver.h"

#define ALIGNMENT_MASK UINT64_C(63)

const char *npu_error_text(enum npu_error error) {
  switch (error) {
  case NPU_OK:
    return "all is well";
  case NPU_ERROR_ARGUMENT:
    return "an argument is NULL, or empty";
  case NPU_ERROR_DEVICE:
    return "there is no NPU at these registers";
  case NPU_ERROR_VERSION:
    return "the NPU has another version of the register map";
  case NPU_ERROR_CONFIGURATION:
    return "the program is for an NPU of other sizes";
  case NPU_ERROR_ALIGNMENT:
    return "an address is no multiple of 64";
  case NPU_ERROR_BUSY:
    return "the NPU runs a program";
  case NPU_ERROR_NOTHING:
    return "no program was loaded, or none was started";
  case NPU_ERROR_TIMEOUT:
    return "the NPU did not answer within the bound of polls";
  case NPU_ERROR_STOPPED:
    return "the program was stopped";
  case NPU_ERROR_FAULT:
    return "the program ended with a fault";
  }
  return "an error that this driver does not know";
}

static bool is_busy(const struct npu_device *npu) {
  return npu_status_busy(npu_read_status(&npu->platform.bus)) != 0;
}

/* Waits until the NPU is idle; an interrupt tells earlier than the register. */
static enum npu_error await_idle(struct npu_device *npu, uint32_t polls) {
  while (npu->events == 0 && is_busy(npu)) {
    if (polls-- == 0)
      return NPU_ERROR_TIMEOUT;
    if (npu->platform.idle)
      npu->platform.idle(npu->platform.context);
  }
  return NPU_OK;
}

enum npu_error npu_probe(struct npu_device *npu,
                         const struct npu_platform *platform, uint32_t polls,
                         struct npu_identity *identity) {
  if (!npu || !platform || !platform->bus.read || !platform->bus.write)
    return NPU_ERROR_ARGUMENT;
  const struct npu_bus *bus = &platform->bus;
  if (npu_read_id(bus) != NPU_ID_VALUE)
    return NPU_ERROR_DEVICE;
  const uint32_t version = npu_read_version(bus);
  if (identity) {
    identity->version_major = npu_version_major(version);
    identity->version_minor = npu_version_minor(version);
    identity->config_hash = npu_read_config_hash(bus);
  }
  /* A later minor version only adds something. */
  if (npu_version_major(version) != NPU_VERSION_MAJOR_VALUE ||
      npu_version_minor(version) < NPU_VERSION_MINOR_VALUE)
    return NPU_ERROR_VERSION;
  npu->platform = *platform;
  npu->interrupts = 0;
  return npu_reset(npu, polls);
}

static enum npu_error check(const struct npu_device *npu,
                            const struct npu_program *program) {
  if (!program || (program->read_count != 0 && !program->reads) ||
      (program->write_count != 0 && !program->writes))
    return NPU_ERROR_ARGUMENT;
  uint64_t bits = program->commands_address;
  for (uint32_t i = 0; i < NPU_BASES; ++i)
    bits |= program->bases[i];
  if ((bits & ALIGNMENT_MASK) != 0)
    return NPU_ERROR_ALIGNMENT;
  if (program->config_hash != npu_read_config_hash(&npu->platform.bus))
    return NPU_ERROR_CONFIGURATION;
  return is_busy(npu) ? NPU_ERROR_BUSY : NPU_OK;
}

enum npu_error npu_load(struct npu_device *npu,
                        const struct npu_program *program) {
  const enum npu_error error = check(npu, program);
  if (error != NPU_OK)
    return error;
  const struct npu_bus *bus = &npu->platform.bus;
  for (uint32_t i = 0; i < NPU_BASES; ++i)
    npu_write_base(bus, i, program->bases[i]);
  npu_write_program(bus, program->commands_address);
  npu_write_commands(bus, program->commands);
  npu->program = program;
  npu->is_started = false;
  return NPU_OK;
}

static void invalidate_outputs(const struct npu_device *npu) {
  const struct npu_program *program = npu->program;
  if (npu->platform.invalidate)
    for (size_t i = 0; i < program->write_count; ++i)
      npu->platform.invalidate(npu->platform.context, &program->writes[i]);
}

enum npu_error npu_start(struct npu_device *npu) {
  const struct npu_program *program = npu->program;
  if (!program)
    return NPU_ERROR_NOTHING;
  if (is_busy(npu))
    return NPU_ERROR_BUSY;
  if (npu->platform.clean)
    for (size_t i = 0; i < program->read_count; ++i)
      npu->platform.clean(npu->platform.context, &program->reads[i]);
  /* Lines of the outputs that are dirty must not be written back later. */
  invalidate_outputs(npu);
  /* Of a program before, whose end was seen by polling. */
  const struct npu_bus *bus = &npu->platform.bus;
  npu_write_interrupt_pending(bus, npu_read_interrupt_pending(bus));
  npu->events = 0;
  npu->is_started = true;
  npu_write_control(bus, NPU_CONTROL_START_MASK);
  return NPU_OK;
}

bool npu_handle_interrupt(struct npu_device *npu) {
  const struct npu_bus *bus = &npu->platform.bus;
  const uint32_t pending = npu_read_interrupt_pending(bus);
  if (pending == 0)
    return false;
  npu_write_interrupt_pending(bus, pending);
  npu->events |= pending;
  ++npu->interrupts;
  /* Reading waits for the write, so the line falls before this returns. */
  (void)npu_read_interrupt_pending(bus);
  return true;
}

/* How the program has ended, which is idle. */
static enum npu_error conclude(struct npu_device *npu) {
  const uint32_t status = npu_read_status(&npu->platform.bus);
  npu->is_started = false;
  if (npu_status_fault(status))
    return NPU_ERROR_FAULT;
  if (npu_status_stopped(status))
    return NPU_ERROR_STOPPED;
  invalidate_outputs(npu);
  return NPU_OK;
}

enum npu_error npu_wait(struct npu_device *npu, uint32_t polls) {
  if (!npu->is_started)
    return NPU_ERROR_NOTHING;
  const enum npu_error error = await_idle(npu, polls);
  return error == NPU_OK ? conclude(npu) : error;
}

enum npu_error npu_stop(struct npu_device *npu, uint32_t polls) {
  if (!npu->is_started)
    return NPU_ERROR_NOTHING;
  npu_write_control(&npu->platform.bus, NPU_CONTROL_STOP_MASK);
  return npu_wait(npu, polls);
}

enum npu_error npu_reset(struct npu_device *npu, uint32_t polls) {
  const struct npu_bus *bus = &npu->platform.bus;
  npu_write_control(bus, NPU_CONTROL_RESET_MASK);
  npu->program = NULL;
  npu->is_started = false;
  npu->events = 0;
  const enum npu_error error = await_idle(npu, polls);
  if (error != NPU_OK)
    return error;
  npu_write_interrupt_enable(bus, NPU_INTERRUPT_ENABLE_DONE_MASK |
                                      NPU_INTERRUPT_ENABLE_FAULT_MASK);
  return NPU_OK;
}

enum npu_error npu_read_last_fault(const struct npu_device *npu,
                                   struct npu_fault_report *report) {
  if (!report)
    return NPU_ERROR_ARGUMENT;
  const struct npu_bus *bus = &npu->platform.bus;
  report->code = npu_fault_code(npu_read_fault(bus));
  report->place = npu_read_fault_place(bus);
  report->number = npu_read_fault_number(bus);
  report->text = npu_fault_text(report->code);
  return NPU_OK;
}

enum npu_error npu_read_counters(const struct npu_device *npu,
                                 struct npu_counters *counters) {
  if (!counters)
    return NPU_ERROR_ARGUMENT;
  const struct npu_bus *bus = &npu->platform.bus;
  counters->cycles = npu_read_cycles(bus);
  for (uint32_t i = 0; i < NPU_QUEUES; ++i)
    counters->retired[i] = npu_read_retired(bus, i);
  counters->beats_read = npu_read_beats_read(bus);
  counters->beats_written = npu_read_beats_written(bus);
  counters->bank_conflicts = npu_read_bank_conflicts(bus);
  return NPU_OK;
}

static uint32_t read_mapped(void *registers, uint32_t offset) {
  return *(volatile uint32_t *)((uintptr_t)registers + offset);
}

static void write_mapped(void *registers, uint32_t offset, uint32_t value) {
  *(volatile uint32_t *)((uintptr_t)registers + offset) = value;
}

struct npu_bus npu_mapped_bus(volatile void *registers) {
  const struct npu_bus bus = {(void *)(uintptr_t)registers, read_mapped,
                              write_mapped};
  return bus;
}
