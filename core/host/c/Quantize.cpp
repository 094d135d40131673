// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Profiles and quantisation of the C interface.

#include "core/host/Quantize.h"

#include "core/host/c/Objects.h"

using glowplug::Fault;
using glowplug::FaultKind;
using glowplug::ModelSource;
using namespace glowplug::host;
using namespace glowplug::host::c;

const void *gp_buffer_bytes(const gp_buffer *buffer) {
  return buffer ? buffer->bytes.data() : nullptr;
}

size_t gp_buffer_size_bytes(const gp_buffer *buffer) {
  return buffer ? buffer->bytes.size() : 0;
}

void gp_buffer_free(gp_buffer *buffer) { delete buffer; }

static gp_fault *readSamples(const gp_samples *given, SampleSource &samples) {
  gp_samples args;
  if (gp_fault *fault = readStruct(&args, given, "gp_samples"))
    return fault;
  samples.folder = args.folder ? args.folder : "";
  samples.seed = args.seed;
  samples.count = args.count;
  return nullptr;
}

static gp_fault *readWatch(const gp_watch *given, Watch &watch) {
  if (!given)
    return nullptr;
  gp_watch args;
  if (gp_fault *fault = readStruct(&args, given, "gp_watch"))
    return fault;
  if (args.stage)
    watch.stage = [args](const std::string &stage) {
      args.stage(args.context, stage.c_str());
    };
  if (args.is_stop_asked)
    watch.isStopAsked = [args] {
      return args.is_stop_asked(args.context) != 0;
    };
  return nullptr;
}

static gp_fault *readSource(const gp_model_args *given, ModelSource &source,
                            CompileOptions &options) {
  gp_model_args args;
  if (gp_fault *fault = readStruct(&args, given, "gp_model_args"))
    return fault;
  if (std::optional<Fault> fault = readModel(args, source, options))
    return fail(std::move(*fault));
  return nullptr;
}

gp_fault *gp_model_profile(const gp_profile_args *given, gp_buffer **profile) {
  return guarded([&]() -> gp_fault * {
    gp_profile_args args;
    if (gp_fault *fault = readStruct(&args, given, "gp_profile_args"))
      return fault;
    if (!profile)
      return missing("profile");
    ModelSource source;
    CompileOptions options;
    SampleSource samples;
    Watch watch;
    if (gp_fault *fault = readSource(args.model, source, options))
      return fault;
    if (gp_fault *fault = readSamples(args.samples, samples))
      return fault;
    if (gp_fault *fault = readWatch(args.watch, watch))
      return fault;
    Result<std::string> made =
        glowplug::host::profile(source, options, samples, args.threads, watch);
    if (!made)
      return fail(made.fault());
    *profile = new gp_buffer{{made->begin(), made->end()}};
    return nullptr;
  });
}

static std::optional<Fault> readQuantize(const gp_quantize_args &args,
                                         QuantizeOptions &options) {
  if (args.scheme)
    options.scheme = args.scheme;
  if (args.calibration)
    options.calibration = args.calibration;
  options.isPerChannel = args.is_per_tensor == 0;
  options.correctsBias = args.skip_correction == 0;
  options.equalizes = args.equalize != 0;
  if (args.wanted_db != 0)
    options.wantedDb = args.wanted_db;
  return readNames(args.keep_float, args.keep_float_count, "keep_float",
                   options.keepFloat);
}

static gp_quantization reportOf(const QuantizedModel &model) {
  gp_quantization report{};
  report.layers = model.layers.size();
  for (const QuantizedLayer &layer : model.layers)
    report.float_layers += !layer.keptReason.empty();
  report.samples = model.samples;
  report.output_db = model.outputDb.value_or(0);
  report.was_interrupted = model.wasInterrupted;
  return report;
}

gp_fault *gp_model_quantize(const gp_quantize_args *given,
                            gp_quantization *report, gp_buffer **model) {
  return guarded([&]() -> gp_fault * {
    gp_quantize_args args;
    if (gp_fault *fault = readStruct(&args, given, "gp_quantize_args"))
      return fault;
    if (!model)
      return missing("model");
    if (!args.profile)
      return missing("profile");
    ModelSource source;
    CompileOptions compile;
    QuantizeOptions options;
    Watch watch;
    if (gp_fault *fault = readSource(args.model, source, compile))
      return fault;
    if (std::optional<Fault> fault = readQuantize(args, options))
      return fail(std::move(*fault));
    if (args.samples) {
      options.samples.emplace();
      if (gp_fault *fault = readSamples(args.samples, *options.samples))
        return fault;
    }
    if (gp_fault *fault = readWatch(args.watch, watch))
      return fault;
    const std::string profile(static_cast<const char *>(args.profile),
                              args.profile_size_bytes);
    Result<QuantizedModel> made = glowplug::host::quantize(
        source, profile, options, compile, args.threads, watch);
    if (!made)
      return fail(made.fault());
    if (report)
      if (gp_fault *fault =
              writeStruct(report, reportOf(*made), "gp_quantization"))
        return fault;
    *model = new gp_buffer{std::move(made->bytes)};
    return nullptr;
  });
}
