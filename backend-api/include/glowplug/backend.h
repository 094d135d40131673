/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The backend plugin interface. This header is the whole control plane: it
 * needs only a C11 compiler. The program plane is the image (glowplug/image.h,
 * generated from schema/image.fbs) and, for backends that take them, machine
 * descriptions and instr programs (glowplug/machine.h, glowplug/instr.h);
 * nothing else crosses the boundary.
 *
 * Rules that hold for every function unless it says otherwise:
 *  - Strings are UTF-8 and end with a zero. Runs of bytes carry their size.
 *  - The callee keeps no pointer it was given after it returns, and frees
 *    nothing it did not allocate.
 *  - Any thread may call, but only one at a time on one object. Different
 *    objects may be used at the same time.
 *  - A function that returns gp_status * returns NULL for success. A failure
 *    is made with gp_host::fail and belongs to the host. On failure, outputs
 *    are left as they were and no sink output counts.
 *  - No C++ exception crosses, in either direction.
 *  - A call leaves the floating-point mode of its thread (rounding, flush to
 *    zero) as it found it.
 *  - A call leaves the process as it found it: the locale, the working
 *    directory, the umask, the environment, limits, signal masks and handlers.
 *    It writes nothing on standard output.
 *  - What an object needs goes with it: memory, threads, descriptors and
 *    processes do not grow over lives of objects.
 *  - A struct passed in begins with struct_size, set by the caller to sizeof
 *    as it was compiled. The callee treats missing tail fields as zero and
 *    refuses (GP_UNKNOWN_FIELD) a tail it does not know unless it is all zero.
 *    A struct_size that is less than its own size or more than 4096 is refused
 *    with GP_INVALID_ARGUMENT. glue/struct.h does all of it.
 *  - A count of 0 allows a NULL array.
 *  - Text fields that describe() and compile() give are not NULL; a verdict has
 *    a reason exactly when it says no. The host refuses what breaks this.
 *
 * ABI 0.x promises nothing between minors: host and plugin must agree exactly.
 */
#ifndef GLOWPLUG_BACKEND_H
#define GLOWPLUG_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Raised by a change that breaks built plugins; see CHANGELOG.md here. */
#define GP_ABI_MAJOR 0u
/** Raised by a change that only adds (from 1.0 on; in 0.x by any change). */
#define GP_ABI_MINOR 4u

/* ---- Status -------------------------------------------------------------- */

/** Outcome of a call. Values are fixed for ever; new ones are appended. */
typedef enum gp_status_code {
  GP_OK = 0,
  GP_INVALID_ARGUMENT = 1, /**< The caller broke a rule of this header. */
  GP_UNSUPPORTED = 2,      /**< Valid, but this backend cannot do it. */
  GP_OUT_OF_MEMORY = 3,    /**< Host or device memory ran out. */
  GP_DEVICE_LOST = 4,      /**< Destroy the backend; it will not recover. */
  GP_INTERNAL = 5,         /**< A defect of the plugin. */
  GP_UNKNOWN_FIELD = 6,    /**< A struct tail that is not known is not zero. */
  GP_INCOMPATIBLE = 7,     /**< Other version, or a blob for another target. */
  GP_STATUS_CODE_MAX = 0x7fffffff /**< Keeps the enum 32 bits wide. */
} gp_status_code;

/** A failure: a code and a text. Made by gp_host::fail, owned by the host. */
typedef struct gp_status gp_status;

/** A borrowed run of bytes. */
typedef struct gp_bytes {
  const void *data;
  size_t size;
} gp_bytes;

/** A named setting, for people: `value` is text. */
typedef struct gp_option {
  const char *key; /**< For instance "target". */
  const char *value;
} gp_option;

/* ---- Host ---------------------------------------------------------------- */

