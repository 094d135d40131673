/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The host of a written case, whose data stands before this. */

/* ---- The host ---------------------------------------------------------- */

struct gp_status {
  gp_status_code code;
  char message[1024];
};

static gp_status *host_fail(const gp_host *host, gp_status_code code,
                            const char *message) {
  gp_status *status = malloc(sizeof *status);
  (void)host;
  if (!status)
    abort();
  status->code = code;
  snprintf(status->message, sizeof status->message, "%s", message);
  return status;
}

static const gp_host host = {.struct_size = sizeof host,
                             .abi_major = GP_ABI_MAJOR,
                             .abi_minor = GP_ABI_MINOR,
                             .fail = host_fail};

/* The fault may also be that a call fails. */
static int failed(const char *call, gp_status *status) {
  if (!status)
    return 0;
  printf("%s failed with status %d: %s\n", call, (int)status->code,
         status->message);
  free(status);
  return 1;
}

/* Memory at a multiple of 64, which stays until the end. */
static void *aligned(size_t size) {
  void *bytes = aligned_alloc(64, (size + 127) / 64 * 64);
  if (!bytes)
    abort();
  return bytes;
}

static gp_bytes copy_of(gp_bytes bytes) {
  gp_bytes copy = {NULL, bytes.size};
  void *to = aligned(bytes.size);
  if (bytes.size != 0)
    memcpy(to, bytes.data, bytes.size);
  copy.data = to;
  return copy;
}

/* ---- What the plugin answers ------------------------------------------- */

#define MOST_SEGMENTS 4096

static uint32_t refusals;

static void on_verdict(void *context, const gp_verdict *verdict) {
  (void)context;
  if (verdict->supported)
    return;
  ++refusals;
  printf("op %u is refused: %s\n", (unsigned)verdict->op_index,
         verdict->reason ? verdict->reason : "");
}

struct program {
  gp_bytes blob, made[MOST_SEGMENTS], kept[MOST_SEGMENTS];
  size_t made_count, kept_count;
  char requirement[4096];
  uint64_t workspace_bytes;
};

static gp_bytes scheduled_segments[MOST_SEGMENTS];
static size_t scheduled_count;
static int is_scheduled;

static gp_status *too_many(void) {
  return host_fail(&host, GP_OUT_OF_MEMORY, "too many segments");
}

static gp_status *on_blob(void *context, gp_bytes blob) {
  ((struct program *)context)->blob = copy_of(blob);
  return NULL;
}

static gp_status *on_segment(void *context, gp_bytes segment) {
  struct program *program = context;
  if (program->made_count == MOST_SEGMENTS)
    return too_many();
  program->made[program->made_count++] = copy_of(segment);
  return NULL;
}

static gp_status *on_keep(void *context, uint32_t index) {
  struct program *program = context;
  const gp_bytes *from = is_scheduled ? scheduled_segments : segments;
  const size_t count = is_scheduled ? scheduled_count : SEGMENT_COUNT;
  if (index >= count || program->kept_count == MOST_SEGMENTS)
    return too_many();
  program->kept[program->kept_count++] = from[index];
  return NULL;
}

static gp_status *on_result(void *context, const gp_compile_result *result) {
  struct program *program = context;
  snprintf(program->requirement, sizeof program->requirement, "%s",
           result->requirement);
  program->workspace_bytes = result->workspace_bytes;
  return NULL;
}

static gp_status *on_scheduled(void *context, gp_bytes bytes) {
  *(gp_bytes *)context = copy_of(bytes);
  return NULL;
}

static gp_status *on_scheduled_segment(void *context, gp_bytes segment) {
  (void)context;
  if (scheduled_count == MOST_SEGMENTS)
    return too_many();
  scheduled_segments[scheduled_count++] = copy_of(segment);
  return NULL;
}

/* ---- The way of a program ---------------------------------------------- */

