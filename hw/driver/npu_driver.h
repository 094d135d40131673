/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * A driver of the NPU for bare metal: C11 without a library and without an
 * operating system. It runs one program at a time, and allocates nothing.
 *
 * It knows nothing of the platform: registers are reached through functions of
 * the user, as are caches. It does not rely on coherent caches, nor on an
 * interrupt: npu_wait() polls as well.
 *
 * All functions but npu_handle_interrupt() are for one thread.
 */
#pragma once

#include "npu_accessors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What came of a call. */
enum npu_error {
  NPU_OK = 0,
  NPU_ERROR_ARGUMENT,      /**< a pointer is NULL, or a size is 0 */
  NPU_ERROR_DEVICE,        /**< the identification is not that of an NPU */
  NPU_ERROR_VERSION,       /**< its register map is of another major version */
  NPU_ERROR_CONFIGURATION, /**< the program is for an NPU of other sizes */
  NPU_ERROR_ALIGNMENT,     /**< an address is no multiple of 64 */
  NPU_ERROR_BUSY,          /**< a program runs */
  NPU_ERROR_NOTHING,       /**< no program was loaded, or none was started */
  NPU_ERROR_TIMEOUT,       /**< the bound of polls was reached */
  NPU_ERROR_STOPPED,       /**< the program was stopped */
  NPU_ERROR_FAULT          /**< the program faulted: npu_read_last_fault() */
};

/** The error in words. Never NULL; static. */
const char *npu_error_text(enum npu_error error);

/** Bytes of memory that the NPU reads or writes. */
struct npu_region {
  uint64_t address; /**< as the NPU sees it */
  uint64_t bytes;
};

/** What the platform gives. Functions get \p context first. */
struct npu_platform {
  struct npu_bus bus; /**< the registers; has a context of its own */
  void *context;      /**< owned by the caller */
  /**
   * Brings to memory what the CPU has written to \p region, and returns when
   * the NPU sees it. May be NULL where caches are coherent.
   */
  void (*clean)(void *context, const struct npu_region *region);
  /**
   * Makes the next reads of the CPU within \p region come from memory. Regions
   * may share cache lines with nothing else. May be NULL likewise.
   */
  void (*invalidate)(void *context, const struct npu_region *region);
  /**
   * Lets time pass between two polls; may sleep until an interrupt. NULL:
   * nothing.
   */
  void (*idle)(void *context);
};

#define NPU_BASES 8u
#define NPU_QUEUES 5u

/** A program in memory. Owned by the caller, unchanged until it has ended. */
struct npu_program {
  uint64_t config_hash;           /**< of the NPU that it was compiled for */
  uint64_t commands_address;      /**< a multiple of 64 */
  uint32_t commands;              /**< how many; of 64 bytes each */
  uint64_t bases[NPU_BASES];      /**< base registers: multiples of 64 */
  const struct npu_region *reads; /**< what the CPU wrote: cleaned before */
  size_t read_count;
  const struct npu_region *writes; /**< what the CPU will read: invalidated */
  size_t write_count;
};

/** What identifies an NPU. */
struct npu_identity {
  uint32_t version_major, version_minor; /**< of the register map */
  uint64_t config_hash;                  /**< of all sizes */
};

/** Why a program ended with NPU_ERROR_FAULT. */
struct npu_fault_report {
  uint32_t code;    /**< an enum npu_fault */
  uint32_t place;   /**< npu_fault_place_bank() and so on, of npu_accessors.h */
  uint32_t number;  /**< of the command, or of the base register */
  const char *text; /**< of the code; static, never NULL */
};

/** What the last program took; exact once it has ended. */
struct npu_counters {
  uint64_t cycles;
  uint64_t retired[NPU_QUEUES]; /**< commands of each queue */
  uint64_t beats_read, beats_written, bank_conflicts;
};

/** The driver's state. Owned by the caller; of the driver alone inside. */
struct npu_device {
  struct npu_platform platform;
  const struct npu_program *program; /**< loaded last; NULL: none */
  bool is_started;                   /**< and its end was not reported yet */
  volatile uint32_t events;          /**< that interrupts told of */
  volatile uint32_t interrupts;      /**< taken since npu_probe() */
};

/**
 * Takes an NPU into use: identifies it, resets it and enables its interrupts.
 * \p polls bounds the wait for the reset. \p identity may be NULL. NPU_ERROR_
 * DEVICE, _VERSION, _TIMEOUT, _ARGUMENT.
 */
enum npu_error npu_probe(struct npu_device *npu,
                         const struct npu_platform *platform, uint32_t polls,
                         struct npu_identity *identity);

/**
 * Sets the registers for \p program, which is kept by reference. Nothing is
 * written unless all is right. NPU_ERROR_CONFIGURATION, _ALIGNMENT, _BUSY,
 * _ARGUMENT.
 */
enum npu_error npu_load(struct npu_device *npu,
                        const struct npu_program *program);

/**
 * Cleans what the program reads and starts it. It may be started again after
 * its end. NPU_ERROR_NOTHING, _BUSY.
 */
enum npu_error npu_start(struct npu_device *npu);

/**
 * To be called when the NPU's interrupt is raised. The line is low again, or
 * will be without doubt, when it returns. Whether there was an event.
 */
bool npu_handle_interrupt(struct npu_device *npu);

/**
 * Waits until the program has ended, by interrupt or by polling, at most
 * \p polls times; 0 asks once. After NPU_OK the outputs are in memory, and
 * invalidated in the caches. NPU_ERROR_TIMEOUT (it still runs), _STOPPED,
 * _FAULT, _NOTHING.
 */
enum npu_error npu_wait(struct npu_device *npu, uint32_t polls);

/**
 * Stops the program: the bus is left in order. NPU_ERROR_STOPPED if it was
 * stopped; NPU_OK or _FAULT if it had ended before; _TIMEOUT after \p polls:
 * then only npu_reset() helps; _NOTHING.
 */
enum npu_error npu_stop(struct npu_device *npu, uint32_t polls);

/**
 * Resets all of the NPU, without care for the bus: only safe if the memory
 * takes that. The program has to be loaded again. NPU_ERROR_TIMEOUT.
 */
enum npu_error npu_reset(struct npu_device *npu, uint32_t polls);

/** The fault of the last program. NPU_ERROR_ARGUMENT. */
enum npu_error npu_read_last_fault(const struct npu_device *npu,
                                   struct npu_fault_report *report);

/** What the last program took. NPU_ERROR_ARGUMENT. */
enum npu_error npu_read_counters(const struct npu_device *npu,
                                 struct npu_counters *counters);

/** A bus for registers that are mapped at \p registers, an address of 4096. */
struct npu_bus npu_mapped_bus(volatile void *registers);

#ifdef __cplusplus
}
#endif
