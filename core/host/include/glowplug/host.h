/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Glowplug for programs that embed it: compiles ONNX models, and runs them. It
 * needs only a C11 compiler and libglowplug.so.
 *
 *   gp_model    a compiled model
 *   gp_session  a model that is loaded on its backends
 *   gp_request  the inputs and outputs of one run
 *   gp_tensor   a dense, row-major tensor in host memory
 *   gp_simulation  what a run took on simulated devices
 *   gp_buffer   bytes that the library made: a profile, a model
 *   gp_fault    what went wrong
 *
 * Rules that hold for every function unless it says otherwise:
 *  - Strings are UTF-8 and end with a zero. Runs of bytes carry their size.
 *  - The callee keeps no pointer it was given after it returns, but for the
 *    objects named above, which count their users: an object may be freed while
 *    others that were made from it live.
 *  - An object that an out-parameter gives is owned by the caller, who frees it
 *    with the function of its type; free functions take NULL.
 *  - A function that returns gp_fault * returns NULL for success. A fault is
 *    owned by the caller. On failure, outputs are left as they were.
 *  - Any thread may call, but only one at a time on one object, unless that is
 *    const. Different objects may be used at the same time.
 *  - A struct passed in begins with struct_size, set by the caller to sizeof as
 *    it was compiled; the rest is zero unless set. The library treats missing
 *    tail fields as zero and refuses (GP_FAULT_USAGE) a tail it does not know
 *    unless it is all zero. Of a struct passed out it fills as much as
 *    struct_size says.
 *  - A count of 0 allows a NULL array. An optional string may be NULL.
 *  - No C++ exception leaves the library.
 *
 * Version 0.x promises nothing between minors. Not built yet, and therefore not
 * here: asynchronous runs, shapes that vary from run to run.
 */
#ifndef GLOWPLUG_HOST_H
#define GLOWPLUG_HOST_H

#include <stddef.h>
#include <stdint.h>

#if defined(GP_HOST_BUILD)
#define GP_HOST_API __attribute__((visibility("default")))
#else
#define GP_HOST_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Raised by a change that breaks built programs. */
#define GP_HOST_MAJOR 0u
/** Raised by a change that only adds (from 1.0 on; in 0.x by any change). */
#define GP_HOST_MINOR 4u

/** The version of the library that is loaded: major * 65536 + minor. */
GP_HOST_API uint32_t gp_host_version(void);

typedef struct gp_fault gp_fault;
typedef struct gp_tensor gp_tensor;
typedef struct gp_model gp_model;
typedef struct gp_session gp_session;
typedef struct gp_request gp_request;
typedef struct gp_simulation gp_simulation;
typedef struct gp_buffer gp_buffer;

/* ---- Faults -------------------------------------------------------------- */

/** Who can do something about a fault. Values are fixed; new ones are appended.
 */
typedef enum gp_fault_kind {
  GP_FAULT_USAGE = 0,            /**< The caller has to give something else. */
  GP_FAULT_MODEL = 1,            /**< The model or a file breaks a rule. */
  GP_FAULT_UNSUPPORTED = 2,      /**< A valid model that is not taken. */
  GP_FAULT_BACKEND = 3,          /**< A backend failed, or cannot be used. */
  GP_FAULT_RESOURCES = 4,        /**< Memory ran out. */
  GP_FAULT_MISMATCH = 5,         /**< Outputs are not what they should be. */
  GP_FAULT_INTERRUPTED = 6,      /**< The caller asked to stop. */
  GP_FAULT_INTERNAL = 7,         /**< A defect of Glowplug. */
  GP_FAULT_KIND_MAX = 0x7fffffff /**< Keeps the enum 32 bits wide. */
} gp_fault_kind;

GP_HOST_API gp_fault_kind gp_fault_get_kind(const gp_fault *fault);
/** A sentence for people. Owned by the fault. */
GP_HOST_API const char *gp_fault_message(const gp_fault *fault);
/** The file, backend or argument that it is about, "" if it has no name. Owned
 * by the fault. */
GP_HOST_API const char *gp_fault_place(const gp_fault *fault);
GP_HOST_API void gp_fault_free(gp_fault *fault);

/* ---- Tensors ------------------------------------------------------------- */

/** Type of one element. Values are fixed. */
typedef enum gp_element_type {
  GP_BOOLEAN = 1, /**< One byte, 0 or 1. */
  GP_I8 = 2,
  GP_U8 = 3,
  GP_I16 = 4,
  GP_U16 = 5,
  GP_I32 = 6,
  GP_U32 = 7,
  GP_I64 = 8,
  GP_U64 = 9,
  GP_F16 = 10,
  GP_BF16 = 11,
  GP_F32 = 12,
  GP_F64 = 13,
  GP_ELEMENT_TYPE_MAX = 0x7fffffff /**< Keeps the enum 32 bits wide. */
} gp_element_type;

