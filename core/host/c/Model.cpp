// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models of the C interface.

#include "core/host/c/Objects.h"

using glowplug::Fault;
using glowplug::FaultKind;
using glowplug::IsolationPolicy;
using glowplug::ModelSource;
using namespace glowplug::host;
using namespace glowplug::host::c;

static Fault null(const std::string &name) {
  return {FaultKind::usage, name + " is NULL", name};
}

static std::string textOr(const char *text) { return text ? text : ""; }

std::optional<Fault> c::readNames(const char *const *names, size_t count,
                                  const char *what,
                                  std::vector<std::string> &result) {
  if (!names && count != 0)
    return null(what);
  for (size_t i = 0; i < count; ++i) {
    if (!names[i])
      return null(std::string(what) + "[" + std::to_string(i) + "]");
    result.emplace_back(names[i]);
  }
  return std::nullopt;
}

std::optional<Fault> c::readPlugins(const char *const *files, size_t fileCount,
                                    const gp_backend_setting *settings,
                                    size_t settingCount, Plugins &result) {
  if (std::optional<Fault> fault =
          readNames(files, fileCount, "plugins", result.files))
    return fault;
  if (!settings && settingCount != 0)
    return null("settings");
  for (size_t i = 0; i < settingCount; ++i) {
    const gp_backend_setting &one = settings[i];
    if (!one.backend || !one.key || !one.value)
      return null("settings[" + std::to_string(i) + "]");
    result.settings.push_back({one.backend, one.key, one.value});
  }
  return std::nullopt;
}

std::optional<Fault> c::readIsolation(const gp_isolation *given,
                                      IsolationPolicy &policy) {
  if (!given)
    return std::nullopt;
  gp_isolation read;
  if (gp_fault *fault = readStruct(&read, given, "gp_isolation")) {
    Fault result = std::move(fault->fault);
    gp_fault_free(fault);
    return result;
  }
  switch (read.calls) {
  case GP_ISOLATE_COMPILE:
    policy.calls = glowplug::IsolatedCalls::compile;
    break;
  case GP_ISOLATE_ALL:
    policy.calls = glowplug::IsolatedCalls::all;
    break;
  case GP_ISOLATE_NONE:
    policy.calls = glowplug::IsolatedCalls::none;
    break;
  default:
    return Fault{FaultKind::usage,
                 "gp_isolation.calls needs 0, 1 or 2, but got " +
                     std::to_string(static_cast<int>(read.calls)),
                 "calls"};
  }
  if (read.call_timeout_ms != 0)
    policy.callTimeout = std::chrono::milliseconds(read.call_timeout_ms);
  policy.memoryBytes = read.memory_limit_bytes;
  policy.isStrict = read.is_strict != 0;
  policy.isConfined = read.is_unconfined == 0;
  policy.reproFolder = textOr(read.repro_folder);
  return std::nullopt;
}

static std::optional<Fault> readOptions(const gp_model_args &args,
                                        CompileOptions &options) {
  if (std::optional<Fault> fault = readNames(args.backends, args.backend_count,
                                             "backends", options.backends))
    return fault;
  if (std::optional<Fault> fault =
          readPlugins(args.plugins, args.plugin_count, args.settings,
                      args.setting_count, options.plugins))
    return fault;
  if (std::optional<Fault> fault =
          readIsolation(args.isolation, options.plugins.isolation))
    return fault;
  if (!args.dims && args.dim_count != 0)
    return null("dims");
  std::map<std::string, std::vector<int64_t>> sizes;
  for (size_t i = 0; i < args.dim_count; ++i) {
    if (!args.dims[i].name)
      return null("dims[" + std::to_string(i) + "]");
    sizes[args.dims[i].name].push_back(args.dims[i].size);
  }
  for (auto &[name, list] : sizes) {
    if (list.size() == 1)
      options.dims[name] = list.front();
    else
      options.variants[name] = std::move(list);
  }
  if (!args.bindings && args.binding_count != 0)
    return null("bindings");
  for (size_t i = 0; i < args.binding_count; ++i) {
    const gp_binding &one = args.bindings[i];
    if (!one.input || !one.tensor)
      return null("bindings[" + std::to_string(i) + "]");
    options.bindings[one.input] = one.tensor->tensor;
  }
  options.recipe = textOr(args.recipe);
  options.allowExternalData = args.allow_external_data != 0;
  options.keepReference = args.keep_reference != 0;
  options.cacheFolder = textOr(args.cache);
  if (args.cache_bytes != 0)
    options.cacheBytes = args.cache_bytes;
  options.compileOnDemand = args.compile_on_demand != 0;
  return std::nullopt;
}

