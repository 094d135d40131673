// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One plugin with many faces. VARIANT names the one rule that it breaks; the
// variants from `good` to `last_good` break none. Builds as C and as C++.

#include "tests/abi/variants.h"

#include <glowplug/glue/struct.h>
#include <glowplug/image.h>

#include <stdlib.h>

static const enum Variant variant = VARIANT;

struct gp_backend {
  const gp_host *host;
};
struct gp_executable {
  const gp_host *host;
};

/* What a C++ plugin lets out. */
#ifdef __cplusplus
#define THROWS(name)                                                           \
  if (variant == name)                                                         \
  throw 42
#else
#define THROWS(name)
#endif

/* What no gp_host::fail has made. */
static gp_status *alien(void) { return (gp_status *)(uintptr_t)&variant; }

/* A struct as a later version of the header may have it. */
#define GROWN(type)                                                            \
  struct {                                                                     \
    type known;                                                                \
    uint64_t unknown;                                                          \
  }

static gp_status *create(const gp_create_args *args, gp_backend **backend) {
  gp_create_args read;
  if (GP_STRUCT_READ(&read, args) != GP_OK)
    return args->host->fail(args->host, GP_UNKNOWN_FIELD, "create args");
  THROWS(create_throws);
  if (variant == create_fails)
    return read.host->fail(read.host, GP_DEVICE_LOST, "no device at slot 3");
  if (variant == create_fails_with_ok)
    return read.host->fail(read.host, GP_OK, "contradiction");
  if (variant == create_fails_with_99)
    return read.host->fail(read.host, (gp_status_code)99, "novelty");
  if (variant == create_returns_alien)
    return alien();
  if (variant == create_nothing)
    return NULL;
  *backend = (gp_backend *)malloc(sizeof **backend);
  (*backend)->host = read.host;
  return NULL;
}

static void destroy(gp_backend *backend) { free(backend); }

static void describe_info(const gp_describe_sink *sink) {
  GROWN(gp_backend_info)
  info = {{sizeof(gp_backend_info), "hostile", "1", "none",
           GP_IMAGE_CONTAINER_VERSION, GP_IMAGE_OPSET_VERSION},
          0};
  switch ((int)variant) {
  case info_missing:
    return;
  case info_null:
    sink->info(sink->context, NULL);
    return;
  case info_nameless:
    info.known.name = NULL;
    break;
  case info_versionless:
    info.known.version = NULL;
    break;
  case info_targetless:
    info.known.target = NULL;
    break;
  case info_huge:
    info.known.struct_size = (size_t)1 << 60;
    break;
  case info_shouts:
    info.known.name = "HOSTILE";
    break;
  case info_size_zero:
    info.known.struct_size = 0;
    break;
  case info_old:
    info.known.struct_size = offsetof(gp_backend_info, opset_version_max);
    break;
  case info_new:
    info.known.struct_size = sizeof info;
    break;
  case info_tail:
    info.known.struct_size = sizeof info;
    info.unknown = 1;
    break;
  case container_old:
    info.known.container_version_max = 0;
    break;
  default:
    break;
  }
  sink->info(sink->context, &info.known);
  if (variant == info_twice)
    sink->info(sink->context, &info.known);
}

static void describe_option(const gp_describe_sink *sink) {
  GROWN(gp_option_info)
  option = {{sizeof(gp_option_info), "level", "2", "how hard"}, 0};
  if (variant == option_null)
    sink->option(sink->context, NULL);
  if (variant == option_keyless)
    option.known.key = NULL;
  if (variant == option_defaultless)
    option.known.default_value = NULL;
  if (variant == option_helpless)
    option.known.help = NULL;
  if (variant == option_size_zero)
    option.known.struct_size = 0;
  if (variant == option_tail) {
    option.known.struct_size = sizeof option;
    option.unknown = 1;
  }
  sink->option(sink->context, &option.known);
  if (variant == option_twice)
    sink->option(sink->context, &option.known);
}

