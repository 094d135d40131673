// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled program that a backend has made ready to run.

#include "core/runtime/Executable.h"

#include "core/runtime/Host.h"

#include "llvm/Support/Alignment.h"

#include <utility>

namespace glowplug {

llvm::Expected<std::unique_ptr<Executable>>
Backend::load(const LoadRequest &request) {
  assert(request.threads >= 1);
  assert(llvm::isAddrAligned(llvm::Align(64), request.blob.data()));
  std::vector<gp_bytes> segments;
  for (llvm::ArrayRef<uint8_t> segment : request.segments) {
    assert(llvm::isAddrAligned(llvm::Align(64), segment.data()));
    segments.push_back({segment.data(), segment.size()});
  }
  gp_load_args args = {};
  args.struct_size = sizeof args;
  args.blob = {request.blob.data(), request.blob.size()};
  args.requirement = request.requirement.c_str();
  args.segments = segments.data();
  args.segment_count = segments.size();
  args.threads = request.threads;
  gp_executable *executable = nullptr;
  if (llvm::Error error = call("load", [&] {
        return plugin->functions().load(handle, &args, &executable);
      }))
    return std::move(error);
  if (!executable)
    return violation("load", "succeeded without an executable");
  return std::unique_ptr<Executable>(
      new Executable(shared_from_this(), executable));
}

Executable::~Executable() { llvm::consumeError(close()); }

llvm::Error Executable::close() {
  gp_executable *const closed = std::exchange(handle, nullptr);
  if (!closed)
    return llvm::Error::success();
  return enterPlugin(backend->name(), "unload",
                     [&] { backend->plugin->functions().unload(closed); });
}

llvm::Error Executable::run(llvm::ArrayRef<gp_bytes> inputs,
                            llvm::ArrayRef<void *> outputs, void *workspace) {
  gp_run_args args = {};
  args.struct_size = sizeof args;
  args.inputs = inputs.data();
  args.input_count = inputs.size();
  args.outputs = outputs.data();
  args.output_count = outputs.size();
  args.workspace = workspace;
  std::lock_guard lock(mutex);
  return callPlugin(backend->name(), "run", [&] {
    return backend->plugin->functions().run(handle, &args);
  });
}

} // namespace glowplug
