// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A backend that adds f32 tensors of one shape, and makes the one mistake that
// the environment variable GLOWPLUG_TEST_MISTAKE names.

#include <glowplug/glue/check.h>
#include <glowplug/glue/layout.h>
#include <glowplug/glue/plugin.h>
#include <glowplug/glue/seal.h>

#include <cfenv>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace glue = glowplug::glue;

struct gp_backend {
  const gp_host *host;
  bool isAnswered = false;
};

struct gp_executable {
  const gp_host *host;
  const uint8_t *image;
  std::vector<float> first;
};

namespace {

bool makes(const char *name) {
  static const char *const mistake = std::getenv("GLOWPLUG_TEST_MISTAKE");
  return mistake && std::strcmp(mistake, name) == 0;
}

/// Bytes that are lost.
void leak() { *static_cast<volatile char *>(std::malloc(200)) = 1; }

constexpr const char *requirement = "wrong 1";

const char *refusal(gp_backend *, gp_image_body body, gp_image_op op) {
  const gp_image_region region = gp_image_map_region(gp_image_op_as_map(op));
  if (region.p == nullptr || gp_image_op_operands_count(op) != 2 ||
      gp_image_op_results_count(op) != 1 ||
      gp_image_region_instructions_count(region) != 1 ||
      gp_image_instruction_op(gp_image_region_instructions_at(region, 0)) !=
          gp_image_scalar_op_add)
    return "only sums of two tensors are supported";
  if (gp_image_op_version(op) != 1 && !makes("any-version"))
    return "another version of map than 1";
  uint64_t bytes[3] = {};
  for (size_t i = 0; i < 3; ++i) {
    const gp_image_value value =
        gp_image_body_values_at(body, i < 2 ? gp_image_op_operands_at(op, i)
                                            : gp_image_op_results_at(op, 0));
    gp_value_bytes(value, &bytes[i]);
    if (gp_image_value_dtype(value) != gp_image_dtype_f32 ||
        bytes[i] != bytes[0])
      return "only f32 tensors of one shape are supported";
  }
  return nullptr;
}

/// What can go wrong in any function, for the environment.
void disturb() {
  if (makes("locale"))
    std::setlocale(LC_ALL, "C.UTF-8");
  if (makes("folder") && chdir("/") != 0)
    std::abort();
  if (makes("file-mask"))
    umask(0123);
  if (makes("variables"))
    setenv("GLOWPLUG_WRONG", "1", 1);
  if (makes("signal-handlers"))
    std::signal(SIGUSR1, SIG_IGN);
  if (makes("signal-mask")) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  }
  if (makes("rounding"))
    std::fesetround(FE_UPWARD);
  if (makes("print"))
    std::puts("a line of text");
  if (makes("children") && fork() == 0) {
    pause();
    _exit(0);
  }
  if (makes("hang"))
    std::this_thread::sleep_for(std::chrono::hours(1));
  if (makes("crash"))
    *reinterpret_cast<volatile int *>(uintptr_t{0x10}) = 1;
  if (makes("exit"))
    _exit(3);
}

/// What makes a blob depend on more than the program.
uint64_t noise(const gp_compile_args &args) {
  static uint64_t count = 0;
  if (makes("counter"))
    return ++count;
  if (makes("process"))
    return static_cast<uint64_t>(getpid());
  if (makes("folder-name")) {
    char path[4096] = {};
    return getcwd(path, sizeof path) ? std::strlen(path) : 0;
  }
  if (makes("image-address") || makes("image-kept"))
    return reinterpret_cast<uint64_t>(args.image.data);
  if (makes("float-mode"))
    return static_cast<uint64_t>(std::fegetround());
  return 0;
}

/// Runs of all executables share it.
float shared[1 << 20];

struct Entries {
  using Backend = gp_backend;
  using Executable = gp_executable;

  static gp_status *create(const gp_create_args &args, Backend **backend) {
    for (size_t i = 0; i < args.option_count; ++i) {
      if (std::strcmp(args.options[i].key, "level") == 0)
        continue;
      if (makes("unknown-option"))
        continue;
      if (makes("set-on-failure"))
        *backend = nullptr;
      if (makes("leak-on-failure"))
        leak();
      return glue::fail(
          args.host, makes("wrong-code") ? GP_UNSUPPORTED : GP_INVALID_ARGUMENT,
          "there is no such option");
    }
    disturb();
    *backend = new Backend{args.host};
    return nullptr;
  }

  static gp_status *describe(Backend &backend, const gp_describe_sink &sink) {
    const bool isNew = makes("moody") && !backend.isAnswered;
    backend.isAnswered = true;
    const gp_backend_info info = {sizeof info,
                                  "wrong",
                                  isNew ? "1" : "2",
                                  makes("latin") ? "caf\xe9" : "none",
                                  GP_IMAGE_CONTAINER_VERSION,
                                  GP_IMAGE_OPSET_VERSION};
    sink.info(sink.context, &info);
    glue::tell(sink, glue::Option{"level", "1", "changes nothing"});
    if (!makes("no-row"))
      glue::tell(sink, gp_image_attributes_map, 1, 1u << gp_image_dtype_f32);
    return nullptr;
  }

  static gp_status *check(Backend &backend, const gp_check_args &args) {
    if (makes("feature") || makes("fickle")) {
      const bool isYes = makes("feature") || (backend.isAnswered ^= true);
      const gp_verdict verdict = {sizeof verdict, 0, isYes, 0,
                                  isYes ? nullptr : "not now"};
      args.verdict(args.context, &verdict);
      return nullptr;
    }
    return gp_check_ops(&backend, &args, refusal);
  }