std::optional<Fault> c::readModel(const gp_model_args &args,
                                  ModelSource &source,
                                  CompileOptions &options) {
  if (!args.name)
    return null("name");
  if (!args.bytes && args.size_bytes != 0)
    return null("bytes");
  source = ModelSource::file(args.name);
  if (args.bytes) {
    source = ModelSource::onnx(
        {static_cast<const uint8_t *>(args.bytes), args.size_bytes}, args.name);
    source.folder = textOr(args.folder);
  }
  return readOptions(args, options);
}

static gp_fault *give(Result<Model> made, gp_model **model) {
  if (!made)
    return fail(made.fault());
  std::vector<Port> inputs = made->inputs(), outputs = made->outputs();
  auto shares = made->opCounts();
  *model = new gp_model{*made,
                        {std::move(inputs)},
                        {std::move(outputs)},
                        std::move(shares),
                        made->cacheProblem()};
  return nullptr;
}

gp_fault *gp_model_compile(const gp_model_args *given, gp_model **model) {
  return guarded([&]() -> gp_fault * {
    gp_model_args args;
    if (gp_fault *fault = readStruct(&args, given, "gp_model_args"))
      return fault;
    if (!model)
      return missing("model");
    CompileOptions options;
    ModelSource source;
    if (std::optional<Fault> fault = readModel(args, source, options))
      return fail(std::move(*fault));
    return give(Model::compile(source, options), model);
  });
}

uint32_t gp_model_is_cached(const gp_model *model) {
  return model && model->model.isCached() ? 1 : 0;
}

const char *gp_model_cache_problem(const gp_model *model) {
  return model ? model->cacheProblem.c_str() : "";
}

gp_fault *gp_model_read(const char *path, gp_model **model) {
  return guarded([&]() -> gp_fault * {
    if (!path)
      return missing("path");
    if (!model)
      return missing("model");
    return give(Model::read(path), model);
  });
}

gp_fault *gp_model_write(const gp_model *model, const char *path) {
  return guarded([&]() -> gp_fault * {
    if (!model)
      return missing("model");
    if (!path)
      return missing("path");
    const Result<Done> done = model->model.write(path);
    return done ? nullptr : fail(done.fault());
  });
}

/// The fault of an index beyond \p count things.
static gp_fault *failIndex(const char *what, size_t index, size_t count) {
  return fail(FaultKind::usage,
              std::string("there is no ") + what + " " + std::to_string(index) +
                  " of " + std::to_string(count),
              "index");
}

ModelPorts::ModelPorts(std::vector<Port> given) : ports(std::move(given)) {
  for (const Port &port : ports) {
    dimNames.emplace_back();
    for (const std::string &name : port.dimNames)
      dimNames.back().push_back(name.c_str());
  }
}

static gp_fault *describe(const ModelPorts &list, size_t index, gp_port *port) {
  return guarded([&]() -> gp_fault * {
    if (index >= list.ports.size())
      return failIndex("port", index, list.ports.size());
    const Port &from = list.ports[index];
    gp_port filled = {};
    filled.name = from.name.c_str();
    filled.type = static_cast<gp_element_type>(from.type);
    filled.rank = static_cast<uint32_t>(from.shape.size());
    filled.shape = from.shape.data();
    filled.is_bound = from.isBound ? 1 : 0;
    if (!from.dimNames.empty())
      filled.dim_names = list.dimNames[index].data();
    return writeStruct(port, filled, "gp_port");
  });
}

size_t gp_model_input_count(const gp_model *model) {
  return model->inputs.ports.size();
}

size_t gp_model_output_count(const gp_model *model) {
  return model->outputs.ports.size();
}

gp_fault *gp_model_input(const gp_model *model, size_t index, gp_port *port) {
  return model ? describe(model->inputs, index, port) : missing("model");
}

gp_fault *gp_model_output(const gp_model *model, size_t index, gp_port *port) {
  return model ? describe(model->outputs, index, port) : missing("model");
}

size_t gp_model_backend_count(const gp_model *model) {
  return model->shares.size();
}

gp_fault *gp_model_backend(const gp_model *model, size_t index,
                           gp_backend_share *share) {
  if (!model)
    return missing("model");
  return guarded([&]() -> gp_fault * {
    if (index >= model->shares.size())
      return failIndex("backend", index, model->shares.size());
    gp_backend_share filled = {};
    filled.name = model->shares[index].first.c_str();
    filled.ops = model->shares[index].second;
    return writeStruct(share, filled, "gp_backend_share");
  });
}

void gp_model_free(gp_model *model) { delete model; }