/** What the host offers to a plugin. Lives longer than every object. */
typedef struct gp_host {
  size_t struct_size; /**< sizeof(gp_host) as the host was built */
  uint32_t abi_major; /**< GP_ABI_MAJOR as the host was built */
  uint32_t abi_minor; /**< GP_ABI_MINOR as the host was built */

  /**
   * Makes a failure to return. Any thread. \p code is not GP_OK. \p message
   * is copied; it says what and where, and holds both values.
   */
  gp_status *(*fail)(const struct gp_host *host, gp_status_code code,
                     const char *message);
} gp_host;

/* ---- Objects ------------------------------------------------------------- */

/** One opened backend: a device, or a compiler for one target. */
typedef struct gp_backend gp_backend;
/** One loaded program, ready to run. */
typedef struct gp_executable gp_executable;

/* ---- create -------------------------------------------------------------- */

typedef struct gp_create_args {
  size_t struct_size;
  const gp_host *host;      /**< [in] */
  const gp_option *options; /**< [in] Unknown keys: GP_INVALID_ARGUMENT. A
                                 value that is not understood:
                                 GP_INVALID_ARGUMENT. */
  size_t option_count;
} gp_create_args;

/* ---- describe ------------------------------------------------------------ */

typedef struct gp_backend_info {
  size_t struct_size;
  const char *name;    /**< As in `--backend NAME`: lower case, digits, '-'. */
  const char *version; /**< Of the plugin. */
  const char *target;  /**< What compile() makes code for; for people. */
  uint32_t container_version_max; /**< Newest image container it reads. */
  uint32_t opset_version_max;     /**< Newest primitive set it knows. */
} gp_backend_info;

/** A key that create() takes. */
typedef struct gp_option_info {
  size_t struct_size;
  const char *key;
  const char *default_value;
  const char *help; /**< One line. */
} gp_option_info;

/** One row of the operation table: a rough map; check() has the last word. */
typedef struct gp_op_info {
  size_t struct_size;
  uint32_t op;           /**< gp_image_attributes_* : the op kind. */
  const char *composite; /**< Name, when op is a composite; else NULL. */
  uint32_t version;      /**< Newest version of the op it takes. */
  uint32_t dtype_mask;   /**< Bit (1 << gp_image_dtype_*) per result type. */
} gp_op_info;

typedef struct gp_describe_sink {
  size_t struct_size;
  void *context; /**< First argument of each function. */
  /** Exactly once. */
  void (*info)(void *context, const gp_backend_info *info);
  /** Once per option of create(). */
  void (*option)(void *context, const gp_option_info *option);
  /** Once per (op kind, composite name). */
  void (*op)(void *context, const gp_op_info *op);
} gp_describe_sink;

/* ---- check --------------------------------------------------------------- */

/** Answer for one op of the program body. */
typedef struct gp_verdict {
  size_t struct_size;
  uint32_t op_index;  /**< Into Body.ops of Program.body. */
  uint32_t supported; /**< 1 or 0. */
  /** 1 when only the epilogue is in the way: the host splits it and asks
   * again. Only with supported == 0. */
  uint32_t split_epilogue;
  const char *reason; /**< Why not; NULL when supported. */
} gp_verdict;

typedef struct gp_check_args {
  size_t struct_size;
  gp_bytes image; /**< [in] A verified image, 8-byte aligned. */
  void *context;  /**< First argument of verdict. */
  /**
   * Once per op, in any order. An op without a verdict is not supported.
   *
   * A constant that is refused becomes an input of the program. If an op that
   * reads it is then refused, the host asks once more with the constant in the
   * program, and takes a yes for that op as one for the constant too.
   */
  void (*verdict)(void *context, const gp_verdict *verdict);
} gp_check_args;

/* ---- compile ------------------------------------------------------------- */

/** The largest workspace, in bytes: 2^47, all that a process can address. */
#define GP_WORKSPACE_MAX 0x800000000000u

/** What load() and run() need to know of a compiled program. */
typedef struct gp_compile_result {
  size_t struct_size;
  /** Text that load() compares with the device it is on; plugin-owned syntax.
   */
  const char *requirement;
  uint64_t workspace_bytes; /**< Scratch memory that run() is given; at most
                                 GP_WORKSPACE_MAX. */
} gp_compile_result;

