// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the handles of glowplug/host.h stand for, and how calls fail.

#pragma once

#include "core/host/Session.h"

#include <glowplug/glue/struct.h>
#include <glowplug/host.h>

#include <cstring>
#include <new>
#include <optional>

struct gp_fault {
  glowplug::Fault fault;
};

struct gp_tensor {
  glowplug::host::Tensor tensor;
};

namespace glowplug::host::c {

/// Ports with what gp_port points to, which a move leaves where it is.
struct ModelPorts {
  ModelPorts(std::vector<Port> given);

  std::vector<Port> ports;
  std::vector<std::vector<const char *>> dimNames; // per port
};

} // namespace glowplug::host::c

struct gp_model {
  glowplug::host::Model model;
  glowplug::host::c::ModelPorts inputs, outputs;
  std::vector<std::pair<std::string, uint64_t>> shares; // of the backends
  std::string cacheProblem;
};

struct gp_session {
  glowplug::host::Model model;
  std::shared_ptr<glowplug::host::Session> session;
  size_t inputCount = 0;
};

struct gp_request {
  glowplug::host::Model model;
  std::shared_ptr<glowplug::host::Session> session;
  std::vector<glowplug::host::Tensor> inputs, outputs;
};

struct gp_simulation {
  std::vector<glowplug::PartSimulation> parts;
};

struct gp_buffer {
  std::vector<uint8_t> bytes;
};

namespace glowplug::host::c {

gp_fault *fail(Fault fault);
gp_fault *fail(FaultKind kind, std::string message, std::string place = {});
/// Of memory that ran out: needs none itself, and is never freed.
gp_fault *failOutOfMemory();

/// Does \p work, which returns a gp_fault *. No exception goes further.
template <typename Work>
gp_fault *guarded(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc &) {
    return failOutOfMemory();
  } catch (const std::exception &error) {
    return fail(FaultKind::internal, error.what());
  } catch (...) {
    return fail(FaultKind::internal, "an exception of unknown type");
  }
}

/// The fault of an index that is none of \p count.
gp_fault *outOfRange(const char *what, size_t index, size_t count);

/// The fault of an argument that is NULL.
gp_fault *missing(const char *name);

/// Copies the struct \p from to \p to by the struct-size rule; NULL or a fault
/// that names the struct.
template <typename T>
gp_fault *readStruct(T *to, const T *from, const char *name) {
  switch (GP_STRUCT_READ(to, from)) {
  case GP_OK:
    return nullptr;
  case GP_UNKNOWN_FIELD:
    return fail(FaultKind::usage,
                std::string(name) + " has fields that this version of the "
                                    "library does not know",
                name);
  default:
    return from ? fail(FaultKind::usage,
                       std::string(name) + ".struct_size is " +
                           std::to_string(from->struct_size),
                       name)
                : missing(name);
  }
}

/// Fills \p to, of the size that it states, from \p from.
template <typename T>
gp_fault *writeStruct(T *to, T from, const char *name) {
  T before;
  if (gp_fault *fault = readStruct(&before, to, name))
    return fault;
  const size_t size = to->struct_size;
  from.struct_size = size;
  std::memcpy(to, &from, size < sizeof(T) ? size : sizeof(T));
  return nullptr;
}

/// The model of \p args, and how it is to be compiled. The source may point
/// into what \p args names.
std::optional<Fault> readModel(const gp_model_args &args, ModelSource &source,
                               CompileOptions &options);

/// Copies strings, none of which may be NULL.
std::optional<Fault> readNames(const char *const *names, size_t count,
                               const char *what,
                               std::vector<std::string> &result);

/// The plugins and settings that several structs hold.
std::optional<Fault> readPlugins(const char *const *files, size_t fileCount,
                                 const gp_backend_setting *settings,
                                 size_t settingCount, Plugins &result);
std::optional<Fault> readIsolation(const gp_isolation *given,
                                   IsolationPolicy &policy);

} // namespace glowplug::host::c
