// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Faults of the C interface.

#include "core/host/c/Objects.h"

using glowplug::Fault;
using glowplug::FaultKind;
using namespace glowplug::host;

static_assert(static_cast<int>(FaultKind::usage) == GP_FAULT_USAGE);
static_assert(static_cast<int>(FaultKind::model) == GP_FAULT_MODEL);
static_assert(static_cast<int>(FaultKind::unsupported) == GP_FAULT_UNSUPPORTED);
static_assert(static_cast<int>(FaultKind::backend) == GP_FAULT_BACKEND);
static_assert(static_cast<int>(FaultKind::resources) == GP_FAULT_RESOURCES);
static_assert(static_cast<int>(FaultKind::mismatch) == GP_FAULT_MISMATCH);
static_assert(static_cast<int>(FaultKind::interrupted) == GP_FAULT_INTERRUPTED);
static_assert(static_cast<int>(FaultKind::internal) == GP_FAULT_INTERNAL);

/// Made when the library is loaded, while there is memory.
static gp_fault outOfMemory{{FaultKind::resources, "memory ran out"}};

gp_fault *c::fail(Fault fault) {
  try {
    return new gp_fault{std::move(fault)};
  } catch (const std::bad_alloc &) {
    return &outOfMemory;
  }
}

gp_fault *c::fail(FaultKind kind, std::string message, std::string place) {
  return fail(Fault{kind, std::move(message), std::move(place)});
}

gp_fault *c::failOutOfMemory() { return &outOfMemory; }

gp_fault *c::outOfRange(const char *what, size_t index, size_t count) {
  return fail(FaultKind::usage,
              "there is no " + std::string(what) + " " + std::to_string(index) +
                  " of " + std::to_string(count),
              "index");
}

gp_fault *c::missing(const char *name) {
  return fail(FaultKind::usage, std::string(name) + " is NULL", name);
}

uint32_t gp_host_version(void) { return GP_HOST_MAJOR << 16 | GP_HOST_MINOR; }

gp_fault_kind gp_fault_get_kind(const gp_fault *fault) {
  return static_cast<gp_fault_kind>(fault->fault.kind);
}

const char *gp_fault_message(const gp_fault *fault) {
  return fault->fault.message.c_str();
}

const char *gp_fault_place(const gp_fault *fault) {
  return fault->fault.place.c_str();
}

void gp_fault_free(gp_fault *fault) {
  if (fault != &outOfMemory)
    delete fault;
}
