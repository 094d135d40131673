/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The optional group "energy": what the last run of a program took in energy,
 * by component of the device and by layer, and the areas of the components.
 *
 * The rules of backend.h hold. The group is not part of its version: it may
 * still change, under another version of its own. A plugin without it works
 * with every host, and a host that does not know it never asks.
 */
#ifndef GLOWPLUG_ENERGY_H
#define GLOWPLUG_ENERGY_H

#include <glowplug/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Id and version of gp_energy_group. */
#define GP_GROUP_ENERGY "energy"
#define GP_GROUP_ENERGY_VERSION 1u

/** What all figures rest on. */
typedef struct gp_energy_basis {
  size_t struct_size;
  const char *technology; /**< "45 nm", or "" */
  const char *note;       /**< For people: a sentence or two on what the figures
                               are worth. Not empty. */
} gp_energy_basis;

/** A part of the device, or a memory beside it. They number from 0 in the
 * order given. */
typedef struct gp_energy_component {
  size_t struct_size;
  const char *name;          /**< One lower-case word; each once. */
  const char *energy_source; /**< Where its prices come from. Not empty. */
  double area_um2; /**< Square micrometres, finite; 0: it has none on the
                        device, or none is known. */
  const char *area_source; /**< Where the area comes from; "" exactly if it is
                                0. */
} gp_energy_component;

/** What a layer took in a component. */
typedef struct gp_energy_amount {
  size_t struct_size;
  uint32_t component; /**< Given before. */
  uint32_t layer;     /**< Counts those that the group "simulation" tells of,
                           from 0; GP_NO_LAYER: what belongs to none. */
  double picojoules;  /**< Finite, at least 0. Idle parts of the device take
                           energy too. */
} gp_energy_amount;

/** Receives the records. */
typedef struct gp_energy_sink {
  size_t struct_size;
  void *context; /**< First argument of each function. */
  /** Exactly once, before the others. */
  void (*basis)(void *context, const gp_energy_basis *basis);
  /** At least once. */
  void (*component)(void *context, const gp_energy_component *component);
  /** At most once for each component and layer, which took nothing without it.
   * All of them add up to what the run took. */
  void (*amount)(void *context, const gp_energy_amount *amount);
} gp_energy_sink;

typedef struct gp_energy_group {
  size_t struct_size;
  /**
   * Tells of the last run() of \p executable. May take as long as run(). Hosts
   * ask only backends that have the group "simulation" too.
   *
   * \retval GP_INVALID_ARGUMENT  no run() of it has succeeded
   */
  gp_status *(*last_energy)(gp_executable *executable,
                            const gp_energy_sink *sink);
} gp_energy_group;

#ifdef __cplusplus
}
#endif

#endif /* GLOWPLUG_ENERGY_H */