typedef struct gp_compile_sink {
  size_t struct_size;
  void *context; /**< First argument of each function. */
  /** Exactly once: the program. Self-contained, position-independent. */
  gp_status *(*blob)(void *context, gp_bytes blob);
  /** Any number of times: a constant segment made by the compiler (packed
   * weights). load() is given them in this order, before the kept ones. */
  gp_status *(*segment)(void *context, gp_bytes segment);
  /** Any number of times: the index of an original segment that load()
   * needs. load() is given them in this order. */
  gp_status *(*keep_segment)(void *context, uint32_t index);
  /** Exactly once. */
  gp_status *(*result)(void *context, const gp_compile_result *result);
} gp_compile_sink;

typedef struct gp_compile_args {
  size_t struct_size;
  gp_bytes image; /**< [in] A verified image, 8-byte aligned. */
  const gp_bytes
      *segments; /**< [in] One per Program.segments, 64-byte aligned. */
  /** Another segment_count than the program has: GP_INVALID_ARGUMENT. */
  size_t segment_count;
  const gp_compile_sink
      *sink; /**< [in] A failure of a sink function is passed on. */
} gp_compile_args;

/* ---- load ---------------------------------------------------------------- */

typedef struct gp_load_args {
  size_t struct_size;
  /**
   * [in] As compile() gave it; 64-byte aligned. Stays valid until unload().
   *
   * Files are cut and damaged on their way. A blob that is not as compile()
   * gave it is refused with GP_INVALID_ARGUMENT or GP_INCOMPATIBLE, unless the
   * manifest says `"blob": "code"`: then nobody can tell. glue/seal.h puts a
   * hash before a blob, and checks it.
   */
  gp_bytes blob;
  const char *requirement; /**< [in] As compile() gave it. */
  const gp_bytes
      *segments; /**< [in] Made ones, then kept ones; 64-byte
                      aligned. The bytes stay valid until unload(). */
  /** Another segment_count than compile() gave: GP_INVALID_ARGUMENT. */
  size_t segment_count;
  uint32_t threads; /**< [in] How many run() may use; at least 1. */
} gp_load_args;

/* ---- run ----------------------------------------------------------------- */

/** Another input_count or output_count than the program has:
 * GP_INVALID_ARGUMENT. */
typedef struct gp_run_args {
  size_t struct_size;
  /** [in] One per program input, in order: dense, row-major, 64-byte aligned,
   * of exactly the size of the value. Not written. */
  const gp_bytes *inputs;
  size_t input_count;
  /** [out] One per program output, likewise. Overlap no input, no other
   * output. Their contents are undefined after a failure. */
  void *const *outputs;
  size_t output_count;
  /** [in] workspace_bytes of scratch memory, 64-byte aligned, contents
   * undefined before and after; NULL when workspace_bytes is 0. */
  void *workspace;
  /** [in] One value per entry of `Program.dims`, in order. NULL and 0 unless
   * the image has the feature `dims`, which no version has yet. */
  const int64_t *dims;
  size_t dim_count;
} gp_run_args;

/* ---- The plugin ---------------------------------------------------------- */

/**
 * The functions of a plugin. Static data of the plugin; fields are only ever
 * added at the end. Every function up to unload is required.
 */