typedef struct gp_tensor_args {
  size_t struct_size;
  gp_element_type type;
  uint32_t rank;
  const int64_t *shape; /**< [in] `rank` sizes. */
  const void *bytes;    /**< [in] Copied. NULL: zeros. */
  size_t size_bytes;    /**< Of `bytes`: exactly what the type needs. */
} gp_tensor_args;

GP_HOST_API gp_fault *gp_tensor_create(const gp_tensor_args *args,
                                       gp_tensor **tensor);
GP_HOST_API gp_element_type gp_tensor_type(const gp_tensor *tensor);
GP_HOST_API uint32_t gp_tensor_rank(const gp_tensor *tensor);
/** gp_tensor_rank() sizes. Owned by the tensor. */
GP_HOST_API const int64_t *gp_tensor_shape(const gp_tensor *tensor);
/** The elements, which the caller may write. Owned by the tensor. */
GP_HOST_API void *gp_tensor_bytes(gp_tensor *tensor);
GP_HOST_API size_t gp_tensor_size_bytes(const gp_tensor *tensor);
GP_HOST_API void gp_tensor_free(gp_tensor *tensor);

/* ---- Models -------------------------------------------------------------- */

/** The size of a symbolic dim. */
typedef struct gp_dim {
  const char *name;
  int64_t size;
} gp_dim;

/** An input that is fixed when the model is compiled. */
typedef struct gp_binding {
  const char *input;
  const gp_tensor *tensor;
} gp_binding;

/** A setting of one backend, for people: `value` is text. */
typedef struct gp_backend_setting {
  const char *backend;
  const char *key;
  const char *value;
} gp_backend_setting;

/** Which calls of backends are made in a worker process, where a crash is a
 * fault of the call and not the end of the program. */
typedef enum gp_isolated_calls {
  GP_ISOLATE_COMPILE = 0, /**< Those of the compiler: all but load and run. */
  GP_ISOLATE_ALL = 1,
  GP_ISOLATE_NONE = 2,
  GP_ISOLATED_CALLS_MAX = 0x7fffffff /**< Keeps the enum 32 bits wide. */
} gp_isolated_calls;

/** How far backends are trusted. Zeros are the defaults. */
typedef struct gp_isolation {
  size_t struct_size;
  gp_isolated_calls calls;
  uint32_t call_timeout_ms;    /**< For one call in a worker; 0: ten minutes. */
  uint64_t memory_limit_bytes; /**< Of a worker's addresses; 0: no limit. */
  /** 1: compile each part in two processes and compare the results, and make
   * memory inaccessible that a backend may not keep. */
  uint32_t is_strict;
  /** 1: leave workers the rights of this process. */
  uint32_t is_unconfined;
  /** [in] Calls that fail are kept below this folder. NULL: they are not. */
  const char *repro_folder;
} gp_isolation;

typedef struct gp_model_args {
  size_t struct_size;
  /** [in] Path of the model; with `bytes`, what messages call it. */
  const char *name;
  const void *bytes;  /**< [in] Optional: the ONNX model, instead of a file. */
  size_t size_bytes;  /**< Of `bytes`. */
  const char *folder; /**< [in] Of external data of `bytes`. Optional. */
  /** [in] Names in order of preference. "reference", the interpreter, comes
   * last whether it is named or not. */
  const char *const *backends;
  size_t backend_count;
  const char *const *plugins; /**< [in] Files of backends. */
  size_t plugin_count;
  const gp_backend_setting *settings; /**< [in] */
  size_t setting_count;
  /** [in] Sizes of dims. If one name stands here several times, there is a
   * program for each of its sizes, and the shapes of the inputs say which one
   * runs; at most 256 combinations. */
  const gp_dim *dims;
  size_t dim_count;
  const gp_binding *bindings; /**< [in] */
  size_t binding_count;
  /** [in] Of every rescale: "fp32_rne", "tosa_single" or "tosa_double". NULL:
   * by model and backend. */
  const char *recipe;
  uint32_t allow_external_data;  /**< 1: read tensors from files. */
  uint32_t keep_reference;       /**< 1: allow gp_request_compare(). */
  const gp_isolation *isolation; /**< [in] NULL: the defaults. */
  /** [in] Folder of models that were compiled before, which is made if there is
   * none. NULL: no cache. Several processes may share it. Only
   * gp_model_compile() uses it, and with keep_reference only writes to it. */
  const char *cache;
  /** Bytes of all files in it; those used least recently go first. 0: 4 GiB. */
  uint64_t cache_bytes;
  /** 1: dims without a size may have any. A run compiles the model for the
   * shapes of its inputs, and for the values of inputs that determine shapes,
   * when they first come. The result is kept in memory, and in `cache`. */
  uint32_t compile_on_demand;
} gp_model_args;

