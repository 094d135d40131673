// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sessions and requests of the C interface.

#include "core/host/Compare.h"
#include "core/host/c/Objects.h"

#include <algorithm>

using glowplug::Fault;
using glowplug::FaultKind;
using namespace glowplug::host;
using namespace glowplug::host::c;

gp_fault *gp_session_create(const gp_session_args *given,
                            gp_session **session) {
  return guarded([&]() -> gp_fault * {
    gp_session_args args;
    if (gp_fault *fault = readStruct(&args, given, "gp_session_args"))
      return fault;
    if (!session)
      return missing("session");
    if (!args.model)
      return missing("model");
    LoadOptions options;
    if (std::optional<Fault> fault =
            readPlugins(args.plugins, args.plugin_count, args.settings,
                        args.setting_count, options.plugins))
      return fail(std::move(*fault));
    if (std::optional<Fault> fault =
            readIsolation(args.isolation, options.plugins.isolation))
      return fail(std::move(*fault));
    options.threads = std::max(1u, args.threads);
    Result<Session> loaded = Session::load(args.model->model, options);
    if (!loaded)
      return fail(loaded.fault());
    *session = new gp_session{args.model->model,
                              std::make_shared<Session>(std::move(*loaded)),
                              args.model->inputs.ports.size()};
    return nullptr;
  });
}

void gp_session_free(gp_session *session) { delete session; }

gp_fault *gp_request_create(gp_session *session, gp_request **request) {
  return guarded([&]() -> gp_fault * {
    if (!session)
      return missing("session");
    if (!request)
      return missing("request");
    *request = new gp_request{session->model,
                              session->session,
                              std::vector<Tensor>(session->inputCount),
                              {}};
    return nullptr;
  });
}

gp_fault *gp_request_set_input(gp_request *request, size_t index,
                               const gp_tensor *tensor) {
  return guarded([&]() -> gp_fault * {
    if (!request)
      return missing("request");
    if (!tensor)
      return missing("tensor");
    if (index >= request->inputs.size())
      return outOfRange("input", index, request->inputs.size());
    request->inputs[index] = tensor->tensor;
    return nullptr;
  });
}

gp_fault *gp_request_set_random_inputs(gp_request *request, uint64_t seed) {
  return guarded([&]() -> gp_fault * {
    if (!request)
      return missing("request");
    Result<std::vector<Tensor>> made = request->session->randomInputs(seed);
    if (!made)
      return fail(made.fault());
    request->inputs = std::move(*made);
    return nullptr;
  });
}

gp_fault *gp_request_run(gp_request *request) {
  return guarded([&]() -> gp_fault * {
    if (!request)
      return missing("request");
    Result<std::vector<Tensor>> made = request->session->run(request->inputs);
    if (!made)
      return fail(made.fault());
    request->outputs = std::move(*made);
    return nullptr;
  });
}

/// The fault of a request that has not run; NULL if it has.
static gp_fault *checkRun(const gp_request *request) {
  if (!request)
    return missing("request");
  if (request->outputs.empty())
    return fail(FaultKind::usage, "the request has not run", "request");
  return nullptr;
}

gp_fault *gp_request_output(const gp_request *request, size_t index,
                            gp_tensor **tensor) {
  return guarded([&]() -> gp_fault * {
    if (gp_fault *fault = checkRun(request))
      return fault;
    if (!tensor)
      return missing("tensor");
    if (index >= request->outputs.size())
      return outOfRange("output", index, request->outputs.size());
    *tensor = new gp_tensor{request->outputs[index]};
    return nullptr;
  });
}

gp_fault *gp_request_compare(const gp_request *request,
                             gp_comparison *comparison) {
  return guarded([&]() -> gp_fault * {
    if (gp_fault *fault = checkRun(request))
      return fault;
    const Result<Difference> found =
        compareWithReference(request->model, request->inputs, request->outputs);
    if (!found)
      return fail(found.fault());
    gp_comparison filled = {};
    for (const OutputDifference &output : found->outputs) {
      filled.elements += output.elements;
      filled.mismatches += output.mismatches;
      filled.max_error = std::max(filled.max_error, output.maxError);
      filled.max_error_over_limit =
          std::max(filled.max_error_over_limit, output.maxErrorOverLimit);
    }
    filled.is_not_comparable = found->verdict == Verdict::notComparable ? 1 : 0;
    return writeStruct(comparison, filled, "gp_comparison");
  });
}

void gp_request_free(gp_request *request) { delete request; }