typedef struct gp_plugin {
  size_t struct_size; /**< sizeof(gp_plugin) as the plugin was built */
  uint32_t abi_major; /**< GP_ABI_MAJOR as the plugin was built */
  uint32_t abi_minor; /**< GP_ABI_MINOR as the plugin was built */

  /** Opens a backend. \p backend is set on success; free it with destroy. */
  gp_status *(*create)(const gp_create_args *args, gp_backend **backend);
  /** Closes a backend. It has no executables left. NULL is allowed. */
  void (*destroy)(gp_backend *backend);
  /** Says what it is and what it can do. */
  gp_status *(*describe)(gp_backend *backend, const gp_describe_sink *sink);
  /**
   * Says which ops of the program body it takes. When it takes all ops of an
   * image, compile() of that image succeeds, resources aside. An image that
   * requires a feature which the plugin does not know: check() refuses every
   * op.
   */
  gp_status *(*check)(gp_backend *backend, const gp_check_args *args);
  /**
   * Translates a program. Deterministic: equal arguments and options give
   * equal output. Shares nothing with load(): another process may load it.
   *
   * \retval GP_UNSUPPORTED  the image holds an op that check() refuses
   */
  gp_status *(*compile)(gp_backend *backend, const gp_compile_args *args);
  /**
   * Makes a compiled program ready to run. Needs no compiler.
   *
   * \retval GP_INCOMPATIBLE  the requirement does not fit this device
   */
  gp_status *(*load)(gp_backend *backend, const gp_load_args *args,
                     gp_executable **executable);
  /** Runs once, and returns when the outputs are written. */
  gp_status *(*run)(gp_executable *executable, const gp_run_args *args);
  /** Frees an executable. NULL is allowed. */
  void (*unload)(gp_executable *executable);

  /**
   * Optional; NULL when the plugin has no optional groups. Returns the table
   * of the group \p id at \p version, or NULL. A table begins with its size
   * and is complete: the host refuses a plugin with a half-filled one.
   */
  const void *(*group)(const char *id, uint32_t version);
} gp_plugin;

/* ---- Optional groups ----------------------------------------------------- */

/*
 * A group is a struct that begins with struct_size and has only functions
 * after it, all of them set. gp_plugin::group gives it by id and version; the
 * id of a vendor's own group begins with its reversed domain.
 *
 * Tier 2: programs of transfers and tile computations (schema/instr.fbs) for
 * the machine that the backend describes (schema/machine.fbs).
 *
 *   neither group        the host gives prim images to gp_plugin::compile
 *   "instr"              likewise: no host schedules by the machine
 *                        description alone yet, so encode() is not called
 *   "instr", "schedule"  schedule(), verification by the host, encode()
 *   "schedule"           not used: its programs would have no machine
 *
 * The host verifies every instr program before encode(), also one that the
 * backend made. compile() of a prim image gives what schedule() and encode()
 * give, so a backend may implement it by them; a host that asks for neither
 * group loses only what it could have shown of the program.
 */

/** Receives bytes, once. A failure is passed on. */
typedef struct gp_bytes_sink {
  size_t struct_size;
  void *context; /**< First argument of bytes. */
  gp_status *(*bytes)(void *context, gp_bytes bytes);
} gp_bytes_sink;

/** Id and version of gp_instr_group. */
#define GP_GROUP_INSTR "instr"
#define GP_GROUP_INSTR_VERSION 1u

typedef struct gp_encode_args {
  size_t struct_size;
  gp_bytes program;         /**< [in] A verified instr program, 8-byte aligned,
                                 for the machine that machine() gives. */
  const gp_bytes *segments; /**< [in] One per Program.segment_bytes, 64-byte
                                 aligned. */
  /** Another segment_count than the program has: GP_INVALID_ARGUMENT. */
  size_t segment_count;
  const gp_compile_sink *sink; /**< [in] As in gp_compile_args. */
} gp_encode_args;

typedef struct gp_instr_group {
  size_t struct_size;
  /**
   * Gives the machine description, which the host verifies. Equal bytes for
   * one backend, each time.
   */
  gp_status *(*machine)(gp_backend *backend, const gp_bytes_sink *sink);
  /**
   * Translates an instr program; otherwise as gp_plugin::compile, whose
   * outputs it has. load() and run() do not see the difference.
   *
   * \retval GP_UNSUPPORTED  a rule that the machine description cannot express
   */
  gp_status *(*encode)(gp_backend *backend, const gp_encode_args *args);
} gp_instr_group;