/** Compiles. Calls in several threads are put in order. */
GP_HOST_API gp_fault *gp_model_compile(const gp_model_args *args,
                                       gp_model **model);
/** 1 if the cache had the model, so that nothing was compiled; else 0. */
GP_HOST_API uint32_t gp_model_is_cached(const gp_model *model);
/** Why the cache does not keep the model, though one was given; else "". Owned
 * by the model. */
GP_HOST_API const char *gp_model_cache_problem(const gp_model *model);
/** Maps a .gpx file, which must not be changed while the model lives. */
GP_HOST_API gp_fault *gp_model_read(const char *path, gp_model **model);
/** Writes a .gpx file, or leaves what is there as it was. What was compiled on
 * demand is not in it; GP_FAULT_USAGE if there is nothing else. */
GP_HOST_API gp_fault *gp_model_write(const gp_model *model, const char *path);

/** An input or output of a model. */
typedef struct gp_port {
  size_t struct_size;
  const char *name; /**< [out] Owned by the model. */
  gp_element_type type;
  uint32_t rank;
  /** [out] `rank` sizes, owned by the model. -1: it varies with the inputs'
   * shapes, or of an output with the data. */
  const int64_t *shape;
  uint32_t is_bound; /**< 1: it was fixed when the model was compiled. */
  /** [out] NULL if no size varies; else `rank` names, owned by the model: of
   * the dims that vary, and "" for the others. Dims of one name have one
   * size. */
  const char *const *dim_names;
} gp_port;

GP_HOST_API size_t gp_model_input_count(const gp_model *model);
GP_HOST_API size_t gp_model_output_count(const gp_model *model);
GP_HOST_API gp_fault *gp_model_input(const gp_model *model, size_t index,
                                     gp_port *port);
GP_HOST_API gp_fault *gp_model_output(const gp_model *model, size_t index,
                                      gp_port *port);

/** What one backend has of a model. */
typedef struct gp_backend_share {
  size_t struct_size;
  const char *name; /**< [out] Of the backend. Owned by the model. */
  uint64_t ops;     /**< How many primitives it took. */
} gp_backend_share;

/** The backends of a model: those that were asked for in their order, also with
 * 0 ops, then the interpreter if it took any. */
GP_HOST_API size_t gp_model_backend_count(const gp_model *model);
GP_HOST_API gp_fault *gp_model_backend(const gp_model *model, size_t index,
                                       gp_backend_share *share);
GP_HOST_API void gp_model_free(gp_model *model);

/* ---- Sessions ------------------------------------------------------------ */

typedef struct gp_session_args {
  size_t struct_size;
  const gp_model *model;      /**< [in] The session keeps it. */
  const char *const *plugins; /**< [in] As in gp_model_args. */
  size_t plugin_count;
  const gp_backend_setting *settings; /**< [in] */
  size_t setting_count;
  uint32_t threads; /**< How many one program may use; 0 stands for 1. */
  const gp_isolation *isolation; /**< [in] NULL: the defaults. */
} gp_session_args;

/** Loads a model on its backends. */
GP_HOST_API gp_fault *gp_session_create(const gp_session_args *args,
                                        gp_session **session);
GP_HOST_API void gp_session_free(gp_session *session);

/* ---- Requests ------------------------------------------------------------ */

/** A request without inputs, which keeps \p session. Requests of one session
 * may run in several threads; their runs are put in order. */
GP_HOST_API gp_fault *gp_request_create(gp_session *session,
                                        gp_request **request);
/** Sets an input, by its position. The request shares the bytes of \p tensor,
 * which must not be written during a run. */
GP_HOST_API gp_fault *gp_request_set_input(gp_request *request, size_t index,
                                           const gp_tensor *tensor);
/** Sets all inputs that are not bound to numbers that depend on \p seed only:
 * with the shapes of the first program, if there are several. GP_FAULT_USAGE if
 * all is compiled on demand. */
GP_HOST_API gp_fault *gp_request_set_random_inputs(gp_request *request,
                                                   uint64_t seed);
/** Runs, and returns when the outputs are there. May be called again. */
GP_HOST_API gp_fault *gp_request_run(gp_request *request);
/** An output of the last run, which is not written by later runs. It is as
 * large as that run made it. */