static void describe_op(const gp_describe_sink *sink) {
  GROWN(gp_op_info)
  op = {{sizeof(gp_op_info), gp_image_attributes_map, NULL, 1, 0}, 0};
  if (variant == op_null)
    sink->op(sink->context, NULL);
  if (variant == op_size_zero)
    op.known.struct_size = 0;
  if (variant == op_tail) {
    op.known.struct_size = sizeof op;
    op.unknown = 1;
  }
  if (variant == op_unknown)
    op.known.op = 77;
  if (variant == op_none)
    op.known.op = gp_image_attributes_none;
  if (variant == op_of_version_zero)
    op.known.version = 0;
  if (variant == op_composite_nameless)
    op.known.op = gp_image_attributes_composite;
  if (variant == op_named)
    op.known.composite = "softmax";
  sink->op(sink->context, &op.known);
  if (variant == op_twice)
    sink->op(sink->context, &op.known);
}

static gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  THROWS(describe_throws);
  describe_info(sink);
  describe_option(sink);
  describe_op(sink);
  if (variant == describe_fails)
    return backend->host->fail(backend->host, GP_INTERNAL, "lost my notes");
  return variant == describe_returns_alien ? alien() : NULL;
}

static gp_status *check(gp_backend *backend, const gp_check_args *args) {
  const gp_image_body body =
      gp_image_program_body(gp_image_root(args->image.data));
  const size_t ops = gp_image_body_ops_count(body);
  size_t i;
  THROWS(check_throws);
  if (variant == check_returns_alien)
    return alien();
  if (variant == check_fails)
    return backend->host->fail(backend->host, GP_INTERNAL, "cannot decide");
  for (i = 0; i < ops; ++i) {
    GROWN(gp_verdict)
    verdict = {{sizeof(gp_verdict), (uint32_t)i, 1, 0, NULL}, 0};
    switch ((int)variant) {
    case verdict_missing:
      if (i == 0)
        continue;
      break;
    case verdict_null:
      args->verdict(args->context, NULL);
      continue;
    case verdict_size_zero:
      verdict.known.struct_size = 0;
      break;
    case verdict_split_maybe:
      verdict.known.supported = 0;
      verdict.known.split_epilogue = 2;
      verdict.known.reason = "it depends";
      break;
    case verdict_out_of_range:
      verdict.known.op_index = (uint32_t)ops;
      break;
    case verdict_maybe:
      verdict.known.supported = 2;
      break;
    case verdict_without_reason:
      verdict.known.supported = 0;
      break;
    case verdict_yes_with_reason:
      verdict.known.reason = "because";
      break;
    case verdict_yes_but_split:
      verdict.known.split_epilogue = 1;
      break;
    case verdict_split:
      verdict.known.supported = 0;
      verdict.known.split_epilogue = 1;
      verdict.known.reason = "the epilogue has an exp";
      break;
    case verdict_old:
      verdict.known.struct_size = offsetof(gp_verdict, reason);
      verdict.known.reason = "not there yet";
      break;
    case verdict_new:
      verdict.known.struct_size = sizeof verdict;
      break;
    case verdict_tail:
      verdict.known.struct_size = sizeof verdict;
      verdict.unknown = 1;
      break;
    default:
      break;
    }
    args->verdict(args->context, &verdict.known);
    if (variant == verdict_twice)
      args->verdict(args->context, &verdict.known);
  }
  return NULL;
}

static gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  const gp_compile_sink *sink = args->sink;
  const gp_bytes blob = {"code", 4}, nowhere = {NULL, 4};
  GROWN(gp_compile_result)
  result = {{sizeof(gp_compile_result), "any", 128}, 0};
  gp_status *status = NULL;
  THROWS(compile_throws);
  if (variant == compile_fails)
    return backend->host->fail(backend->host, GP_UNSUPPORTED, "op 0: too big");
  if (variant == compile_returns_alien)
    return alien();
  if (variant == keep_out_of_range || variant == keep_ignored)
    status = sink->keep_segment(sink->context, (uint32_t)args->segment_count);
  if (variant == segment_at_null || variant == segment_at_null_ignored)
    status = sink->segment(sink->context, nowhere);
  if (status != NULL && variant != keep_ignored &&
      variant != segment_at_null_ignored)
    return status;
  if (variant != blob_missing)
    status =
        sink->blob(sink->context, variant == blob_at_null ? nowhere : blob);
  if (variant == blob_twice || variant == blob_twice_ignored)
    status = sink->blob(sink->context, blob);
  if (status != NULL && variant != blob_twice_ignored)
    return status;
  if (variant == good)
    status = sink->segment(sink->context, blob);
  if (variant == result_missing)
    return NULL;
  if (variant == result_null)
    return sink->result(sink->context, NULL);
  if (variant == result_null_ignored) {
    sink->result(sink->context, NULL);
    return NULL;
  }
  if (variant == result_size_zero)
    result.known.struct_size = 0;
  if (variant == workspace_absurd)
    result.known.workspace_bytes = (uint64_t)1 << 60;
  if (variant == requirement_null)
    result.known.requirement = NULL;
  if (variant == result_old)
    result.known.struct_size = offsetof(gp_compile_result, workspace_bytes);
  if (variant == result_tail) {
    result.known.struct_size = sizeof result;
    result.unknown = 1;
  }
  status = sink->result(sink->context, &result.known);
  if (variant == result_twice)
    status = sink->result(sink->context, &result.known);
  if (variant == compile_fails_after_answers)
    return backend->host->fail(backend->host, GP_OUT_OF_MEMORY, "too late");
  return status;
}

