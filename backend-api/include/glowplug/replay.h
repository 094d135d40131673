/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The optional group "replay": a run as bare hardware sees it. It tells what a
 * testbench has to put into memory and registers, which commands it gives, and
 * where the outputs then lie, so that RTL or silicon can be judged without a
 * host, a driver or this SDK (`glowplug conformance export-rtl`).
 *
 * The rules of backend.h hold. The group is not part of its version: it may
 * still change, under another version of its own.
 */
#ifndef GLOWPLUG_REPLAY_H
#define GLOWPLUG_REPLAY_H

#include <glowplug/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Id and version of gp_replay_group. */
#define GP_GROUP_REPLAY "replay"
#define GP_GROUP_REPLAY_VERSION 1u

/** No address: commands come through a port of the device. */
#define GP_NO_ADDRESS UINT64_MAX

/** The memory that the device has, and the form of its commands. */
typedef struct gp_replay_machine {
  size_t struct_size;
  uint64_t memory_bytes;  /**< Addresses go from 0 up to here. A multiple of 16,
                               at most 2^32. */
  uint64_t command_bytes; /**< Of one command, from 1 to 4096. */
  /** Where the device reads its commands from, or GP_NO_ADDRESS. */
  uint64_t commands_address;
} gp_replay_machine;

/** Bytes that lie in memory before the run: constants, inputs, descriptors. */
typedef struct gp_replay_segment {
  size_t struct_size;
  const char *name; /**< For people: "constants". */
  uint64_t address; /**< In bytes. Segments and outputs do not overlap. */
  gp_bytes bytes;   /**< [in] */
} gp_replay_segment;

/** A register to be written before the first command, in the order given. */
typedef struct gp_replay_register {
  size_t struct_size;
  const char *name; /**< For people. */
  uint32_t number;  /**< As the device counts its registers. */
  uint64_t value;
} gp_replay_register;

/** A part of the device that the run uses. */
typedef struct gp_replay_unit {
  size_t struct_size;
  const char *name;  /**< Lower case; each once. */
  uint64_t commands; /**< That it carries out; more than 0. */
} gp_replay_unit;

/** Where an output of the program lies after the run, dense and row-major. */
typedef struct gp_replay_output {
  size_t struct_size;
  uint32_t index;   /**< Of the output; each once. */
  uint64_t address; /**< In bytes. */
  uint64_t bytes;   /**< The size of the value. */
} gp_replay_output;

/** Receives a run. Memory that no segment fills may hold anything. */
typedef struct gp_replay_sink {
  size_t struct_size;
  void *context; /**< First argument of each function. */
  /** Exactly once, before the others. */
  void (*machine)(void *context, const gp_replay_machine *machine);
  /** Any number of times. */
  void (*segment)(void *context, const gp_replay_segment *segment);
  /** Any number of times. */
  void (*write)(void *context, const gp_replay_register *written);
  /** Exactly once: all commands, in program order. */
  void (*commands)(void *context, gp_bytes commands);
  /** Any number of times. */
  void (*unit)(void *context, const gp_replay_unit *unit);
  /** Once per output of the program. */
  void (*output)(void *context, const gp_replay_output *output);
} gp_replay_sink;

typedef struct gp_replay_args {
  size_t struct_size;
  const gp_bytes *inputs; /**< [in] As in gp_run_args. */
  /** Another input_count than the program has: GP_INVALID_ARGUMENT. */
  size_t input_count;
  const gp_replay_sink *sink; /**< [in] */
} gp_replay_args;

typedef struct gp_replay_group {
  size_t struct_size;
  /**
   * Tells what a run of \p executable with these inputs is for the device. Does
   * not run it. Equal arguments give equal records, in the same order.
   */
  gp_status *(*replay)(gp_executable *executable, const gp_replay_args *args);
} gp_replay_group;

#ifdef __cplusplus
}
#endif

#endif