/* By way of an instr program where the plugin makes one, as the host does. */
static int compile(const gp_plugin *plugin, gp_backend *backend,
                   struct program *program) {
  const gp_bytes image = {image_words, IMAGE_BYTES};
  const gp_compile_sink sink = {.struct_size = sizeof sink,
                                .context = program,
                                .blob = on_blob,
                                .segment = on_segment,
                                .keep_segment = on_keep,
                                .result = on_result};
  const gp_instr_group *instr = NULL;
  const gp_schedule_group *schedule = NULL;
  if (plugin->group) {
    instr = plugin->group(GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION);
    schedule = plugin->group(GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION);
  }
  if (instr && schedule) {
    gp_bytes made = {NULL, 0};
    const gp_bytes_sink bytes = {
        .struct_size = sizeof bytes, .context = &made, .bytes = on_scheduled};
    const gp_schedule_args how = {.struct_size = sizeof how,
                                  .image = image,
                                  .segments = segments,
                                  .segment_count = SEGMENT_COUNT,
                                  .program = &bytes,
                                  .segment = on_scheduled_segment};
    gp_encode_args encode = {.struct_size = sizeof encode,
                             .segments = scheduled_segments,
                             .sink = &sink};
    is_scheduled = 1;
    if (failed("schedule", schedule->schedule(backend, &how)))
      return 1;
    encode.program = made;
    encode.segment_count = scheduled_count;
    return failed("encode", instr->encode(backend, &encode));
  } else {
    const gp_compile_args args = {.struct_size = sizeof args,
                                  .image = image,
                                  .segments = segments,
                                  .segment_count = SEGMENT_COUNT,
                                  .sink = &sink};
    return failed("compile", plugin->compile(backend, &args));
  }
}

static gp_executable *load(const gp_plugin *plugin, gp_backend *backend,
                           struct program *program) {
  static gp_bytes all[2 * MOST_SEGMENTS];
  gp_executable *executable = NULL;
  gp_load_args args = {.struct_size = sizeof args,
                       .blob = program->blob,
                       .requirement = program->requirement,
                       .segments = all,
                       .threads = THREADS};
  memcpy(all, program->made, program->made_count * sizeof *all);
  memcpy(all + program->made_count, program->kept,
         program->kept_count * sizeof *all);
  args.segment_count = program->made_count + program->kept_count;
  return failed("load", plugin->load(backend, &args, &executable)) ? NULL
                                                                   : executable;
}

static int run(const gp_plugin *plugin, gp_executable *executable,
               uint64_t workspace_bytes, void **results) {
  gp_run_args args = {.struct_size = sizeof args,
                      .inputs = inputs,
                      .input_count = INPUT_COUNT,
                      .outputs = results,
                      .output_count = OUTPUT_COUNT};
  size_t i;
  for (i = 0; i < OUTPUT_COUNT; ++i) {
    results[i] = aligned(outputs[i].bytes);
    memset(results[i], 0xff, outputs[i].bytes); /* NaN where nothing writes */
  }
  if (workspace_bytes != 0)
    args.workspace = aligned(workspace_bytes);
  return failed("run", plugin->run(executable, &args));
}

/* ---- The comparison ---------------------------------------------------- */

/* Element types, as in the program image. */
enum { BOOLEAN = 1, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 };

static double half_of(uint16_t bits) {
  const uint32_t word = (uint32_t)(bits & 0x7fff) << 13;
  float value;
  memcpy(&value, &word, 4);
  value *= 0x1p112f; /* the exponents of the types differ by as much */
  if ((bits >> 10 & 31) == 31)
    value = bits & 1023 ? NAN : INFINITY;
  return bits >> 15 ? -value : value;
}

static double float_at(const struct output *output, const void *bytes,
                       size_t i) {
  uint16_t half;
  uint32_t word;
  float single;
  double number;
  switch (output->dtype) {
  case F16:
  case BF16:
    memcpy(&half, (const char *)bytes + 2 * i, 2);
    if (output->dtype == F16)
      return half_of(half);
    word = (uint32_t)half << 16;
    memcpy(&single, &word, 4);
    return single;
  case F32:
    memcpy(&single, (const char *)bytes + 4 * i, 4);
    return single;
  default:
    memcpy(&number, (const char *)bytes + 8 * i, 8);
    return number;
  }
}

/* An integer as text, for people. */
static void print_integer(const struct output *output, const void *bytes,
                          size_t i) {
  const size_t size = output->bytes / output->elements;
  const int is_signed = output->dtype == I8 || output->dtype == I16 ||
                        output->dtype == I32 || output->dtype == I64;
  uint64_t value = 0;
  memcpy(&value, (const char *)bytes + size * i, size);
  if (is_signed && size < 8 && value >> (8 * size - 1))
    value |= ~(uint64_t)0 << 8 * size;
  if (is_signed)
    printf("%" PRId64, (int64_t)value);
  else
    printf("%" PRIu64, value);
}

