// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Backends and executables that close themselves.

#include "core/conformance/abi/Objects.h"

#include "core/runtime/Host.h"

#include <utility>

namespace glowplug::conformance {

static gp_bytes asBytes(llvm::ArrayRef<uint8_t> bytes) {
  return {bytes.data(), bytes.size()};
}

//===----------------------------------------------------------------------===//
// Backends
//===----------------------------------------------------------------------===//

OpenBackend::OpenBackend(Probe &probe) : probe(probe) {
  std::vector<gp_option> options;
  for (const BackendOption &option : probe.target().options)
    options.push_back({option.key.c_str(), option.value.c_str()});
  gp_create_args args = {};
  args.struct_size = sizeof args;
  args.host = probe.host().table();
  args.options = options.data();
  args.option_count = options.size();
  const gp_plugin &plugin = probe.plugin();
  Probe::expectOk(
      probe.call("create", [&] { return plugin.create(&args, &handle); }),
      "create");
  Probe::expect(handle != nullptr, "create: a backend", "NULL");
}

OpenBackend::~OpenBackend() {
  // After the end of a case nobody asks any more.
  if (handle)
    llvm::consumeError(enterPlugin("plugin", "destroy",
                                   [&] { probe.plugin().destroy(handle); }));
}

void OpenBackend::close() {
  gp_backend *const closed = std::exchange(handle, nullptr);
  probe.enter("destroy", [&] { probe.plugin().destroy(closed); });
}

Status OpenBackend::describe(Description &into) const {
  const gp_describe_sink sink = into.sink();
  return probe.call("describe",
                    [&] { return probe.plugin().describe(handle, &sink); });
}

Description OpenBackend::describe() const {
  Description made;
  Probe::expectOk(describe(made), "describe");
  return made;
}

Status OpenBackend::check(const Sample &sample, Verdicts &into) const {
  const gp_check_args args = into.args(asBytes(sample.image));
  return probe.call("check",
                    [&] { return probe.plugin().check(handle, &args); });
}

Verdicts OpenBackend::check(const Sample &sample) const {
  Verdicts made;
  Probe::expectOk(check(sample, made), "check of " + sample.name);
  return made;
}

Status OpenBackend::compile(const Sample &sample, Compiled &into) const {
  const std::vector<gp_bytes> segments = sample.segmentBytes();
  into.segmentCount = segments.size();
  into.host = &probe.host();
  const gp_compile_sink sink = into.sink();
  const gp_compile_args args = {sizeof args, asBytes(sample.image),
                                segments.data(), segments.size(), &sink};
  return probe.call("compile",
                    [&] { return probe.plugin().compile(handle, &args); });
}

Compiled OpenBackend::compile(const Sample &sample) const {
  Compiled made;
  const std::string what = "compile of " + sample.name;
  Probe::expectOk(compile(sample, made), what);
  if (const std::string *offence = made.offences.any())
    Probe::fail(what + ": keeps the rules of its sink", *offence);
  Probe::expect(
      made.blobs == 1 && made.results == 1, what + ": one blob and one result",
      std::to_string(made.blobs) + " and " + std::to_string(made.results));
  return made;
}

//===----------------------------------------------------------------------===//
// Executables
//===----------------------------------------------------------------------===//

LoadBytes::LoadBytes(const Compiled &compiled, const Sample &sample)
    : blob(llvm::ArrayRef<uint8_t>(compiled.blob)),
      requirement(compiled.requirement) {
  for (const AlignedBytes &segment : compiled.made)
    segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
  for (const uint32_t index : compiled.kept)
    segments.emplace_back(llvm::ArrayRef<uint8_t>(sample.segments[index]));
}

gp_load_args LoadBytes::args(std::vector<gp_bytes> &list) const {
  list.clear();
  for (const AlignedBytes &segment : segments)
    list.push_back(asBytes(segment));
  gp_load_args made = {};
  made.struct_size = sizeof made;
  made.blob = asBytes(blob);
  made.requirement = requirement.c_str();
  made.segments = list.data();
  made.segment_count = list.size();
  made.threads = threads;
  return made;
}

Status load(Probe &probe, const OpenBackend &backend, const LoadBytes &bytes,
            gp_executable *&executable) {
  std::vector<gp_bytes> list;
  const gp_load_args args = bytes.args(list);
  return probe.call("load", [&] {
    return probe.plugin().load(backend.get(), &args, &executable);
  });
}

LoadedProgram::LoadedProgram(Probe &probe, const OpenBackend &backend,
                             const Compiled &compiled, const Sample &sample,
                             uint32_t threads)
    : probe(probe), bytes(compiled, sample),
      workspace(compiled.workspaceBytes) {
  bytes.threads = threads;
  Probe::expectOk(load(probe, backend, bytes, handle),
                  "load of " + sample.name);
  Probe::expect(handle != nullptr, "load: an executable", "NULL");
}

LoadedProgram::~LoadedProgram() {
  if (handle)
    llvm::consumeError(enterPlugin("plugin", "unload",
                                   [&] { probe.plugin().unload(handle); }));
}

void LoadedProgram::unload() {
  gp_executable *const freed = std::exchange(handle, nullptr);
  probe.enter("unload", [&] { probe.plugin().unload(freed); });
}

} // namespace glowplug::conformance