/** Id and version of gp_schedule_group. */
#define GP_GROUP_SCHEDULE "schedule"
#define GP_GROUP_SCHEDULE_VERSION 1u

typedef struct gp_schedule_args {
  size_t struct_size;
  gp_bytes image; /**< [in] A verified image, 8-byte aligned, all of whose ops
                       check() takes. */
  const gp_bytes *segments; /**< [in] One per Program.segments, 64-byte
                                 aligned. */
  /** Another segment_count than the program has: GP_INVALID_ARGUMENT. */
  size_t segment_count;
  const gp_bytes_sink *program; /**< [in] Exactly once: the instr program. */
  void *context;                /**< First argument of segment. */
  /** Any number of times: the segments of the instr program, in order. */
  gp_status *(*segment)(void *context, gp_bytes segment);
} gp_schedule_args;

typedef struct gp_schedule_group {
  size_t struct_size;
  /**
   * Turns a prim image into an instr program for the machine of the group
   * "instr". Inputs and outputs are those of the image, in order.
   * Deterministic.
   */
  gp_status *(*schedule)(gp_backend *backend, const gp_schedule_args *args);
} gp_schedule_group;

/*
 * Simulation: what the last run of an executable took on a machine that counts
 * cycles. The host asks after run(), if it asks at all, so a run need not keep
 * what can be computed again.
 */

/** Id and version of gp_simulation_group. */
#define GP_GROUP_SIMULATION "simulation"
#define GP_GROUP_SIMULATION_VERSION 1u

/** No layer, in the records that may belong to one. */
#define GP_NO_LAYER UINT32_MAX

/** The whole run. Cycles count from 0, the begin of the run. No count passes
 * 2^53. */
typedef struct gp_sim_run {
  size_t struct_size;
  uint64_t cycles;         /**< From the begin of the run to its end. */
  uint64_t host_ns;        /**< What run() took on the host. */
  uint64_t macs;           /**< Multiply-adds of the program as the host gave
                                it: padding does not count. */
  uint32_t macs_per_cycle; /**< The peak of the machine; 0 if it has none. */
  uint32_t clock_khz;      /**< 0 when the machine has no fixed clock. */
  uint64_t bank_conflicts; /**< Accesses that met in one memory bank. */
} gp_sim_run;

/** A layer: ops of the program that run as one. */
typedef struct gp_sim_layer {
  size_t struct_size;
  const char *name;
  uint64_t begin_cycle; /**< Its first work begins. Layers may overlap. */
  uint64_t end_cycle;   /**< Its last work ends. */
  /** What it adds to the run: each cycle of the run is counted in one layer at
   * most, so that the sum over all layers is at most gp_sim_run::cycles. */
  uint64_t cycles;
  uint64_t macs; /**< As in gp_sim_run. */
  /** What limits it, in one lower-case word: "compute", "dma", "vector" ... */
  const char *bound;
  /** The least cycles that the machine could take for it: the larger of its
   * macs over the peak, its dram_bytes over the bandwidth, and so on. */
  uint64_t roofline_cycles;
  uint64_t dram_bytes; /**< The least traffic: operands and results, once. */
} gp_sim_layer;

/** What an engine did with a part of the run: "busy", or why it waited. */
typedef struct gp_sim_stall {
  size_t struct_size;
  const char *engine;
  const char *cause; /**< Lower case; each (engine, cause) once. */
  uint64_t cycles;   /**< Per engine they sum to gp_sim_run::cycles. */
} gp_sim_stall;

/** What a row of the timeline shows. */
typedef enum gp_sim_track_kind {
  GP_SIM_ENGINE = 0,    /**< Work. */
  GP_SIM_QUEUE = 1,     /**< Commands that wait for their engine. */
  GP_SIM_SEMAPHORE = 2, /**< Times at which it is not zero. */
  GP_SIM_MEMORY = 3,    /**< Accesses to a bank or channel. */
  GP_SIM_TRACK_KIND_MAX = 0x7fffffff /**< Keeps the enum 32 bits wide. */
} gp_sim_track_kind;

