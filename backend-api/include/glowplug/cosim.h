/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The optional group "cosim": runs a program on the model of a device and on
 * its hardware, in RTL or on a board, and tells where the two differ
 * (`glowplug cosim`).
 *
 * The rules of backend.h hold. The group is not part of its version: it may
 * still change, under another version of its own.
 */
#ifndef GLOWPLUG_COSIM_H
#define GLOWPLUG_COSIM_H

#include <glowplug/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Id and version of gp_cosim_group. */
#define GP_GROUP_COSIM "cosim"
#define GP_GROUP_COSIM_VERSION 1u

/** What both runs took. */
typedef struct gp_cosim_run {
  size_t struct_size;
  uint64_t model_cycles;
  uint64_t hardware_cycles;
  uint64_t model_ns; /**< Time of the host. */
  uint64_t hardware_ns;
  /** Commands that hardware carried out; the model did the others. */
  uint64_t commands_in_hardware;
} gp_cosim_run;

/** A part of the device for which hardware stood. */
typedef struct gp_cosim_unit {
  size_t struct_size;
  const char *name; /**< One lower-case word; each once. */
} gp_cosim_unit;

/** A layer of the program, to which its commands belong. */
typedef struct gp_cosim_layer {
  size_t struct_size;
  const char *name; /**< Not empty; need not be unique. */
} gp_cosim_layer;

/** One command. Cycles count from the begin of the run; first <= last. */
typedef struct gp_cosim_command {
  size_t struct_size;
  const char *engine; /**< Not empty. */
  uint32_t layer;     /**< Counts the calls of `layer` from 0, or
                           GP_NO_LAYER. */
  uint32_t differs;   /**< 1 if its results differ, else 0. Later commands may
                           differ because of it. */
  uint64_t model_first_cycle, model_last_cycle;
  uint64_t hardware_first_cycle, hardware_last_cycle;
} gp_cosim_command;

/** Where the results of the first command that differs do so. */
typedef struct gp_cosim_difference {
  size_t struct_size;
  uint64_t command;      /**< Counts the calls of `command` from 0. */
  const char *text;      /**< The command in words. */
  const char *place;     /**< Of the first wrong byte: "scratchpad byte 12" */
  uint64_t result_bytes; /**< What the command writes. */
  uint64_t differing_bytes; /**< At least 1. */
  uint32_t got, want;       /**< The first one, by the hardware and by the
                                 model; two bytes that differ. */
} gp_cosim_difference;

/** Receives the records. */
typedef struct gp_cosim_sink {
  size_t struct_size;
  void *context; /**< First argument of each function. */
  /** Exactly once, before the others. */
  void (*run)(void *context, const gp_cosim_run *run);
  /** Any number of times. */
  void (*unit)(void *context, const gp_cosim_unit *unit);
  /** Any number of times, before the commands. */
  void (*layer)(void *context, const gp_cosim_layer *layer);
  /** Once for each command, in program order. */
  void (*command)(void *context, const gp_cosim_command *command);
  /** At most once, after the commands: exactly if some command differs. */
  void (*difference)(void *context, const gp_cosim_difference *difference);
} gp_cosim_sink;

typedef struct gp_cosim_args {
  size_t struct_size;
  const gp_bytes *inputs; /**< [in] As in gp_run_args. */
  /** Another input_count than the program has: GP_INVALID_ARGUMENT. */
  size_t input_count;
  /** [in] Names of parts, separated by commas, for which hardware is to stand;
      "" or NULL: those that the backend chooses. An unknown one:
      GP_INVALID_ARGUMENT. */
  const char *units;
  const gp_cosim_sink *sink; /**< [in] */
  /** Of all that hardware may read before it is written, such as registers
      without a reset: results must not depend on it. */
  uint64_t seed;
  /** [in] The path of a file for the hardware's signals, of any form that
      people have a viewer for; NULL for none. Beside it may be a second one
      that tells the viewer what to show. A backend that cannot:
      GP_UNSUPPORTED. Written whole or not at all. */
  const char *waves;
  /** The signals from the dispatch of one command until the end of another
      one, both included; they count in program order. The last one may lie
      after the program's end. first > last: GP_INVALID_ARGUMENT. */
  uint64_t first_wave, last_wave;
  /** 1: the clocks of parts never stand still; else 0, and they may when a part
      has nothing to do. No result and no time may depend on it. */
  uint32_t lockstep;
  uint32_t reserved; /**< 0 */
} gp_cosim_args;

typedef struct gp_cosim_group {
  size_t struct_size;
  /**
   * Runs \p executable on the model and on the hardware with the same inputs.
   * Where they differ is an answer, not a failure; hardware that hangs or
   * stops is one: GP_DEVICE_LOST, with the command in words.
   */
  gp_status *(*cosim)(gp_executable *executable, const gp_cosim_args *args);
} gp_cosim_group;

#ifdef __cplusplus
}
#endif

#endif