GP_HOST_API gp_fault *gp_request_output(const gp_request *request, size_t index,
                                        gp_tensor **tensor);

/** What a comparison found, over all outputs. */
typedef struct gp_comparison {
  size_t struct_size;
  uint64_t elements;           /**< [out] */
  uint64_t mismatches;         /**< [out] Elements beyond their limit. */
  double max_error;            /**< [out] Of two finite elements. */
  double max_error_over_limit; /**< [out] */
  /** [out] 1: nothing is wrong, but that says nothing, as too many elements are
   * right only because floats next to a tie may round the other way. */
  uint32_t is_not_comparable;
} gp_comparison;

/**
 * Compares the outputs of the last run with an interpretation of the model
 * before any optimisation. The model was compiled by this process with
 * keep_reference. Mismatches are no fault: \p comparison says how many.
 */
GP_HOST_API gp_fault *gp_request_compare(const gp_request *request,
                                         gp_comparison *comparison);
GP_HOST_API void gp_request_free(gp_request *request);

/* ---- Simulated devices --------------------------------------------------- */

/** What is wanted besides figures, layers and stalls. */
typedef struct gp_simulation_args {
  size_t struct_size;
  uint32_t spans;   /**< 1: what each engine did when. */
  uint32_t buffers; /**< 1: what the memories held when. */
} gp_simulation_args;

/**
 * What the parts that ran on simulated devices took in the last run of
 * \p session, by whichever request. GP_FAULT_USAGE before the first run, and
 * after one that failed. \p args may be NULL.
 */
GP_HOST_API gp_fault *gp_session_simulation(gp_session *session,
                                            const gp_simulation_args *args,
                                            gp_simulation **simulation);
GP_HOST_API void gp_simulation_free(gp_simulation *simulation);

/** How many parts ran on devices that count cycles; perhaps none. */
GP_HOST_API size_t gp_simulation_part_count(const gp_simulation *simulation);

/** One part. Strings here and below are owned by the simulation; cycles count
 * from the beginning of the part. */
typedef struct gp_part_figures {
  size_t struct_size;
  uint32_t part;       /**< [out] Its number in the plan of the model. */
  const char *backend; /**< [out] */
  uint64_t cycles;
  uint64_t host_ns; /**< [out] What the simulation took. */
  uint64_t macs;
  uint32_t macs_per_cycle; /**< [out] 0: the machine has no peak. */
  uint32_t clock_khz;      /**< [out] 0: the machine has no fixed clock. */
  uint64_t bank_conflicts;
  size_t layer_count;
  size_t stall_count;
  size_t span_count;   /**< [out] 0 unless asked for. */
  size_t buffer_count; /**< [out] 0 unless asked for. */
} gp_part_figures;

/** An operation, or several that run as one. */
typedef struct gp_layer_figures {
  size_t struct_size;
  const char *name;
  uint64_t begin_cycle, end_cycle; /**< [out] Layers may overlap. */
  uint64_t
      cycles; /**< [out] Its share; all sum to at most those of the part. */
  uint64_t macs;
  const char *bound; /**< [out] "compute", "dma", ... */
  uint64_t roofline_cycles;
  uint64_t dram_bytes;
} gp_layer_figures;

/** Cycles of one engine by their cause. Those of an engine sum to those of the
 * part. */
typedef struct gp_stall_figures {
  size_t struct_size;
  const char *engine;
  const char *cause;
  uint64_t cycles;
} gp_stall_figures;

/** `layer` of what belongs to no layer. */
#define GP_LAYER_NONE 0xffffffffu

/** What a track is about. Values are fixed; new ones are appended. */
typedef enum gp_track_kind {
  GP_TRACK_ENGINE = 0,
  GP_TRACK_QUEUE = 1,
  GP_TRACK_SEMAPHORE = 2,
  GP_TRACK_MEMORY = 3,
  GP_TRACK_KIND_MAX = 0x7fffffff /**< Keeps the enum 32 bits wide. */
} gp_track_kind;

/** An interval in which something was at work. */
typedef struct gp_span {
  size_t struct_size;
  const char *track;
  gp_track_kind track_kind;
  uint32_t layer; /**< [out] Index of a layer, or GP_LAYER_NONE. */
  const char *name;
  uint64_t start_cycle, end_cycle;
} gp_span;

/** A use of a memory. */
typedef struct gp_memory_use {
  size_t struct_size;
  const char *space;
  uint64_t space_bytes; /**< [out] Of the whole memory. */
  uint32_t layer;       /**< [out] Index of a layer, or GP_LAYER_NONE. */
  const char *name;
  uint64_t begin_bytes, size_bytes;
  uint64_t first_cycle, last_cycle;
} gp_memory_use;