static void print_wrong(const struct output *output, const void *got,
                        size_t i) {
  size_t dim, rest = i, inner = output->elements;
  printf("first at [");
  for (dim = 0; dim < output->rank; ++dim) {
    inner /= output->shape[dim];
    printf("%s%zu", dim == 0 ? "" : ", ", rest / inner);
    rest %= inner;
  }
  if (output->dtype >= F16) {
    double want, low, high, value = float_at(output, got, i);
    memcpy(&want, output->want + i, 8);
    if (output->low) {
      memcpy(&low, output->low + i, 8);
      memcpy(&high, output->high + i, 8);
      printf("]: got %.17g, want %.17g to %.17g\n",
             isnan(value) ? (double)NAN : value, low, high);
      return;
    }
    printf("]: got %.9g, want %.9g within %.3g\n",
           isnan(value) ? (double)NAN : value, want, output->limit);
    return;
  }
  printf("]: got ");
  print_integer(output, got, i);
  printf(", want ");
  print_integer(output, output->want, i);
  printf("\n");
}

static int is_wrong(const struct output *output, const void *got, size_t i) {
  double want, low, high, value, above;
  if (output->dtype < F16) {
    const size_t size = output->bytes / output->elements;
    return memcmp((const char *)got + size * i,
                  (const char *)output->want + size * i, size) != 0;
  }
  memcpy(&want, output->want + i, 8);
  value = float_at(output, got, i);
  if (output->low) {
    memcpy(&low, output->low + i, 8);
    memcpy(&high, output->high + i, 8);
    if (isnan(value))
      return !isnan(low);
    return isnan(high) || value < low || value > high;
  }
  if (isnan(want) || isnan(value))
    return !isnan(want) || !isnan(value);
  if (isinf(want) || isinf(value))
    return !(value >= want && value <= want);
  above = value - want;
  return !(above <= output->limit && -above <= output->limit);
}

static int compare(const struct output *output, size_t number,
                   const void *got) {
  size_t i, first = 0, wrong = 0, nans = 0;
  for (i = 0; i < output->elements; ++i) {
    if (!is_wrong(output, got, i))
      continue;
    if (wrong++ == 0)
      first = i;
    nans += output->dtype >= F16 && isnan(float_at(output, got, i));
  }
  printf("output %zu '%s': %zu of %zu elements are wrong", number, output->name,
         wrong, output->elements);
  if (nans != 0)
    printf(", %zu of them NaN", nans);
  printf(wrong != 0 ? "; " : "\n");
  if (wrong != 0)
    print_wrong(output, got, first);
  return wrong != 0;
}

/* ---- The whole --------------------------------------------------------- */

static const gp_plugin *open_plugin(const char *file) {
  gp_plugin_entry_fn entry = NULL;
  const gp_plugin *plugin = NULL;
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  void *symbol = library ? dlsym(library, GP_PLUGIN_ENTRY) : NULL;
  if (!symbol) {
    printf("%s\n", dlerror());
    return NULL;
  }
  memcpy(&entry, &symbol, sizeof entry);
  plugin = entry(GP_ABI_MAJOR, GP_ABI_MINOR);
  if (!plugin)
    printf("%s takes no host of version %u.%u\n", file, GP_ABI_MAJOR,
           GP_ABI_MINOR);
  return plugin;
}

static int try_case(const gp_plugin *plugin, gp_backend *backend) {
  static struct program program;
  static void *results[OUTPUT_COUNT];
  const gp_check_args check = {.struct_size = sizeof check,
                               .image = {image_words, IMAGE_BYTES},
                               .verdict = on_verdict};
  gp_executable *executable = NULL;
  size_t i;
  int wrong = 0, attempt;
  if (failed("check", plugin->check(backend, &check)) || refusals != 0 ||
      compile(plugin, backend, &program))
    return 1;
  executable = load(plugin, backend, &program);
  if (!executable)
    return 1;
  /* Twice, in other memory: what one run leaves may spoil the next. */
  for (attempt = 0; !wrong && attempt < 2; ++attempt) {
    wrong = run(plugin, executable, program.workspace_bytes, results);
    for (i = 0; !wrong && i < OUTPUT_COUNT; ++i)
      wrong |= compare(&outputs[i], i, results[i]) << 1;
  }
  plugin->unload(executable);
  return wrong;
}

int main(int argc, char **argv) {
  const gp_create_args create = {.struct_size = sizeof create,
                                 .host = &host,
                                 .options = options,
                                 .option_count = OPTION_COUNT};
  gp_backend *backend = NULL;
  const gp_plugin *plugin = NULL;
  int wrong = 0;
  if (argc != 2) {
    printf("usage: %s PLUGIN.so\n", argv[0]);
    return 2;
  }
  plugin = open_plugin(argv[1]);
  if (!plugin)
    return 2;
  if (failed("create", plugin->create(&create, &backend)))
    return 2;
  wrong = try_case(plugin, backend);
  plugin->destroy(backend);
  printf(wrong ? "the fault is there\n" : "the fault is gone\n");
  return wrong ? 1 : 0;
}
