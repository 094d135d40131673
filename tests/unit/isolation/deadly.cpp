// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A backend that copies its first input to its first output, unless the
// environment variable GLOWPLUG_TEST_MISTAKE says "FUNCTION:KIND".

#include <glowplug/backend.h>
#include <glowplug/glue/struct.h>
#include <glowplug/image.h>

#include <algorithm>
#include <cfenv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

static std::string mistakeOf(const char *function) {
  const char *text = std::getenv("GLOWPLUG_TEST_MISTAKE");
  const std::string prefix = std::string(function) + ":";
  return text && std::strncmp(text, prefix.c_str(), prefix.size()) == 0
             ? text + prefix.size()
             : "";
}

static volatile int sink;
static void *volatile lost;

// NOLINTNEXTLINE(misc-no-recursion): until the stack is at its end
static int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}

/// What any function can do wrong. Sanitizers of undefined behaviour would see
/// it before the machine does.
__attribute__((no_sanitize("undefined"))) static void
die(const char *function) {
  const std::string kind = mistakeOf(function);
  if (kind == "segv")
    *reinterpret_cast<volatile int *>(uintptr_t{0x10}) = 1;
  if (kind == "abort")
    std::abort();
  if (kind == "exit")
    std::exit(0);
  if (kind == "hang")
    std::this_thread::sleep_for(std::chrono::hours(1));
  if (kind == "throw")
    throw std::runtime_error("out of ideas");
  if (kind == "thread")
    std::thread([] { throw 42; }).join();
  if (kind == "stack")
    sink = recurse(0);
  if (kind == "divide") {
    volatile int one = 1, zero = 0;
    sink = one / zero;
  }
  if (kind == "allocate")
    *static_cast<volatile char *>(::operator new(size_t{8} << 30)) = 1;
  if (kind == "float-mode")
    std::fesetround(FE_UPWARD);
  if (kind == "print")
    std::puts("a line of text");
  if (kind == "leak")
    lost = std::malloc(500);
  if (kind == "leak-pages")
    lost = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (kind == "caches") { // until there are three
    static std::vector<std::string> cache;
    if (cache.size() < 3)
      cache.emplace_back(500, 'x');
  }
}

struct gp_backend {
  const gp_host *host;
};
struct gp_executable {
  const gp_host *host;
  uint64_t bytes;
};

static const uint8_t *keptImage;

static gp_status *fail(const gp_host *host, const std::string &message) {
  return host->fail(host, GP_INTERNAL, message.c_str());
}

/// Tries what a worker has no right to; says what it could do.
static std::string tryForbidden() {
  std::string could;
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
    could += " socket";
  if (open("/tmp/glowplug-test-forbidden", O_WRONLY | O_CREAT, 0600) >= 0)
    could += " write";
  const pid_t child = fork();
  if (child == 0)
    _exit(0);
  if (child > 0)
    could += " fork";
  if (kill(getppid(), 0) == 0)
    could += " signal";
  if (open(OWN_SOURCE, O_RDONLY) >= 0)
    could += " read";
  if (open("/proc/self/maps", O_RDONLY) < 0)
    could += " but-cannot-read";
  return could;
}

static gp_status *create(const gp_create_args *args, gp_backend **backend) {
  die("create");
  *backend = new gp_backend{args->host};
  return nullptr;
}

static void destroy(gp_backend *backend) {
  die("destroy");
  delete backend;
}

static gp_status *describe(gp_backend *, const gp_describe_sink *sink) {
  die("describe");
  const gp_backend_info info = {
      sizeof info,           "deadly", "1", "none", GP_IMAGE_CONTAINER_VERSION,
      GP_IMAGE_OPSET_VERSION};
  sink->info(sink->context, &info);
  return nullptr;
}

static bool isConv(gp_image_op op) {
  return gp_image_op_as_conv(op).p != nullptr;
}