/** Entry \p index of part number \p part (0 to gp_simulation_part_count() - 1)
 * of a simulation; GP_FAULT_USAGE if there is none. */
GP_HOST_API gp_fault *gp_simulation_part(const gp_simulation *simulation,
                                         size_t part, gp_part_figures *figures);
GP_HOST_API gp_fault *gp_simulation_layer(const gp_simulation *simulation,
                                          size_t part, size_t index,
                                          gp_layer_figures *figures);
GP_HOST_API gp_fault *gp_simulation_stall(const gp_simulation *simulation,
                                          size_t part, size_t index,
                                          gp_stall_figures *figures);
GP_HOST_API gp_fault *gp_simulation_span(const gp_simulation *simulation,
                                         size_t part, size_t index,
                                         gp_span *span);
GP_HOST_API gp_fault *gp_simulation_buffer(const gp_simulation *simulation,
                                           size_t part, size_t index,
                                           gp_memory_use *buffer);

/* ---- Quantisation -------------------------------------------------------- */

GP_HOST_API const void *gp_buffer_bytes(const gp_buffer *buffer);
GP_HOST_API size_t gp_buffer_size_bytes(const gp_buffer *buffer);
GP_HOST_API void gp_buffer_free(gp_buffer *buffer);

/** What a model is run on. */
typedef struct gp_samples {
  size_t struct_size;
  /** [in] Folder of samples as `glowplug profile --inputs` reads them. NULL:
   * random ones. */
  const char *folder;
  uint64_t seed;  /**< Of random samples. */
  uint64_t count; /**< Of random samples; at least 1. */
} gp_samples;

/** Told how work goes on, by the thread that called. Each function may be NULL.
 */
typedef struct gp_watch {
  size_t struct_size;
  void *context;
  /** A stage of the work begins; \p stage is for people. */
  void (*stage)(void *context, const char *stage);
  /** Other than 0: stop as soon as possible. */
  int (*is_stop_asked)(void *context);
} gp_watch;

typedef struct gp_profile_args {
  size_t struct_size;
  const gp_model_args *model; /**< [in] The float model, and where it runs. */
  const gp_samples *samples;  /**< [in] */
  uint32_t threads;           /**< As in gp_session_args. */
  const gp_watch *watch;      /**< [in] Optional. */
} gp_profile_args;

/** Runs a model on samples, and gathers what its values look like: the text of
 * a profile, which does not depend on `threads`. */
GP_HOST_API gp_fault *gp_model_profile(const gp_profile_args *args,
                                       gp_buffer **profile);

typedef struct gp_quantize_args {
  size_t struct_size;
  const gp_model_args *model; /**< [in] As it was profiled. */
  const void *profile;        /**< [in] What gp_model_profile() gave. */
  size_t profile_size_bytes;
  const char *scheme;       /**< [in] As `--scheme`. NULL: "asymmetric". */
  const char *calibration;  /**< [in] As `--calibrate`. NULL: "minmax". */
  uint32_t is_per_tensor;   /**< 1: one scale for all channels of a weight. */
  uint32_t skip_correction; /**< 1: leave biases as they are. */
  uint32_t equalize;        /**< 1: even out the channels of weights first. */
  const char *const *keep_float; /**< [in] Nodes, or tensors that they make. */
  size_t keep_float_count;
  const gp_samples *samples; /**< [in] Optional: measure on these. */
  /** Above 0: keep layers in float until the worst output has so many decibels.
   * Needs samples. */
  double wanted_db;
  uint32_t threads;      /**< As in gp_session_args. */
  const gp_watch *watch; /**< [in] Optional. */
} gp_quantize_args;

/** What became of a model. */
typedef struct gp_quantization {
  size_t struct_size;
  uint64_t layers;       /**< [out] That could be in integers. */
  uint64_t float_layers; /**< [out] Of these, kept in float. */
  uint64_t samples;      /**< [out] That it was measured on. */
  double output_db;      /**< [out] Of the worst output; 0 if not measured. */
  uint32_t was_interrupted; /**< [out] 1: it is the best so far. */
} gp_quantization;

/** Quantises a model by a profile of it. \p model is an ONNX file, which
 * gp_model_compile() takes; \p report may be NULL. */
GP_HOST_API gp_fault *gp_model_quantize(const gp_quantize_args *args,
                                        gp_quantization *report,
                                        gp_buffer **model);

#ifdef __cplusplus
}
#endif

#endif /* GLOWPLUG_HOST_H */