/** A row of the timeline. Tracks number from 0 in the order given. */
typedef struct gp_sim_track {
  size_t struct_size;
  const char *name;
  uint32_t kind; /**< gp_sim_track_kind */
} gp_sim_track;

/** Something that lasts. Spans of one track may overlap. */
typedef struct gp_sim_span {
  size_t struct_size;
  uint32_t track; /**< Given before. */
  uint32_t layer; /**< In the order given, or GP_NO_LAYER. */
  const char *name;
  uint64_t start_cycle;
  uint64_t end_cycle; /**< From start_cycle to gp_sim_run::cycles. */
} gp_sim_span;

/** A memory of the machine. Spaces number from 0 in the order given. */
typedef struct gp_sim_space {
  size_t struct_size;
  const char *name;
  uint64_t bytes; /**< Its size; more than 0. */
} gp_sim_space;

/** What lies in a space for some time. */
typedef struct gp_sim_buffer {
  size_t struct_size;
  uint32_t space; /**< Given before. */
  uint32_t layer; /**< In the order given, or GP_NO_LAYER. */
  const char *name;
  uint64_t begin_bytes; /**< Its offset. */
  uint64_t bytes;       /**< begin_bytes + bytes lies within the space. */
  uint64_t first_cycle; /**< In use from here ... */
  uint64_t last_cycle;  /**< ... to here; at most gp_sim_run::cycles. */
} gp_sim_buffer;

/**
 * Receives the records, which may come in any order that their comments allow.
 * A function other than run is NULL when the host does not want its records;
 * they need not be computed then. What refers to layers is wanted only together
 * with them; spans with tracks, buffers with spaces.
 */
typedef struct gp_simulation_sink {
  size_t struct_size;
  void *context; /**< First argument of each function. */
  /** Exactly once, before the others. */
  void (*run)(void *context, const gp_sim_run *run);
  /** Once per layer, in the order of their begin in the program. */
  void (*layer)(void *context, const gp_sim_layer *layer);
  /** Once per engine and cause. */
  void (*stall)(void *context, const gp_sim_stall *stall);
  /** Once per track. */
  void (*track)(void *context, const gp_sim_track *track);
  /** Once per span. */
  void (*span)(void *context, const gp_sim_span *span);
  /** Once per space. */
  void (*space)(void *context, const gp_sim_space *space);
  /** Once per buffer. */
  void (*buffer)(void *context, const gp_sim_buffer *buffer);
} gp_simulation_sink;

typedef struct gp_simulation_group {
  size_t struct_size;
  /**
   * Tells of the last run() of \p executable. May take as long as run().
   *
   * \retval GP_INVALID_ARGUMENT  no run() of it has succeeded
   */
  gp_status *(*last_run)(gp_executable *executable,
                         const gp_simulation_sink *sink);
} gp_simulation_group;

/* ---- Entry --------------------------------------------------------------- */

/**
 * The one symbol that a plugin exports, named gp_plugin_entry. Its library asks
 * for no executable stack and has no text relocations. Returns the table, or
 * NULL when it cannot work with a host of this version. The host checks the
 * version in the table too.
 */
typedef const gp_plugin *(*gp_plugin_entry_fn)(uint32_t host_abi_major,
                                               uint32_t host_abi_minor);

/** Name of that symbol, for the host. */
#define GP_PLUGIN_ENTRY "gp_plugin_entry"

/** Put before the definition of gp_plugin_entry. */
#if defined(_WIN32)
#define GP_EXPORT __declspec(dllexport)
#else
#define GP_EXPORT __attribute__((visibility("default")))
#endif

/** Defined by a plugin. The host looks it up by name and does not link it. */
GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t host_abi_major,
                                           uint32_t host_abi_minor);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* GLOWPLUG_BACKEND_H */