static gp_status *check(gp_backend *, const gp_check_args *args) {
  die("check");
  const gp_image_body body =
      gp_image_program_body(gp_image_root(args->image.data));
  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
    if (isConv(gp_image_body_ops_at(body, i)))
      die("check-conv");
    gp_verdict verdict = {};
    verdict.struct_size = sizeof verdict;
    verdict.op_index = static_cast<uint32_t>(i);
    verdict.supported = 1;
    args->verdict(args->context, &verdict);
  }
  return nullptr;
}

/// 0 if it is not of f32.
static uint64_t bytesOf(const gp_image_value &value) {
  uint64_t bytes = gp_image_value_dtype(value) == gp_image_dtype_f32 ? 4 : 0;
  for (size_t i = 0; i < gp_image_value_shape_count(value); ++i)
    bytes *= static_cast<uint64_t>(gp_image_value_shape_at(value, i));
  return bytes;
}

static gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  die("compile");
  const std::string kind = mistakeOf("compile");
  if (kind == "writes-image")
    *static_cast<volatile uint8_t *>(const_cast<void *>(args->image.data)) = 1;
  if (kind == "forbidden")
    if (const std::string could = tryForbidden(); !could.empty())
      return fail(backend->host, "could" + could);
  const gp_image_body body =
      gp_image_program_body(gp_image_root(args->image.data));
  for (size_t i = 0; i < gp_image_body_ops_count(body); ++i)
    if (isConv(gp_image_body_ops_at(body, i)))
      die("compile-conv");
  const auto bytesAt = [&](uint32_t index) {
    return bytesOf(gp_image_body_values_at(body, index));
  };
  uint64_t blob[2] = {std::min(bytesAt(gp_image_body_inputs_at(body, 0)),
                               bytesAt(gp_image_body_outputs_at(body, 0))),
                      0};
  if (kind == "pointer")
    blob[1] = reinterpret_cast<uint64_t>(backend);
  if (kind == "random")
    blob[1] = static_cast<uint64_t>(getpid());
  keptImage = static_cast<const uint8_t *>(args->image.data);
  const gp_compile_sink *to = args->sink;
  if (gp_status *status = to->blob(to->context, {blob, sizeof blob}))
    return status;
  if (kind == "large")
    for (uint8_t i = 1; i <= 3; ++i) {
      const std::vector<uint8_t> segment(i * 100000u, i);
      if (gp_status *status =
              to->segment(to->context, {segment.data(), segment.size()}))
        return status;
    }
  const gp_compile_result result = {sizeof result, "any", 64};
  return kind == "no-result" ? nullptr : to->result(to->context, &result);
}

static gp_status *load(gp_backend *backend, const gp_load_args *args,
                       gp_executable **executable) {
  die("load");
  *executable = new gp_executable{
      backend->host, *static_cast<const uint64_t *>(args->blob.data)};
  return nullptr;
}

static gp_status *run(gp_executable *executable, const gp_run_args *args) {
  die("run");
  const std::string kind = mistakeOf("run");
  const uint64_t bytes = executable->bytes;
  auto *out = static_cast<volatile uint8_t *>(args->outputs[0]);
  auto *in = static_cast<const volatile uint8_t *>(args->inputs[0].data);
  auto *work = static_cast<volatile uint8_t *>(args->workspace);
  for (uint64_t i = 0; i < bytes; ++i)
    out[i] = in[i];
  if (kind == "one-past")
    out[bytes] = 1;
  if (kind == "page-past")
    out[bytes + 4096] = 1;
  if (kind == "before")
    *(out - 4) = 1;
  if (kind == "writes-input")
    const_cast<volatile uint8_t *>(in)[0] = 1;
  if (kind == "workspace-past")
    work[64] = 1;
  if (kind == "stale" && keptImage)
    sink = *static_cast<const volatile uint8_t *>(keptImage);
  return nullptr;
}

static void unload(gp_executable *executable) {
  die("unload");
  delete executable;
}

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t, uint32_t) {
  static const gp_plugin table = {
      sizeof table, GP_ABI_MAJOR, GP_ABI_MINOR, create, destroy, describe,
      check,        compile,      load,         run,    unload,  nullptr};
  die("gp_plugin_entry");
  return &table;
}
