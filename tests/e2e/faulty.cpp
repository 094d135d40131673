// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin that runs programs in the interpreter, and is wrong in the way that
// its option `fault` says:
//   group     the last group of a grouped convolution is off by one
//   nan       the last element of a matrix product is NaN
//   epilogue  what an epilogue makes is 1 % too large
//   pair      windows are off by one in programs that hold a convolution too
//   compile   programs with a window are not compiled
//   crash     programs with a window end the process

#include "core/image/Types.h"
#include "core/reference/Interpreter.h"

#include <glowplug/glue/check.h>
#include <glowplug/glue/struct.h>

#include "llvm/ADT/STLExtras.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

using namespace glowplug;

struct gp_backend {
  const gp_host *host;
  std::string fault;
};

struct gp_executable {
  gp_backend *backend;
  const image::Program *program;
  std::vector<llvm::ArrayRef<uint8_t>> segments;
};

namespace {

gp_status *create(const gp_create_args *args, gp_backend **backend) {
  auto *made = new gp_backend{args->host, ""};
  for (size_t i = 0; i < args->option_count; ++i)
    made->fault = args->options[i].value;
  *backend = made;
  return nullptr;
}

void destroy(gp_backend *backend) { delete backend; }

gp_status *describe(gp_backend *, const gp_describe_sink *sink) {
  const gp_backend_info info = {
      sizeof info,           "faulty", "1", "any", GP_IMAGE_CONTAINER_VERSION,
      GP_IMAGE_OPSET_VERSION};
  sink->info(sink->context, &info);
  const gp_option_info option = {sizeof option, "fault", "", "for tests"};
  sink->option(sink->context, &option);
  return nullptr;
}

/// Leaves sorting to others, so that models come in several parts.
const char *refusal(gp_backend *, gp_image_body, gp_image_op op) {
  if (gp_image_op_as_composite(op).p)
    return "composites are for others";
  return gp_image_op_as_sort(op).p ? "sorting is for others" : nullptr;
}

gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops(backend, args, refusal);
}

bool hasKind(const image::Program &program, image::Attributes kind) {
  return llvm::any_of(*program.body()->ops(), [&](const image::Op *op) {
    return op->attributes_type() == kind;
  });
}

gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  if (gp_status *failure =
          gp_require_ops(backend, backend->host, args->image, refusal))
    return failure;
  const image::Program &program = *image::GetProgram(args->image.data);
  if (backend->fault == "compile" &&
      hasKind(program, image::Attributes::Window))
    return backend->host->fail(backend->host, GP_INTERNAL,
                               "no registers are left for the window");
  for (uint32_t i = 0; i < args->segment_count; ++i)
    if (gp_status *failure = args->sink->keep_segment(args->sink->context, i))
      return failure;
  return gp_emit_program(args->sink, args->image, "", 0);
}

gp_status *load(gp_backend *backend, const gp_load_args *args,
                gp_executable **executable) {
  auto *made =
      new gp_executable{backend, image::GetProgram(args->blob.data), {}};
  for (size_t i = 0; i < args->segment_count; ++i)
    made->segments.emplace_back(
        static_cast<const uint8_t *>(args->segments[i].data),
        args->segments[i].size);
  *executable = made;
  return nullptr;
}

void unload(gp_executable *executable) { delete executable; }

bool hasEpilogue(const image::Op &op) {
  if (const image::Conv *conv = op.attributes_as_Conv())
    return conv->epilogue();
  if (const image::MatMul *matmul = op.attributes_as_MatMul())
    return matmul->epilogue();
  return false;
}

/// Applies the fault to what \p op made.
void damage(const std::string &fault, const image::Program &program,
            const image::Op &op, Tensor made) {
  if (made.dtype() != DType::f32 || !made.writable() ||
      made.elementCount() == 0)
    return;
  const llvm::MutableArrayRef<float> all = made.mutableElements<float>();
  if (fault == "group") {
    const image::Conv *conv = op.attributes_as_Conv();
    if (!conv || conv->groups() < 2)
      return;
    const auto batch = static_cast<size_t>(made.shape()[0]);
    const size_t image = all.size() / batch;
    const size_t group = image / static_cast<size_t>(conv->groups());
    for (size_t n = 0; n < batch; ++n)
      for (float &x : all.slice((n + 1) * image - group, group))
        x += 1;
  } else if (fault == "nan") {
    if (op.attributes_as_MatMul())
      all.back() = std::numeric_limits<float>::quiet_NaN();
  } else if (fault == "epilogue") {
    for (float &x : all)
      x *= hasEpilogue(op) ? 1.01F : 1;
  } else if (fault == "pair" && op.attributes_as_Window() &&
             hasKind(program, image::Attributes::Conv)) {
    all.front() += 1;
  }
}

gp_status *run(gp_executable *executable, const gp_run_args *args) {
  const gp_host *host = executable->backend->host;
  const image::Program &program = *executable->program;
  const image::Body &body = *program.body();
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < args->input_count; ++i) {
    const image::Value &value =
        *body.values()->Get(body.inputs()->Get(static_cast<uint32_t>(i)));
    inputs.push_back(llvm::cantFail(
        Tensor::borrow(fromImage(value.dtype()), arrayOf(value.shape()),
                       {static_cast<const uint8_t *>(args->inputs[i].data),
                        args->inputs[i].size})));
  }
  if (executable->backend->fault == "crash" &&
      hasKind(program, image::Attributes::Window))
    std::abort();
  InterpreterOptions options;
  options.observe = [&](const image::Body &, uint32_t op,
                        llvm::ArrayRef<Tensor>, llvm::ArrayRef<Tensor> made) {
    damage(executable->backend->fault, program, *body.ops()->Get(op), made[0]);
  };
  llvm::Expected<std::vector<Tensor>> outputs =
      interpret(program, inputs, executable->segments, options);
  if (!outputs)
    return host->fail(host, GP_INTERNAL,
                      llvm::toString(outputs.takeError()).c_str());
  for (size_t i = 0; i < args->output_count; ++i)
    if (!(*outputs)[i].bytes().empty())
      std::memcpy(args->outputs[i], (*outputs)[i].bytes().data(),
                  (*outputs)[i].byteCount());
  return nullptr;
}

} // namespace

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t major,
                                                      uint32_t minor) {
  static const gp_plugin plugin = {
      sizeof plugin, GP_ABI_MAJOR, GP_ABI_MINOR, create, destroy, describe,
      check,         compile,      load,         run,    unload,  nullptr};
  return major == GP_ABI_MAJOR && minor == GP_ABI_MINOR ? &plugin : nullptr;
}