  static gp_status *compile(Backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink) {
    if (makes("breaks-promise"))
      return glue::fail(backend.host, GP_UNSUPPORTED, "changed my mind");
    if (gp_status *status =
            gp_require_ops(&backend, backend.host, args.image, refusal))
      if (!makes("takes-all"))
        return status;
    std::vector<uint8_t> blob(16 + args.image.size);
    const uint64_t extra = noise(args);
    std::memcpy(blob.data(), &extra, sizeof extra);
    std::memcpy(blob.data() + 16, args.image.data, args.image.size);
    const gp_compile_result result = {sizeof result, requirement,
                                      gp_workspace_bytes(args.image)};
    gp_status *status = gp_emit_sealed(
        backend.host, &sink, {blob.data(), blob.size()}, "wrong", 0, &result);
    if (status != nullptr && makes("swallows"))
      return nullptr;
    if (status != nullptr && makes("replaces"))
      return glue::fail(backend.host, GP_INTERNAL, "the sink failed");
    return status;
  }

  static gp_status *load(Backend &backend, const gp_load_args &args,
                         Executable **executable) {
    gp_load_args trusted = args;
    if (makes("any-requirement"))
      trusted.requirement = requirement;
    gp_bytes blob = {};
    gp_status *status = nullptr;
    if (makes("any-blob"))
      blob = {static_cast<const char *>(args.blob.data) + sizeof(gp_seal),
              args.blob.size};
    else
      status =
          gp_open_sealed(backend.host, &trusted, "wrong", requirement, &blob);
    if (status != nullptr) {
      if (makes("leak-in-load"))
        leak();
      return status;
    }
    const auto *bytes = static_cast<const uint8_t *>(blob.data);
    auto made = std::make_unique<Executable>();
    made->host = backend.host;
    made->image = bytes + 16;
    if (makes("image-kept"))
      std::memcpy(&made->image, bytes, sizeof made->image);
    if (makes("leak-descriptor"))
      dup(STDERR_FILENO);
    if (makes("leak-thread"))
      std::thread([] { pause(); }).detach();
    *executable = made.release();
    return nullptr;
  }

  static gp_status *run(Executable &executable, const gp_run_args &args) {
    const gp_image_body body =
        gp_image_program_body(gp_image_root(executable.image));
    const bool isRight = args.input_count == gp_image_body_inputs_count(body) &&
                         args.output_count == gp_image_body_outputs_count(body);
    if (!isRight && !makes("any-counts"))
      return glue::fail(executable.host, GP_INVALID_ARGUMENT,
                        "needs as many tensors as the program has");
    const auto *x = static_cast<const float *>(args.inputs[0].data);
    const auto *y = static_cast<const float *>(args.inputs[1].data);
    auto *result = static_cast<float *>(args.outputs[0]);
    auto *scratch = static_cast<float *>(args.workspace);
    const size_t count = args.inputs[0].size / sizeof(float);
    if (count == 0)
      return nullptr;
    if (makes("cached") && executable.first.empty())
      executable.first.assign(x, x + count);
    for (size_t i = 0; i < count - (makes("last-element") ? 1 : 0); ++i) {
      const float left = makes("cached") ? executable.first[i] : x[i];
      const float sum = left + y[i];
      shared[i] = makes("shared-buffer") ? sum : 0;
      result[i] = sum;
      if (makes("dirty-workspace") && scratch[i] != 0)
        result[i] = scratch[i]; // "is not empty, so it is done"
    }
    if (makes("shared-buffer")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::memcpy(result, shared, count * sizeof(float));
    }
    if (makes("overrun"))
      result[count] = 1;
    if (makes("writes-input"))
      const_cast<float *>(x)[0] = 1;
    if (makes("random"))
      result[0] += static_cast<float>(clock());
    return nullptr;
  }

  static const void *group(const char *id, std::uint32_t) {
    static const gp_bytes_sink none = {sizeof none, nullptr, nullptr};
    return makes("any-group") ||
                   (makes("half-group") && std::strcmp(id, GP_GROUP_INSTR) == 0)
               ? &none
               : nullptr;
  }
};

using Table = glue::PluginTable<Entries>;
const gp_plugin &plain() { return *Table::entry(GP_ABI_MAJOR, GP_ABI_MINOR); }

void destroy(gp_backend *backend) {
  if (makes("destroy-null") && !backend)
    std::abort();
  if (!makes("leak-backend"))
    plain().destroy(backend);
}

void unload(gp_executable *executable) {
  if (makes("unload-null") && !executable)
    std::abort();
  if (!makes("leak-executable"))
    plain().unload(executable);
}

gp_status *run(gp_executable *executable, const gp_run_args *args) {
  gp_run_args copy;
  std::memcpy(&copy, args, sizeof copy);
  return makes("any-size") ? Entries::run(*executable, copy)
                           : plain().run(executable, args);
}

gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  // Refuses a larger struct, whatever is in it.
  if (makes("exact-size") && sink->struct_size != sizeof *sink)
    return glue::fail(backend->host, GP_UNKNOWN_FIELD, "another size");
  return plain().describe(backend, sink);
}

} // namespace

GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t, uint32_t minor) {
  static gp_plugin table = plain();
  table.destroy = destroy;
  table.unload = unload;
  table.run = run;
  table.describe = describe;
  (void)minor;
  return &table;
}