static gp_status *load(gp_backend *backend, const gp_load_args *args,
                       gp_executable **executable) {
  gp_load_args read;
  if (GP_STRUCT_READ(&read, args) != GP_OK)
    return backend->host->fail(backend->host, GP_UNKNOWN_FIELD, "load args");
  THROWS(load_throws);
  if (variant == load_returns_alien)
    return alien();
  if (variant == load_fails)
    return backend->host->fail(backend->host, GP_INCOMPATIBLE,
                               "needs a device of revision 2, this is 1");
  if (variant == load_nothing)
    return NULL;
  *executable = (gp_executable *)malloc(sizeof **executable);
  (*executable)->host = backend->host;
  return NULL;
}

static gp_status *run(gp_executable *executable, const gp_run_args *args) {
  THROWS(run_throws);
  if (variant == run_returns_alien)
    return alien();
  if (variant == run_fails_with_ok)
    return executable->host->fail(executable->host, GP_OK, "all is well");
  if (variant == run_fails)
    return executable->host->fail(executable->host, GP_DEVICE_LOST,
                                  "bus error at 0x40");
  return NULL;
}

static void unload(gp_executable *executable) { free(executable); }

/* A group whose last function is missing, or that has another size. */
static const void *group(const char *id, uint32_t version) {
  static struct {
    size_t struct_size;
    void (*first)(gp_backend *);
    void (*second)(gp_backend *);
  } table;
  if (strcmp(id, "test.group") != 0 || version != 1)
    return NULL;
  table.struct_size = sizeof table - (variant == group_short ? 8 : 0);
  table.first = destroy;
  table.second = variant == group_half ? NULL : destroy;
  return &table;
}

#ifdef __cplusplus
extern "C"
#endif
    GP_EXPORT const gp_plugin *
    gp_plugin_entry(uint32_t major, uint32_t minor) {
  static GROWN(gp_plugin) table;
  gp_plugin *plugin = &table.known;
  gp_plugin all = {sizeof all, GP_ABI_MAJOR, GP_ABI_MINOR, create,
                   destroy,    describe,     check,        compile,
                   load,       run,          unload,       group};
  *plugin = all;
  switch ((int)variant) {
  case entry_null:
    return NULL;
  case wrong_major:
    plugin->abi_major = 1;
    break;
  case wrong_minor:
    plugin->abi_minor = 5;
    break;
  case size_zero:
    plugin->struct_size = 0;
    break;
  case size_short:
    plugin->struct_size = offsetof(gp_plugin, unload);
    break;
  case size_garbage:
    plugin->struct_size = (size_t)1 << 40;
    break;
  case table_old:
    plugin->struct_size = offsetof(gp_plugin, group);
    break;
  case table_new:
    plugin->struct_size = sizeof table;
    break;
  case table_tail:
    plugin->struct_size = sizeof table;
    table.unknown = 1;
    break;
  case null_create:
    plugin->create = NULL;
    break;
  case null_destroy:
    plugin->destroy = NULL;
    break;
  case null_describe:
    plugin->describe = NULL;
    break;
  case null_check:
    plugin->check = NULL;
    break;
  case null_compile:
    plugin->compile = NULL;
    break;
  case null_load:
    plugin->load = NULL;
    break;
  case null_run:
    plugin->run = NULL;
    break;
  case null_unload:
    plugin->unload = NULL;
    break;
  default:
    break;
  }
  return plugin;
}
